/**
 * `npm test`: all tests, in two mochas at a time. One has what starts processes, sockets and browsers
 * and mostly waits for them. The other has what only computes, and does it with the time that the
 * first leaves: no timeout of a real server shall be missed because a graph is walked beside it.
 *
 * Arguments go to both (`npm test -- --grep lease`). What the second found is told when the first is
 * done. The last line is `N passed, N failed`, of both together.
 */
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { setPriority } from 'node:os';

const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js');
const withProcesses = 'test/{cli,e2e,inspect,package,transport,web}/**/*.test.ts';
/** Of `nice`: behind everything else that wants a core. */
const patient = 10;

interface Lane {
  readonly output: string;
  /** Null: a signal ended it. */
  readonly exitCode: number | null;
}

function run(files: readonly string[], hear: (text: string) => void): Promise<Lane> {
  const colour = process.stdout.isTTY ? ['--color'] : [];
  const args = [mocha, ...files, ...colour, ...process.argv.slice(2)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    hear(text);
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ output, exitCode }));
  });
}

/** From the last line of a lane; one that died before it could say so has failed. */
function counts({ output }: Lane): readonly [passed: number, failed: number] {
  const found = /(\d+) passed, (\d+) failed\s*$/.exec(output);
  return found === null ? [0, 1] : [Number(found[1]), Number(found[2])];
}

// A terminal's Ctrl-C reaches the lanes as well; they end, and then so does this.
process.on('SIGINT', () => undefined);

const say = (text: string): boolean => process.stdout.write(text);
const first = run([withProcesses], say);
// What is started from here on inherits it.
setPriority(patient);
const second = run(['test/**/*.test.ts', '--ignore', withProcesses], () => undefined);

const lanes = [await first, await second];
say(lanes[1]?.output ?? '');
const sums = lanes.map(counts).reduce(([p, f], [q, g]) => [p + q, f + g]);
say(`${sums[0]} passed, ${sums[1]} failed\n`);
process.exitCode = lanes.every(({ exitCode }) => exitCode === 0) ? 0 : 1;
