/**
 * How a process that was paused wakes up: what waited in many sockets is read socket by socket, the
 * timers that were due come before all of them or after, as a real event loop has it
 * (actors/time/real-clock.ts).
 */
import type { ServerId } from '../machines/messages.ts';
import type { Random } from './random.ts';

/** After a pause, all that arrived meanwhile is heard within so long. */
export const thawMs = 1;

export class Thaw {
  /** After the last pause: else the timers that were due came first. */
  readsSocketsFirst = false;
  readonly #random: Random;
  /** When, after the present pause, each peer's socket is read. */
  readonly #turns = new Map<ServerId, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  /** A pause begins. */
  begin(): void {
    this.#turns.clear();
    this.readsSocketsFirst = this.#random.chance(0.5);
  }

  /**
   * When a message of `sender` is heard, in milliseconds after the pause; '' is a client, each its
   * own.
   */
  delayMs(sender: ServerId): number {
    const turn = this.#turns.get(sender) ?? this.#random.next();
    if (sender !== '') this.#turns.set(sender, turn);
    return turn * thawMs;
  }
}
