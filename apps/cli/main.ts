#!/usr/bin/env node
/**
 * The `statecraft` command as a process: runs the command line and exits with its code.
 *
 * An exception that nobody caught ends the process at once: its state is not to be trusted, and a
 * server's disk is made for that (design, promise 4). Only here is a stack printed.
 */
import { inspect } from 'node:util';
import { exitCodes } from './exit-codes.ts';
import { processIo } from './io.ts';
import { run } from './run.ts';

function crash(error: unknown): void {
  const remedy = 'This is a bug in statecraft: please report it with these lines.';
  process.stderr.write(`Error: ERR_INTERNAL: ${inspect(error)}\n${remedy}\n`);
  process.exit(exitCodes.internal);
}

process.on('uncaughtException', crash);
process.on('unhandledRejection', crash);
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // A reader that went away (`statecraft list | head`) is no error; there is nobody left to tell.
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  const what = `What was to be printed could not be written (${error.message})`;
  const remedy = 'Free space, or write elsewhere. What the command did to the cluster stands.';
  process.stderr.write(`Error: ERR_OUTPUT_FAILED: ${what}. ${remedy}\n`);
  process.exit(exitCodes.unexpected);
});
process.stderr.on('error', () => undefined);

process.exitCode = await run(process.argv.slice(2), processIo());
