/**
 * The log of a server, on stderr: pino's JSON lines for programs, one short line each for people.
 *
 * Log lines hold ids, terms and addresses, never keys or values: what is replicated is the users'.
 */
import { createColors } from 'picocolors';
import { pino } from 'pino';
import type { Logger } from '../../actors/node.ts';
import { wantsColour } from './colour.ts';
import type { Io } from './io.ts';
import type { LogLevel } from './log-levels.ts';

/** A logger for the server `id`. */
export function createLogger(level: LogLevel, id: string, io: Io): Logger {
  const colour = wantsColour(io.env, io.errIsTty);
  const write = (line: string): void => io.err(io.errIsTty ? asReadable(line, colour) : line);
  return pino(
    {
      level,
      base: { id },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: asFields },
    },
    { write },
  );
}

/** An error as its code and message and, for a file, the place; a stack says nothing to operators. */
function asFields(error: Error & { code?: string; file?: string; offset?: number }): object {
  const { code, message, file, offset } = error;
  return { code, message, file, offset };
}

/** `12:03:04.123 info  n1 role  role=leader term=2` out of pino's line. */
export function asReadable(line: string, colour: boolean): string {
  const pc = createColors(colour);
  const { level, time, id, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => `${name}=${inWords(value)}`);
  const clock = String(time).slice('2000-01-01T'.length, -1);
  const label = colourOf(level, pc)(String(level).padEnd(5));
  return (
    `${pc.dim(clock)} ${label} ${String(id)} ${String(msg)} ${pc.dim(rest.join(' '))}`.trimEnd() +
    '\n'
  );
}

function inWords(value: unknown): string {
  return typeof value === 'string' && /^\S+$/.test(value) ? value : JSON.stringify(value);
}

function colourOf(level: unknown, pc: ReturnType<typeof createColors>): (text: string) => string {
  if (level === 'error') return pc.red;
  return level === 'warn' ? pc.yellow : pc.green;
}
