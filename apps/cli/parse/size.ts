/** Sizes as people write them: `512KiB`, `64MiB`, `1GiB`. Inside, bytes. */
import { invalidArgument } from '../failure.ts';

const unitBytes = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 } as const;
type Unit = keyof typeof unitBytes;

/** A parser for commander: bytes of a size above 0. Throws ERR_INVALID_ARGUMENT. */
export function sizeOf(option: string): (text: string) => number {
  return (text) => {
    const found = /^(\d+)(B|KiB|MiB|GiB)$/.exec(text);
    const bytes = found === null ? NaN : Number(found[1]) * unitBytes[found[2] as Unit];
    if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
    throw invalidArgument(
      `${option} "${text}" is not a size above 0`,
      'Write a whole number and its unit, for example 512KiB, 64MiB or 1GiB',
    );
  };
}

/** In the largest unit that divides it: what `sizeOf` reads as the same again. */
export function formatSize(bytes: number): string {
  const units = (Object.keys(unitBytes) as Unit[]).reverse();
  const unit = units.find((one) => bytes % unitBytes[one] === 0) ?? 'B';
  return `${bytes / unitBytes[unit]}${unit}`;
}
