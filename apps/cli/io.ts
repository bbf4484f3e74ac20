/**
 * What a command may touch of its process: its streams, the environment, signals and the parent.
 *
 * An interface, so that tests run commands without a process. stdout carries data only; everything
 * said to a person about trouble goes to stderr.
 */

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
    abort: (exitCode) => process.exit(exitCode),
  };
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
