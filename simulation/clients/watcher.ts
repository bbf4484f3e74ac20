/**
 * A simulated watcher: follows all keys from the first revision on, at one server after the other,
 * and hands what it is told to the checker (I38). It leaves a server often and without a reason, so
 * that going on elsewhere is what it does most.
 */
import type { LogIndex, ServerId } from '../../machines/messages.ts';
import type { WatchRequest, WatchSink } from '../../transport/client-protocol.ts';
import type { VirtualClock } from '../clock.ts';
import type { WatchRules } from '../invariants/watches.ts';
import type { Random } from '../random.ts';

export interface WatcherPorts {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly servers: readonly ServerId[];
  readonly rules: WatchRules;
  /** Mean time at one server. */
  readonly staysMs: number;
  /** Asks a server, which may be dead or paused. What comes back leaves it. */
  watch(at: ServerId, request: WatchRequest, sink: WatchSink): () => void;
}

export class SimulatedWatcher {
  /** The first revision that it was not told of. */
  place: LogIndex = 1;
  readonly #name: string;
  readonly #ports: WatcherPorts;
  #visits = 0;
  /** A server has places for so many watches: who goes on gives its own back. */
  #leave = (): void => undefined;

  constructor(name: string, ports: WatcherPorts) {
    this.#name = name;
    this.#ports = ports;
  }

  /** Goes to a server, and to another one after a while, for ever. */
  start(): void {
    const { clock, random, servers, rules, staysMs } = this.#ports;
    this.#leave();
    this.#visits += 1;
    const visit = this.#visits;
    const id = visit;
    const request = { id, op: 'watch', machine: 'kv', select: { prefix: '' } } as const;
    this.#leave = this.#ports.watch(
      random.pick(servers),
      { ...request, from: this.place },
      {
        send: (response) => {
          if (visit !== this.#visits) return; // It has gone on: nobody listens here any more.
          if (response.ok) this.place = rules.heard(this.#name, this.place, response);
          else if (response.code === 'ERR_COMPACTED') {
            this.place = Math.max(this.place, response.oldest ?? this.place);
          }
        },
        backlogBytes: () => 0,
      },
    );
    clock.setTimeout(() => this.start(), staysMs * (0.5 + random.next()));
  }
}
