/**
 * The way between simulated clients and servers: late, and lossy while faults last. A request that
 * is lost and an answer that is lost look alike to a client, and are not.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';
import type { VirtualClock } from '../clock.ts';
import type { NetworkConditions } from '../network.ts';
import type { Random } from '../random.ts';

type Respond = (response: ClientResponse) => void;

export interface ClientNetworkOptions {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly delays: Pick<NetworkConditions, 'leastDelayMs' | 'mostDelayMs'>;
  /** Of requests, and of answers again. */
  readonly lossRate: number;
  submit(to: ServerId, request: ClientRequest, respond: Respond): void;
}

export class ClientNetwork {
  readonly #options: ClientNetworkOptions;
  #lossRate: number;
  /** How many faults lose all answers now. */
  #answersLost = 0;

  constructor(options: ClientNetworkOptions) {
    this.#options = options;
    this.#lossRate = options.lossRate;
  }

  request(to: ServerId, request: ClientRequest, respond: Respond): void {
    const { clock, random } = this.#options;
    if (random.chance(this.#lossRate)) return;
    clock.setTimeout(() => {
      this.#options.submit(to, request, (response) => {
        if (random.chance(this.#lossRate) || this.#answersLost > 0) return;
        clock.setTimeout(() => respond(response), this.#delayMs());
      });
    }, this.#delayMs());
  }

  loseAnswers(lost: boolean): void {
    this.#answersLost = Math.max(0, this.#answersLost + (lost ? 1 : -1));
  }

  heal(): void {
    this.#lossRate = 0;
    this.#answersLost = 0;
  }

  #delayMs(): number {
    const { leastDelayMs, mostDelayMs } = this.#options.delays;
    return leastDelayMs + this.#options.random.next() * (mostDelayMs - leastDelayMs);
  }
}
