/** What every command is given beside its own options, and the option that every command has. */
import { Option } from 'commander';
import type { Io } from './io.ts';

export interface Shell {
  readonly io: Io;
  /** The exit code when nothing is thrown; 0 unless a command says otherwise. */
  exitCode: number;
}

/** `-o json` or `-o text`, the same on every command. */
export function outputOption(): Option {
  return new Option('-o, --output <format>', 'text for people, json for programs')
    .choices(['text', 'json'])
    .default('text');
}

/** The examples at the end of a command's help. */
export function examples(...lines: readonly string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ statecraft ${line}\n`).join('')}`;
}
