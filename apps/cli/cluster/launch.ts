/**
 * A cluster of server processes on this machine: for `demo`, the benchmark and the tests.
 *
 * Starts them on free ports, waits until one of them leads and can serve, and stops them all. A
 * server that dies is told, not restarted: who watches a demo wants to see what a death does.
 */
import { join } from 'node:path';
import { StatecraftError } from '../../../actors/errors.ts';
import type { ChildMessage } from '../child-messages.ts';
import { failure } from '../failure.ts';
import { anyFreePorts, freeBlock, type Block } from './free-ports.ts';
import { MemberProcess, type Death, type MemberOptions } from './member-process.ts';

/** Where the first block of ports begins. */
const firstClientPort = 7401;
/** Starts on other ports after a port was taken between finding and using it. */
const maxLaunches = 5;
/** From the start of the processes to a leader, in milliseconds. */
const readyDeadlineMs = 30_000;

export interface LaunchOptions {
  readonly nodes: number;
  readonly cluster: string;
  /** Holds a directory per server. */
  readonly dataDir: string;
  /** `usual` (7401 … and 7501 …, or the next block of ten; the default), or `any` free ones. */
  readonly ports?: 'usual' | 'any';
  /** Gives up: `launchCluster` stops what it started and resolves to null. */
  readonly signal?: AbortSignal;
  /** Who may inject faults into the servers; nobody unless given. */
  readonly faultToken?: string;
  /** More words for `start` of each: `['--snapshot-entries', '500']`. */
  readonly flags?: readonly string[];
  /** A server died on its own, or by `end`; not called for those that `stop` stopped. */
  onDeath?(member: MemberProcess, death: Death, after: Aftermath): void;
  /** A server leads and can serve; called for each change of leader. */
  onLeader?(id: string, term: number): void;
}

export interface Aftermath {
  /** `end` ended it. */
  readonly asked: boolean;
  /** Servers that are left. */
  readonly living: number;
}

export interface Cluster {
  /** By id; a restarted server is a new entry. */
  readonly members: ReadonlyMap<string, MemberProcess>;
  readonly leader: { readonly id: string; readonly term: number };
  /** Starts a server again that has died. */
  restart(id: string): void;
  /** Ends a server by SIGTERM or SIGKILL, paused or not. */
  end(id: string, signal: 'SIGTERM' | 'SIGKILL'): void;
  /** SIGSTOP, or SIGCONT. */
  suspend(id: string, paused: boolean): void;
  /** Calls back when a server began, died, was paused or resumed, until the returned function is called. */
  onChange(listener: () => void): () => void;
  stop(): Promise<void>;
}

/** Rejects with what a server said when it could not start, or ERR_TIMEOUT without a leader. */
export async function launchCluster(options: LaunchOptions): Promise<Cluster | null> {
  let block = 0;
  for (let launch = 1; ; launch++) {
    const ports = await choosePorts(options, block);
    const cluster = new ProcessCluster(options, membersAt(options, ports));
    try {
      await cluster.ready;
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (options.signal?.aborted === true) return null;
      const taken = error instanceof StatecraftError && error.code === 'ERR_LISTEN_FAILED';
      if (!taken || launch === maxLaunches) throw error;
      block = ports.number + 1;
    }
  }
}

async function choosePorts({ nodes, ports }: LaunchOptions, block: number): Promise<Block> {
  if (ports !== 'any') return freeBlock(firstClientPort, nodes, block);
  const any = await anyFreePorts(2 * nodes);
  return { number: block, clients: any.slice(nodes), peers: any.slice(0, nodes) };
}

function membersAt(options: LaunchOptions, { clients, peers }: Block): MemberOptions[] {
  const { cluster, dataDir } = options;
  const ids = clients.map((_, i) => `n${i + 1}`);
  const peerList = ids.map((id, i) => `${id}=127.0.0.1:${peers[i]}`).join(',');
  return ids.map((id, i) => ({
    id,
    cluster,
    dataDir: join(dataDir, id),
    peer: `127.0.0.1:${peers[i]}`,
    peers: peerList,
    client: `127.0.0.1:${clients[i]}`,
    faultToken: options.faultToken ?? null,
    flags: options.flags ?? [],
  }));
}

class ProcessCluster implements Cluster {
  readonly members = new Map<string, MemberProcess>();
  readonly ready: Promise<void>;
  leader = { id: '', term: 0 };
  readonly #options: LaunchOptions;
  #started: () => void = () => undefined;
  #failed: (error: Error) => void = () => undefined;
  #isReady = false;
  #stopping = false;
  /** Those whose end was asked for. */
  readonly #ended = new Set<MemberProcess>();
  readonly #listeners = new Set<() => void>();

  constructor(options: LaunchOptions, members: readonly MemberOptions[]) {
    this.#options = options;
    this.ready = this.#becomeReady();
    for (const member of members) this.#spawn(member);
  }

  restart(id: string): void {
    const member = this.members.get(id);
    if (member === undefined || member.alive) throw new Error(`${id} is not a dead server.`);
    this.#spawn(member.options);
  }

  end(id: string, signal: 'SIGTERM' | 'SIGKILL'): void {
    const member = this.members.get(id);
    if (member?.alive !== true) return;
    this.#ended.add(member);
    member.kill(signal);
    // A suspended process hears SIGTERM only once it goes on.
    member.kill('SIGCONT');
  }

  suspend(id: string, paused: boolean): void {
    const member = this.members.get(id);
    if (member?.alive !== true) return;
    member.kill(paused ? 'SIGSTOP' : 'SIGCONT');
    this.#changed();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.members.values()].map((member) => member.stop()));
  }

  #becomeReady(): Promise<void> {
    const { signal } = this.#options;
    const timer = setTimeout(() => {
      const what = `No server led within ${readyDeadlineMs / 1_000} s`;
      this.#failed(failure('ERR_TIMEOUT', what, 'The machine may be overloaded: try again'));
    }, readyDeadlineMs);
    const give = (): void => this.#failed(failure('ERR_ABORTED', 'Interrupted', 'Try again'));
    const ready = new Promise<void>((resolve, reject) => {
      this.#started = resolve;
      this.#failed = reject;
      signal?.addEventListener('abort', give, { once: true });
      if (signal?.aborted === true) give();
    });
    return ready
      .then(() => {
        this.#isReady = true;
      })
      .finally(() => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', give);
      });
  }

  #spawn(options: MemberOptions): void {
    const member = new MemberProcess(options, (message) => this.#hear(options.id, message));
    this.members.set(options.id, member);
    this.#changed();
    void member.died.then((death) => {
      if (this.#stopping) return;
      this.#changed();
      if (this.#isReady) this.#options.onDeath?.(member, death, this.#aftermath(member));
      else this.#failed(startFailure(options.id, death));
    });
  }

  #aftermath(member: MemberProcess): Aftermath {
    const living = [...this.members.values()].filter(({ alive }) => alive).length;
    return { asked: this.#ended.has(member), living };
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }

  #hear(id: string, message: ChildMessage): void {
    if (message.type !== 'role' || !message.ready || message.term <= this.leader.term) return;
    this.leader = { id, term: message.term };
    this.#started();
    this.#options.onLeader?.(id, message.term);
  }
}

function startFailure(id: string, { code, signal, stderr, failed }: Death): StatecraftError {
  if (failed) return new StatecraftError(failed.code, `${id} could not start: ${failed.message}`);
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return new StatecraftError('ERR_NODE_DIED', `${id} ended ${how} while it started.\n${stderr}`);
}
