/**
 * The nemesis: faults that come and go while the cluster works, each kind on its own stream.
 *
 * What the network does to single messages is not here (network.ts). `heal` ends everything and
 * begins nothing more; after it the cluster owes progress.
 */
import type { ServerId } from '../machines/messages.ts';
import type { MemoryDisk } from '../storage/memory-disk.ts';
import type { VirtualClock } from './clock.ts';
import type { Network } from './network.ts';
import { faultKinds, type FaultKind, type FaultRate } from './options.ts';
import type { Random } from './random.ts';

/** The cluster as the nemesis handles it. */
export interface Victim {
  readonly servers: readonly ServerId[];
  readonly clock: VirtualClock;
  readonly network: Network;
  /** The leader of the newest term that has one; null when there is none. */
  leader(): ServerId | null;
  disk(server: ServerId): MemoryDisk;
  /** Nothing when it is down already. */
  crash(server: ServerId): void;
  /** Nothing when it is up already. */
  start(server: ServerId): void;
  pause(server: ServerId, durationMs: number): void;
  resume(server: ServerId): void;
  /** A line for the trace. */
  note(text: string): void;
}

/** Ends a fault. */
type Undo = () => void;

export class Nemesis {
  /** How often each kind was injected. */
  readonly injected: Record<FaultKind, number>;
  readonly #victim: Victim;
  readonly #random: Random;
  readonly #active = new Set<Undo>();
  #healed = false;

  constructor(victim: Victim, random: Random) {
    this.#victim = victim;
    this.#random = random;
    this.injected = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<
      FaultKind,
      number
    >;
  }

  /** Begins to inject at these rates. */
  start(rates: Readonly<Partial<Record<FaultKind, FaultRate>>>): void {
    for (const kind of faultKinds) {
      const rate = rates[kind];
      if (rate !== undefined) this.#plan(kind, rate, this.#random.split(kind));
    }
  }

  #plan(kind: FaultKind, rate: FaultRate, random: Random): void {
    const { clock } = this.#victim;
    const wave = (meanMs: number): number => meanMs * (0.5 + random.next());
    clock.setTimeout(() => {
      if (this.#healed) return;
      this.#inject(kind, random, wave(rate.lastsMs));
      this.#plan(kind, rate, random);
    }, wave(rate.everyMs));
  }

  #inject(kind: FaultKind, random: Random, durationMs: number): void {
    const victim = this.#victim;
    this.injected[kind] += 1;
    const end = this.#begin(kind, random, durationMs);
    const undo = (): void => {
      if (this.#active.delete(undo)) end();
    };
    this.#active.add(undo);
    victim.clock.setTimeout(undo, durationMs);
  }

  #begin(kind: FaultKind, random: Random, durationMs: number): Undo {
    const victim = this.#victim;
    const { servers, network } = victim;
    const target = this.#target(random);
    victim.note(`${kind} of ${target}, ${Math.round(durationMs)} ms`);
    switch (kind) {
      case 'crash':
        victim.crash(target);
        return () => victim.start(target);
      case 'powerCut':
        for (const server of servers) victim.crash(server);
        return () => {
          for (const server of servers) victim.start(server);
        };
      case 'pause':
        victim.pause(target, durationMs);
        return () => victim.resume(target);
      case 'partition':
        return split(network, partition(servers, target, random), random);
      case 'oneWay': {
        const others = servers.filter((server) => server !== target && random.chance(0.7));
        const inward = random.chance(0.5);
        const pairs = others.map((other) => (inward ? [other, target] : [target, other]) as Pair);
        return split(network, pairs, random);
      }
      case 'cut': {
        const others = servers.filter((server) => server !== target && random.chance(0.6));
        for (const other of others) network.cut(target, other);
        return () => undefined;
      }
      case 'diskStall': {
        const disk = victim.disk(target);
        disk.stall();
        return () => disk.unstall();
      }
      case 'diskFail':
        victim.disk(target).failNextSync = true;
        return () => {
          victim.disk(target).failNextSync = false;
          victim.start(target);
        };
    }
  }

  /** Anybody, but every other time the leader: there most can go wrong. */
  #target(random: Random): ServerId {
    const anybody = random.pick(this.#victim.servers);
    return random.chance(0.5) ? (this.#victim.leader() ?? anybody) : anybody;
  }

  /** Ends all faults now. */
  heal(): void {
    this.#healed = true;
    for (const undo of [...this.#active]) undo();
    this.#victim.network.heal();
  }
}

type Pair = readonly [from: ServerId, to: ServerId];

/** Which links a partition blocks: isolate one, halves, or a bridge that reaches both sides. */
function partition(
  servers: readonly ServerId[],
  target: ServerId,
  random: Random,
): readonly Pair[] {
  const shape = random.pick(['isolate', 'halves', 'bridge'] as const);
  if (shape === 'isolate') return isolation(servers, target);
  const side = new Map(servers.map((server) => [server, random.chance(0.5)]));
  const pairs: Pair[] = [];
  for (const from of servers) {
    for (const to of servers) {
      const bridges = shape === 'bridge' && (from === target || to === target);
      if (side.get(from) !== side.get(to) && !bridges) pairs.push([from, to]);
    }
  }
  return pairs;
}

/** Every link from and to `target`. */
function isolation(servers: readonly ServerId[], target: ServerId): readonly Pair[] {
  const others = servers.filter((server) => server !== target);
  return others.flatMap((other): Pair[] => [
    [other, target],
    [target, other],
  ]);
}

/**
 * Blocks the links until it is undone. Every other time the connections break visibly first, as when
 * a router answers for the lost side: then a new leader rises long before the old one steps down.
 */
function split(network: Network, pairs: readonly Pair[], random: Random): Undo {
  const visibly = random.chance(0.5);
  for (const [from, to] of pairs) if (visibly) network.cut(from, to);
  for (const [from, to] of pairs) network.block(from, to);
  return () => {
    for (const [from, to] of pairs) network.unblock(from, to);
  };
}
