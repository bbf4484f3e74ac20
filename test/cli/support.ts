/**
 * The command line without a process: `cli('put', 'a', 'b')` runs it and tells its exit code and
 * what it wrote. Signals and a parent process are held by the test.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createNode, type Node, type StateMachine } from '../../actors/node.ts';
import { runProgram, type Io, type Signal } from '../../apps/cli/io.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Session {
  readonly done: Promise<Ran>;
  /** Sends the command a signal, as a terminal or a supervisor would. */
  signal(signal: Signal): void;
  /** The process that started the command dies. */
  orphan(): void;
  /** Whether it listens for signals or for the end of its parent, which keeps a process alive. */
  isHeld(): boolean;
  /** What the command told its parent. */
  readonly told: object[];
  /** Exit codes that it asked for without any clean-up. */
  readonly aborted: number[];
}

/** Starts a command that the test will end. */
export function start(
  argv: readonly string[],
  {
    env = {},
    input = [],
    parent = false,
    onOut = () => undefined,
  }: {
    env?: Record<string, string>;
    /** Chunks of stdin. */
    input?: Iterable<Uint8Array>;
    parent?: boolean;
    onOut?: (text: string) => void;
  } = {},
): Session {
  let out = '';
  let err = '';
  const listeners = new Set<(signal: Signal) => void>();
  const gone = new Set<() => void>();
  const told: object[] = [];
  const aborted: number[] = [];
  /** Came before the command listened; it is told when it does. */
  const early: Signal[] = [];
  const io: Io = {
    out: (text) => {
      out += text;
      onOut(text);
    },
    err: (text) => (err += text),
    input: () => Readable.from(input),
    env,
    outIsTty: false,
    errIsTty: false,
    onSignal(_signals, listener) {
      listeners.add(listener);
      for (const signal of early.splice(0)) queueMicrotask(() => listener(signal));
      return () => void listeners.delete(listener);
    },
    parent: parent
      ? {
          send: (message) => void told.push(message),
          onGone(callback) {
            gone.add(callback);
            return () => void gone.delete(callback);
          },
        }
      : null,
    onShellGone: () => () => undefined,
    run: (file, args, more) => runProgram(file, args, { ...process.env, ...more }, 'ignore'),
    abort: (code) => void aborted.push(code),
  };
  return {
    done: runLoaded(argv, io).then((code) => ({ code, out, err })),
    signal: (signal) => {
      if (listeners.size === 0) early.push(signal);
      for (const listener of listeners) listener(signal);
    },
    orphan: () => {
      for (const callback of gone) callback();
    },
    isHeld: () => listeners.size + gone.size > 0,
    told,
    aborted,
  };
}

/**
 * As the process does it. Imported here and not above, because tests are `require`d and commands are
 * imported when they are called: the two must share one set of classes.
 */
async function runLoaded(argv: readonly string[], io: Io): Promise<number> {
  const { run } = await import('../../apps/cli/run.ts');
  return run(argv, io);
}

/** Runs a command to its end. */
export function cli(...argv: string[]): Promise<Ran> {
  return start(argv).done;
}

/** `start` of a server alone and silent, with `options` in place of what they name. */
export function startWords(options: Record<string, string>): string[] {
  const all = {
    id: 'n1',
    cluster: 'demo',
    peers: 'n1=127.0.0.1:0',
    client: '127.0.0.1:0',
    heartbeat: '10ms',
    'election-timeout': '30ms',
    'log-level': 'silent',
    ...options,
  };
  return ['start', ...Object.entries(all).flatMap(([name, value]) => [`--${name}`, value])];
}

/** A folder for one test, and its removal. */
export async function temporaryFolder(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'statecraft-test-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** A cluster of one server on free ports, which leads within a moment. */
export function singleNode(
  dataDir: string,
  cluster = 'demo',
  id = 'n1',
  machines?: Record<string, StateMachine>,
): Promise<Node> {
  return createNode({
    id,
    cluster,
    peers: { [id]: '127.0.0.1:0' },
    client: '127.0.0.1:0',
    dataDir,
    // Alone, it leads at once; a short one would have it step down when a busy machine makes it late.
    timing: { heartbeatMs: 10, electionTimeoutMs: 2_000 },
    ...(machines ? { machines } : {}),
  });
}
