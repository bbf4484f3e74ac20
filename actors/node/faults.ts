/**
 * Faults on purpose: what stands between a node and its links, its disk and its timers while somebody
 * is allowed to break them (docs/page.md#faults). A node that was not started for it has none of this.
 *
 * Lost, late and cut are the network's, so nothing above can tell them from the real ones. Slow motion
 * stretches the delays that actors/ gives to the charts, which are otherwise the very same.
 */
import type { Message, ServerId } from '../../machines/messages.ts';
import type { Store } from '../../storage/store.ts';
import { faultRoute, noFaults, type FaultState } from '../../transport/fault-listener.ts';
import type { Route } from '../../transport/websocket-server.ts';
import type { Timing } from '../ports.ts';

/** Messages held back by a delay; past it the newest is lost, as a network would lose it. */
const maxHeld = 4_096;
/** Milliseconds by which a message leaves later, for each factor of slow motion. */
const slowLinkMs = 30;
/** Heartbeats at the slower pace after which all servers have surely changed theirs. */
const changeHeartbeats = 4;

export interface NodeFaults {
  /** The timing of the charts now. */
  readonly timing: Timing;
  /** What the client listener serves for whoever injects. */
  readonly routes: readonly Route[];
  /** Sends a message by `deliver`: now, later or never. */
  send(message: Message, deliver: (message: Message) => void): void;
  /** Whether what comes from `peer` is heard, its going included. */
  hears(peer: ServerId): boolean;
  /** The same store, whose fsync takes as long as is asked for. */
  slowed(store: Store): Store;
  stop(): void;
}

/** `token`: who may inject; null: nobody, and nothing is in the way. */
export function createNodeFaults(token: string | null, timing: Timing): NodeFaults {
  return token === null ? untouched(timing) : new Faults(token, timing);
}

function untouched(timing: Timing): NodeFaults {
  return {
    timing,
    routes: [],
    send: (message, deliver) => deliver(message),
    hears: () => true,
    slowed: (store) => store,
    stop: () => undefined,
  };
}

class Faults implements NodeFaults {
  readonly routes: readonly Route[];
  readonly timing: Timing;
  #state: FaultState = noFaults;
  /** While the pace changes followers are already, or still, patient, and leaders prompt. */
  #patience = 1;
  #pace = 1;
  #changing: NodeJS.Timeout | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(token: string, timing: Timing) {
    const set = (state: FaultState): void => this.#set(state, timing.heartbeatMs);
    this.routes = [faultRoute({ token, state: () => this.#state, set })];
    const slowed = (ms: number): number => ms * this.#patience;
    const paced = (ms: number): number => ms * this.#pace;
    this.timing = {
      ...timing,
      get heartbeatMs() {
        return paced(timing.heartbeatMs);
      },
      get electionTimeoutMs() {
        return slowed(timing.electionTimeoutMs);
      },
      get stallTimeoutMs() {
        return slowed(timing.stallTimeoutMs);
      },
    };
  }

  send(message: Message, deliver: (message: Message) => void): void {
    const { cutTo, delayMs, loss, slowMotion } = this.#state;
    if (cutTo.includes(message.to) || (loss > 0 && Math.random() < loss)) return;
    const laterMs = delayMs + (slowMotion > 1 ? slowMotion * slowLinkMs : 0);
    if (laterMs === 0) deliver(message);
    else if (this.#timers.size < maxHeld) {
      this.#later(laterMs, () => {
        if (!this.#state.cutTo.includes(message.to)) deliver(message);
      });
    }
  }

  hears(peer: ServerId): boolean {
    return !this.#state.cutFrom.includes(peer);
  }

  /** One method of the store itself is replaced, so that it stays what it is in all else. */
  slowed(store: Store): Store {
    const sync = store.sync.bind(store);
    store.sync = (vote, done) =>
      sync(vote, (fault) => {
        const { syncDelayMs } = this.#state;
        if (syncDelayMs === 0) done(fault);
        else this.#later(syncDelayMs, () => done(fault));
      });
    return store;
  }

  stop(): void {
    clearTimeout(this.#changing);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #set(state: FaultState, heartbeatMs: number): void {
    const before = this.#state.slowMotion;
    this.#state = state;
    const { slowMotion: now } = state;
    if (now === before) return;
    // Servers do not change at one instant. A leader that still beats slowly must not lose those that
    // have become impatient, nor one that already does those that have not become patient yet.
    this.#patience = Math.max(before, now, this.#patience);
    this.#pace = Math.min(before, now, this.#pace);
    clearTimeout(this.#changing);
    const settleMs = changeHeartbeats * heartbeatMs * this.#patience;
    this.#changing = setTimeout(() => {
      this.#patience = this.#pace = now;
    }, settleMs);
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }
}
