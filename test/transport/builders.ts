/** Builders and a recorder that the transport tests share. */
import type { AppendEntries, InstallSnapshot, Message } from '../../machines/messages.ts';
import type { Chunk } from '../../storage/snapshots/snapshot-chunk.ts';
import type { Lines } from '../../storage/store.ts';
import type {
  Closed,
  ConnectionHandlers,
  Hello,
  ListenerHandlers,
} from '../../transport/transport.ts';

export function aHello(node: string, changes: Partial<Hello> = {}): Hello {
  return {
    protocol: 2,
    cluster: 'test',
    group: 'main',
    node,
    incarnation: `incarnation-${node}`,
    boot: 1,
    nonce: `process-of-${node}`,
    peerAddress: '127.0.0.1:7300',
    clientAddress: '127.0.0.1:7400',
    ...changes,
  };
}

/** `round` tells the messages of a test apart. */
export function aHeartbeat(round: number, changes: Partial<AppendEntries> = {}): AppendEntries {
  return {
    type: 'rpc.appendEntries',
    from: 'a',
    to: 'b',
    term: 3,
    prevLogIndex: 10,
    prevLogTerm: 2,
    lastIndex: 10,
    runs: [],
    configurations: [],
    leaderCommit: 9,
    leaderLast: 10,
    round,
    payload: linesOf(11),
    ...changes,
  };
}

export function linesOf(firstIndex: number, ...texts: string[]): Lines {
  const bytes = new TextEncoder().encode(texts.map((text) => `${text}\n`).join(''));
  const ends: number[] = [];
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) ends.push(at + 1);
  return { firstIndex, seed: 0xdead_beef, bytes, ends };
}

/** Two entries of two terms behind entry 10. */
export function someEntries(changes: Partial<AppendEntries> = {}): AppendEntries {
  return aHeartbeat(1, {
    lastIndex: 12,
    leaderLast: 12,
    runs: [
      { firstIndex: 11, term: 2 },
      { firstIndex: 12, term: 3 },
    ],
    payload: linesOf(11, '{"index":11}', '{"index":12,"text":"ü"}'),
    ...changes,
  });
}

/** Chunk number `offset / chunkBytes` of a snapshot of 64 MiB. */
export function aChunk(offset = 0, chunkBytes = 10): InstallSnapshot {
  const payload: Chunk = { time: 1, checksum: 7, extra: {}, bytes: new Uint8Array(chunkBytes) };
  return {
    type: 'rpc.installSnapshot',
    from: 'a',
    to: 'b',
    term: 3,
    snapshot: { index: 20, term: 2, sizeBytes: 64 << 20, hash: 9 },
    offset,
    chunkBytes,
    payload,
  };
}

/** Writes down what happens, and lets a test wait until it has. */
export class Recorder {
  readonly events: string[] = [];
  readonly messages: Message[] = [];
  readonly reasons: Closed[] = [];
  #waiting: { readonly event: string; readonly resolve: () => void }[] = [];

  note(event: string): void {
    this.events.push(event);
    for (const { resolve } of this.#waiting.filter((waiter) => waiter.event === event)) resolve();
    this.#waiting = this.#waiting.filter((waiter) => waiter.event !== event);
  }

  /** Resolves when `event` has been noted, be it in the past. */
  async until(event: string): Promise<void> {
    if (this.events.includes(event)) return;
    await new Promise<void>((resolve) => this.#waiting.push({ event, resolve }));
  }

  readonly dialled: ConnectionHandlers = {
    connected: () => this.note('connected'),
    opened: (hello) => this.note(`opened ${hello.node}`),
    closed: (why) => {
      this.reasons.push(why);
      this.note(`closed ${why.code}`);
    },
  };

  readonly listening: ListenerHandlers = {
    message: (message) => {
      this.messages.push(message);
      this.note('round' in message ? `message ${message.round}` : `message ${message.type}`);
    },
    peerOpened: (hello) => this.note(`peer ${hello.node} boot ${hello.boot}`),
    peerClosed: (peer) => this.note(`peer ${peer} gone`),
  };
}
