/**
 * Real processes for the end-to-end tests, and waiting for what they do: with a deadline, never for
 * a fixed time.
 *
 * Clusters are launched by the compiled `launch.js`, so the servers are the command that users run.
 * Every process has a channel to this one and ends with it, even when the tests are killed.
 */
import { fork, execFile, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Launch from '../../apps/cli/cluster/launch.ts';
import type { Cluster, LaunchOptions } from '../../apps/cli/cluster/launch.ts';
import { mainFile } from './build.ts';

/** How often a condition is looked at, in milliseconds. */
const lookEveryMs = 10;

/** Resolves with the first value that is not null or false; rejects at the deadline. */
export async function eventually<T>(
  what: string,
  deadlineMs: number,
  look: () => T | null | false | Promise<T | null | false>,
): Promise<T> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (performance.now() > endMs) throw new Error(`Not within ${deadlineMs} ms: ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/** A cluster of compiled servers. */
export async function launch(options: Omit<LaunchOptions, 'cluster' | 'signal'>): Promise<Cluster> {
  const file = join(mainFile, '../cluster/launch.js');
  const { launchCluster } = (await import(pathToFileURL(file).href)) as typeof Launch;
  const cluster = await launchCluster({ ports: 'any', ...options, cluster: 'e2e' });
  if (cluster === null) throw new Error('The launch was given up.');
  return cluster;
}

/** Client addresses of a cluster. */
export function clientsOf(cluster: Cluster): string[] {
  return [...cluster.members.values()].map(({ options }) => options.client);
}

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the compiled command to its end. */
export function statecraft(...argv: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(process.execPath, [mainFile, ...argv], (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

export interface Running {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly written: { out: string; err: string };
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts the compiled command, to be ended by the test. */
export function begin(argv: readonly string[], env: Record<string, string> = {}): Running {
  const child = fork(mainFile, argv, {
    execArgv: [],
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const written = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (written.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (written.err += text));
  const exited = new Promise<Awaited<Running['exited']>>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  return { child, written, exited };
}

/** Whether a process exists, also one that is suspended. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether somebody accepts connections at `host:port`. */
export function isListening(address: string): Promise<boolean> {
  const [host = '', port] = address.split(':');
  return new Promise((resolve) => {
    const socket = createConnection({ host, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** A folder for one test, and its removal. */
export async function folderForTest(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'statecraft-e2e-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
