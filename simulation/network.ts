/**
 * The simulated network between servers: whole messages that are lost, late, doubled or overtaken.
 *
 * A link is one direction of a pair, so partitions can be one-way. A closed connection (`cut`) loses
 * what is under way on it and both ends are told; a blocked link loses everything silently. Client
 * traffic is not here (client.ts): it has its own stream and its own faults.
 */
import type { Message, ServerId } from '../machines/messages.ts';
import type { VirtualClock } from './clock.ts';
import type { Random } from './random.ts';

/** What the network does to every message; rates are probabilities. */
export interface NetworkConditions {
  readonly leastDelayMs: number;
  readonly mostDelayMs: number;
  readonly lossRate: number;
  readonly duplicateRate: number;
  /** A message that is held up for up to `holdUpMs` more, so that later ones pass it. */
  readonly holdUpRate: number;
  readonly holdUpMs: number;
  /** Per link, arrival in order of sending, as on one TCP connection, or on two with snapshots. */
  readonly inOrder: boolean;
}

export const perfectNetwork: NetworkConditions = {
  leastDelayMs: 0.5,
  mostDelayMs: 2,
  lossRate: 0,
  duplicateRate: 0,
  holdUpRate: 0,
  holdUpMs: 0,
  inOrder: true,
};

export interface NetworkPorts {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** The message arrives. */
  deliver(message: Message): void;
  /** `server` learns that its connection to `peer` closed. */
  linkClosed(server: ServerId, peer: ServerId): void;
  /** Encodes and decodes on the way, to prove that every message passes the schema (I45). */
  readonly wire?: ((message: Message) => Message) | undefined;
}

/** Messages under way on one link; more are lost, as a full socket buffer loses them. */
export const maxUnderWay = 1_000;

interface Link {
  /** How many partitions block it. */
  blocks: number;
  /** How many faults lose the replies on it. */
  mutes: number;
  /** How many faults lose entries on it, and nothing else. */
  holes: number;
  /** It carries less than it is given, so that messages queue, later and later (`slowDown`). */
  readonly queues: Set<{ readonly sinceMs: number; readonly mostMs: number }>;
  /** Counted up by `cut` and `started`: what is under way belongs to an older connection and is lost. */
  connection: number;
  underWay: number;
  /** When `inOrder`, no later message arrives before the last one on its connection has. */
  readonly lastArrivalMs: { normal: number; bulk: number };
  /** Its own stream: one message more on this link changes no other link's fate. */
  readonly random: Random;
}

export class Network {
  conditions: NetworkConditions;
  readonly counts = { sent: 0, delivered: 0, lost: 0, duplicated: 0, heldUp: 0 };
  /** Votes are late by up to the sum of these, in milliseconds, and later messages pass them. */
  readonly #voteDelays = new Set<{ readonly mostMs: number }>();
  readonly #ports: NetworkPorts;
  readonly #links = new Map<ServerId, Map<ServerId, Link>>();

  constructor(servers: readonly ServerId[], conditions: NetworkConditions, ports: NetworkPorts) {
    this.conditions = conditions;
    this.#ports = ports;
    for (const from of servers) {
      const row = new Map<ServerId, Link>();
      for (const to of servers) {
        const random = ports.random.split(`${from}>${to}`);
        const lastArrivalMs = { normal: 0, bulk: 0 };
        const counts = { blocks: 0, mutes: 0, holes: 0, connection: 0, underWay: 0 };
        row.set(to, { ...counts, lastArrivalMs, queues: new Set(), random });
      }
      this.#links.set(from, row);
    }
  }

  /** Takes a message from its sender; what becomes of it is drawn here and now. */
  send(message: Message): void {
    const link = this.#link(message.from, message.to);
    this.counts.sent += 1;
    const lost = link.random.chance(this.conditions.lossRate);
    const doubled = link.random.chance(this.conditions.duplicateRate);
    if (lost) this.counts.lost += 1;
    else this.#dispatch(link, message);
    if (doubled) {
      this.counts.duplicated += 1;
      this.#dispatch(link, message);
    }
  }

