/**
 * One server as a child process: `statecraft start` with its options, and what is heard from it.
 *
 * The child has a channel to this process and stops by itself when that closes, so it cannot outlive
 * us. It leads a process group of its own: Ctrl-C in the terminal reaches us alone, and we decide.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseChildMessage, type ChildMessage } from '../child-messages.ts';

/** What of a child's stderr is kept to be shown when it dies. */
const maxTailChars = 4_096;
/** After SIGTERM, before SIGKILL, in milliseconds. */
const killAfterMs = 6_000;

export interface MemberOptions {
  readonly id: string;
  readonly cluster: string;
  readonly dataDir: string;
  /** Its peer address. */
  readonly peer: string;
  /** `n1=host:port,…` */
  readonly peers: string;
  /** Its client address. */
  readonly client: string;
  /** Who may inject faults into it; null: nobody. */
  readonly faultToken: string | null;
  /** More words for `start`. */
  readonly flags: readonly string[];
}

export interface Death {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its stderr. */
  readonly stderr: string;
  /** What it said was wrong, if it could. */
  readonly failed: { readonly code: string; readonly message: string } | null;
}

/** The words of the command that runs it, also for people to repeat. */
export function startArguments(options: MemberOptions): string[] {
  const { id, cluster, dataDir, peers, client, flags } = options;
  const words = ['--id', id, '--cluster', cluster, '--data-dir', dataDir];
  return ['start', ...words, '--peers', peers, '--client', client, ...flags];
}

/** `.js` in `dist/`, `.ts` when the sources run under tsx. */
const extension = extname(import.meta.url);
/** The file of the command itself, and what Node needs to run it. */
const mainFile = fileURLToPath(new URL(`../main${extension}`, import.meta.url));
const execArgv = extension === '.ts' ? process.execArgv : [];

/** The variable that hands a server its fault token: the words of a command are for all to see. */
export const faultTokenVariable = 'STATECRAFT_FAULT_TOKEN';

export class MemberProcess {
  readonly options: MemberOptions;
  readonly #child: ChildProcess;
  /** Resolves when the process is gone and its output was read. */
  readonly died: Promise<Death>;
  readonly pid: number;
  #alive = true;
  #paused = false;

  constructor(options: MemberOptions, onMessage: (message: ChildMessage) => void) {
    this.options = options;
    const { faultToken } = options;
    const faults = faultToken === null ? [] : ['--enable-faults'];
    this.#child = fork(mainFile, [...startArguments(options), ...faults], {
      execArgv,
      env: {
        ...process.env,
        ...(faultToken === null ? {} : { [faultTokenVariable]: faultToken }),
      },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.pid = this.#child.pid ?? 0;
    let stderr = '';
    let failed: Death['failed'] = null;
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-maxTailChars);
    });
    this.#child.on('message', (message) => {
      const parsed = parseChildMessage(message);
      if (parsed?.type === 'failed') failed = parsed;
      if (parsed) onMessage(parsed);
    });
    this.died = new Promise((resolve) => {
      // Without a process there is no 'close', only this.
      this.#child.on('error', ({ message }) => {
        this.#alive = false;
        resolve({ code: null, signal: null, stderr: message, failed });
      });
      this.#child.on('close', (code, signal) => {
        this.#alive = false;
        resolve({ code, signal, stderr, failed });
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** As far as this process made it so. */
  get state(): 'running' | 'paused' | 'gone' {
    if (!this.#alive) return 'gone';
    return this.#paused ? 'paused' : 'running';
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
    if (signal === 'SIGSTOP') this.#paused = true;
    if (signal === 'SIGCONT') this.#paused = false;
  }

  /** Stops it in order, and with force when that takes too long. */
  async stop(): Promise<Death> {
    this.kill('SIGTERM');
    // A suspended process hears SIGTERM only once it goes on.
    this.kill('SIGCONT');
    const timer = setTimeout(() => this.kill('SIGKILL'), killAfterMs);
    const death = await this.died;
    clearTimeout(timer);
    return death;
  }
}
