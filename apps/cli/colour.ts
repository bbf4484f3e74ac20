/** Whether to colour: for a terminal, unless the user decided otherwise (https://no-color.org). */
import type { Io } from './io.ts';

/** `isTty` of the stream in question; NO_COLOR and FORCE_COLOR win over it. */
export function wantsColour(env: Io['env'], isTty: boolean): boolean {
  if (isSet(env['NO_COLOR'])) return false;
  return isSet(env['FORCE_COLOR']) || (isTty && env['TERM'] !== 'dumb');
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== '';
}
