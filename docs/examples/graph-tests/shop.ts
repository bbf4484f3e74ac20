/**
 * The system under test: a shop as somebody wrote it, by hand and without the machine.
 */
import { maxDeclined } from './order.machine.ts';

/** The part of `setTimeout` that the shop needs, so that a test can hold the time. */
export interface Clock {
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

export type Status = 'open' | 'paying' | 'packing' | 'sent' | 'cancelled';

export class Shop {
  status: Status = 'open';
  items = 0;
  #declined = 0;
  #deadline: unknown = null;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(): void {
    if (this.status === 'open') this.items += 1;
  }

  place(): void {
    if (this.status === 'open' && this.items > 0) this.#awaitPayment();
  }

  pay(): void {
    if (this.status === 'paying') this.#leavePaying('packing');
  }

  decline(): void {
    if (this.status !== 'paying') return;
    this.#declined += 1;
    this.#leavePaying('cancelled');
    if (this.#declined <= maxDeclined) this.#awaitPayment();
  }

  send(): void {
    if (this.status === 'packing') this.status = 'sent';
  }

  #awaitPayment(): void {
    this.status = 'paying';
    this.#deadline = this.#clock.setTimeout(() => this.#leavePaying('cancelled'), 15 * 60_000);
  }

  #leavePaying(to: Status): void {
    this.#clock.clearTimeout(this.#deadline);
    this.status = to;
  }
}
