/**
 * The nemesis: faults that come and go while the cluster works, each on its own stream of chance.
 *
 * What a kind of fault does is fault-effects.ts, what the network does to single messages
 * network.ts. `heal` ends everything and begins nothing more; after it the cluster owes progress.
 */
import type { ServerId } from '../../machines/messages.ts';
import { begin, waiting } from './fault-effects.ts';
import type { Trap } from './strike.ts';
import { faultKinds, type FaultKind, type FaultRate } from '../options/fault-options.ts';
import type { Random } from '../random.ts';
import { allowedBy, type Allowed, type FaultDecision } from '../options/schedule.ts';
import type { Effect, Victim } from './victim.ts';

export class Nemesis {
  /** How often each kind was injected; one that waits for its moment counts when it strikes. */
  readonly injected: Record<FaultKind, number>;
  /** What was injected, in order. */
  readonly decisions: FaultDecision[] = [];
  readonly #victim: Victim;
  readonly #random: Random;
  readonly #allowed: Allowed;
  readonly #active = new Set<() => void>();
  /** Those that wait, and what kind of fault each is. */
  readonly #traps = new Map<Trap, FaultKind>();
  #healed = false;

  constructor(victim: Victim, random: Random, allowed: Allowed = allowedBy(undefined)) {
    this.#victim = victim;
    this.#random = random;
    this.#allowed = allowed;
    this.injected = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<
      FaultKind,
      number
    >;
  }

  /** Begins to inject at these rates. */
  start(rates: Readonly<Partial<Record<FaultKind, FaultRate>>>): void {
    for (const kind of faultKinds) {
      const rate = rates[kind];
      if (rate !== undefined) this.#plan(kind, rate, this.#random.split(kind), 1);
    }
  }

  /** A server stands between two effects: a trap that waited for it may strike here and now. */
  reached(server: ServerId, effect: Effect): void {
    if (this.#traps.size === 0) return;
    for (const [trap, kind] of this.#traps) {
      if (trap.at !== effect || !trap.spring(server)) continue;
      this.#traps.delete(trap);
      if (waiting.has(kind)) this.injected[kind] += 1;
      this.#victim.note(`${kind} of ${server} at ${effect}`);
      return;
    }
  }

  #plan(kind: FaultKind, rate: FaultRate, random: Random, n: number): void {
    this.#victim.clock.setTimeout(
      () => {
        if (this.#healed) return;
        const name = `${kind}/${n}`;
        if (this.#allowed.fault(name)) this.#inject(kind, name, random.split(String(n)), rate);
        this.#plan(kind, rate, random, n + 1);
      },
      wave(rate.everyMs, random),
    );
  }

  #inject(kind: FaultKind, name: string, random: Random, rate: FaultRate): void {
    const victim = this.#victim;
    const lastsMs = wave(rate.lastsMs, random);
    const target = this.#target(random);
    const end = begin(kind, {
      victim,
      target,
      random,
      durationMs: lastsMs,
      trap: (trap) => {
        this.#traps.set(trap, kind);
        return () => void this.#traps.delete(trap);
      },
    });
    if (end === null) return;
    if (!waiting.has(kind)) this.injected[kind] += 1;
    this.decisions.push({ name, kind, target, atMs: victim.clock.now, lastsMs });
    victim.note(`${name} of ${target}, ${Math.round(lastsMs)} ms`);
    const undo = (): void => {
      if (!this.#active.delete(undo)) return;
      victim.note(`${name} ends`);
      end();
    };
    this.#active.add(undo);
    victim.clock.setTimeout(undo, lastsMs);
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

/** 0.5 … 1.5 times the mean. */
function wave(meanMs: number, random: Random): number {
  return meanMs * (0.5 + random.next());
}
