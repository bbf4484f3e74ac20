/** Whole numbers as options: with bounds, so that a typing error is told and not acted on. */
import { invalidArgument } from '../failure.ts';

/** A parser for commander: a whole number from `min` to `max`. Throws ERR_INVALID_ARGUMENT. */
export function countOf(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const count = /^\d+$/.test(text) ? Number(text) : NaN;
    if (count >= min && count <= max) return count;
    throw invalidArgument(
      `${option} "${text}" is not a whole number from ${min} to ${max}`,
      `Choose one in that range`,
    );
  };
}
