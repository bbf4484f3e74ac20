/**
 * What a command may touch of its process: its streams, the environment, signals and the parent.
 *
 * An interface, so that tests run commands without a process. stdout carries data only; everything
 * said to a person about trouble goes to stderr.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { onShellGone } from './npm-shell.ts';

/** The signals that end a command. */
export type Signal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

/** The process that started this one with a channel to it (`demo`, the benchmark, a test). */
export interface Parent {
  send(message: object): void;
  /**
   * Calls back once when the parent is gone, however it died. Keeps the process alive, as a listener
   * does, until the returned function is called.
   */
  onGone(callback: () => void): () => void;
}

/** A program that a command has started. */
export interface Program {
  /** Its exit code, 128 and the signal's number when a signal ended it; rejects when it cannot start. */
  readonly done: Promise<number>;
  kill(signal: Signal): void;
}

export interface Io {
  /** Writes to stdout, as it is. */
  out(text: string): void;
  /** Writes to stderr, as it is. */
  err(text: string): void;
  /** stdin, to be read once. */
  input(): AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether a person reads stdout. */
  readonly outIsTty: boolean;
  /** Whether a person reads stderr. */
  readonly errIsTty: boolean;
  /** Listens for `signals` in place of their default, until the returned function is called. */
  onSignal(signals: readonly Signal[], listener: (signal: Signal) => void): () => void;
  readonly parent: Parent | null;
  /** Calls back once when npm ran this process and its shell is gone (npm-shell.ts). */
  onShellGone(callback: () => void): () => void;
  /** Starts a program on the same streams, with `env` beside this process's own. */
  run(file: string, argv: readonly string[], env: Readonly<Record<string, string>>): Program;
  /** Ends the process at once, with nothing cleaned up. */
  abort(exitCode: number): void;
}

/** The `Io` of this process. */
export function processIo(): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    input: () => process.stdin as AsyncIterable<Uint8Array>,
    env: process.env,
    outIsTty: process.stdout.isTTY,
    errIsTty: process.stderr.isTTY,
    onSignal(signals, listener) {
      for (const signal of signals) process.on(signal, listener);
      return () => {
        for (const signal of signals) process.off(signal, listener);
      };
    },
    parent: process.connected ? parentOverIpc() : null,
    onShellGone: (callback) => onShellGone(process.env, () => process.ppid, callback),
    run: (file, argv, env) => runProgram(file, argv, { ...process.env, ...env }, 'inherit'),
    abort: (exitCode) => process.exit(exitCode),
  };
}

/** `stdio` as `spawn` takes it. */
export function runProgram(
  file: string,
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  stdio: 'inherit' | 'ignore',
): Program {
  const child = spawn(file, argv, { env, stdio });
  const done = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
  return { done, kill: (signal) => void child.kill(signal) };
}

function parentOverIpc(): Parent {
  return {
    send(message) {
      // A parent that dies meanwhile is reported by `onGone`, not by a failed send.
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onGone(callback) {
      if (!process.connected) queueMicrotask(callback);
      process.once('disconnect', callback);
      return () => void process.off('disconnect', callback);
    },
  };
}
