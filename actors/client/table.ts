/**
 * The client's requests by where they are: never sent, to be sent again, or in flight; and what is
 * known of the outcome of each.
 *
 * A request is `uncertain` once a try of it ended without a definite "not applied": a lost
 * connection, or a leader that fell. From then on only a result can say more than `unknown`.
 */
import type { Request } from './request.ts';
import type { Outcome, StatecraftError } from '../errors.ts';

/** The rest has no outcome to speak of. */
const changesSomething: ReadonlySet<string> = new Set(['command', 'change', 'moveLeader']);

export class RequestTable {
  /** Never sent, in the order of the calls. */
  readonly #queued = new Set<Request>();
  /** To be sent again, before what was never sent. */
  #again = new Set<Request>();
  readonly #inFlight = new Map<number, Request>();

  get queued(): number {
    return this.#queued.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** Without an outcome. */
  get size(): number {
    return this.#inFlight.size + this.#again.size + this.#queued.size;
  }

  queue(request: Request): void {
    this.#queued.add(request);
  }

  /** Goes before what was never sent; also for what is in flight no more. */
  queueAgain(request: Request): void {
    this.#inFlight.delete(request.id);
    this.#again.add(request);
  }

  /** Those to be sent, in order. They may be sent or forgotten meanwhile. */
  *waiting(): Iterable<Request> {
    yield* this.#again;
    yield* this.#queued;
  }

  sent(request: Request): void {
    this.#again.delete(request);
    this.#queued.delete(request);
    this.#inFlight.set(request.id, request);
  }

  /** The one in flight; undefined when it was given up. */
  inFlightAs(id: number): Request | undefined {
    return this.#inFlight.get(id);
  }

  /** Whatever was in flight may have arrived, or not. */
  abandon(): void {
    for (const request of this.#inFlight.values()) request.uncertain = true;
    this.#again = new Set([...this.#inFlight.values(), ...this.#again]);
    this.#inFlight.clear();
  }

  #outcomeOf({ id, call, uncertain }: Request): Outcome {
    if (!changesSomething.has(call.op)) return 'not-applied';
    return uncertain || this.#inFlight.has(id) ? 'unknown' : 'not-applied';
  }

  /** Rejects it; `errorFor` gets what is known of the outcome. */
  giveUp(request: Request, errorFor: (outcome: Outcome) => StatecraftError): void {
    const outcome = this.#outcomeOf(request);
    this.forget(request);
    request.reject(errorFor(outcome));
  }

  /** It has its outcome. */
  forget(request: Request): void {
    this.#inFlight.delete(request.id);
    this.#again.delete(request);
    this.#queued.delete(request);
    request.place?.session.release(request.place.seq);
  }

  all(): readonly Request[] {
    return [...this.#inFlight.values(), ...this.#again, ...this.#queued];
  }
}