  #dispatch(link: Link, message: Message): void {
    const { clock, wire } = this.#ports;
    const { random } = link;
    const { leastDelayMs, mostDelayMs, holdUpRate, holdUpMs, inOrder } = this.conditions;
    let delayMs = leastDelayMs + random.next() * (mostDelayMs - leastDelayMs);
    if (random.chance(holdUpRate)) {
      this.counts.heldUp += 1;
      delayMs += random.next() * holdUpMs;
    }
    const isReply = link.mutes > 0 && message.type.endsWith('Reply');
    const isSwallowed = link.holes > 0 && carriesEntries(message);
    if (link.blocks > 0 || isReply || isSwallowed || link.underWay >= maxUnderWay) {
      this.counts.lost += 1;
      return;
    }
    if (this.#voteDelays.size > 0 && message.type === 'rpc.requestVoteReply') {
      for (const { mostMs } of this.#voteDelays) delayMs += random.next() * mostMs;
    } else if (inOrder || link.queues.size > 0) {
      for (const { sinceMs, mostMs } of link.queues) {
        delayMs += Math.min(mostMs, clock.now - sinceMs);
      }
      // Chunks of snapshots have a connection of their own, and so an order of their own.
      const channel = message.type === 'rpc.installSnapshot' ? 'bulk' : 'normal';
      delayMs = Math.max(delayMs, link.lastArrivalMs[channel] - clock.now);
      link.lastArrivalMs[channel] = clock.now + delayMs;
    }
    const arriving = wire === undefined ? message : wire(message);
    const { connection } = link;
    link.underWay += 1;
    clock.setTimeout(() => {
      link.underWay -= 1;
      if (link.blocks > 0 || link.connection !== connection) {
        this.counts.lost += 1;
        return;
      }
      this.counts.delivered += 1;
      this.#ports.deliver(arriving);
    }, delayMs);
  }

  /** Loses everything from `from` to `to` until as many `unblock`s; nobody is told. */
  block(from: ServerId, to: ServerId): void {
    this.#link(from, to).blocks += 1;
  }

  unblock(from: ServerId, to: ServerId): void {
    const link = this.#link(from, to);
    link.blocks = Math.max(0, link.blocks - 1);
  }

  /** Loses every reply to `server`, though not what it answers; until as many calls with false. */
  loseReplies(server: ServerId, lost: boolean): void {
    for (const row of this.#links.values()) {
      const link = row.get(server);
      if (link !== undefined) link.mutes = Math.max(0, link.mutes + (lost ? 1 : -1));
    }
  }

  /** Loses what carries entries, as a path with a small MTU loses large packets, until called with false. */
  loseEntries(from: ServerId, to: ServerId, lost: boolean): void {
    const link = this.#link(from, to);
    link.holes = Math.max(0, link.holes + (lost ? 1 : -1));
  }

  /** Lets votes be late by up to `mostMs`, until the returned function is called. */
  delayVotes(mostMs: number): () => void {
    const delay = { mostMs };
    this.#voteDelays.add(delay);
    return () => void this.#voteDelays.delete(delay);
  }

  /**
   * Messages queue from `from` to `to` until the returned function is called: each is later than the
   * one before, by up to `mostMs`, and none passes another.
   */
  slowDown(from: ServerId, to: ServerId, mostMs: number): () => void {
    const { queues } = this.#link(from, to);
    const queue = { sinceMs: this.#ports.clock.now, mostMs };
    queues.add(queue);
    return () => void queues.delete(queue);
  }

  /** The connections between two servers close: what is under way is lost, both ends learn it. */
  cut(a: ServerId, b: ServerId): void {
    this.#link(a, b).connection += 1;
    this.#link(b, a).connection += 1;
    this.#reportClosed(a, b);
    this.#reportClosed(b, a);
  }

  /** The process of `server` died: its peers' connections close, where the news gets through. */
  died(server: ServerId): void {
    for (const peer of this.#links.keys()) {
      if (peer !== server) this.#reportClosed(peer, server);
    }
  }

  /** A new process of `server` starts: what is under way to an earlier one is lost with its sockets. */
  started(server: ServerId): void {
    for (const row of this.#links.values()) {
      const link = row.get(server);
      if (link !== undefined) link.connection += 1;
    }
  }

  #reportClosed(server: ServerId, peer: ServerId): void {
    const { leastDelayMs, mostDelayMs } = this.conditions;
    const link = this.#link(peer, server);
    const delayMs = leastDelayMs + link.random.next() * (mostDelayMs - leastDelayMs);
    if (link.blocks > 0) return; // Silence: no FIN crosses a partition.
    this.#ports.clock.setTimeout(() => this.#ports.linkClosed(server, peer), delayMs);
  }

  /** Ends every partition. */
  heal(): void {
    this.#voteDelays.clear();
    for (const row of this.#links.values())
      for (const link of row.values()) {
        link.blocks = link.mutes = link.holes = 0;
        link.queues.clear();
      }
  }

  #link(from: ServerId, to: ServerId): Link {
    const link = this.#links.get(from)?.get(to);
    if (link === undefined) throw new Error(`ERR_SIMULATION: no link from ${from} to ${to}.`);
    return link;
  }
}

function carriesEntries(message: Message): boolean {
  return message.type === 'rpc.appendEntries' && message.lastIndex > message.prevLogIndex;
}
