/**
 * The client's requests from call to outcome: pipelined over the one connection, sent again with the
 * same (session, seq) until they are answered or their time is up.
 *
 * A request is `uncertain` once a try of it ended without a definite "not applied": a lost
 * connection, or a leader that fell. From then on only a result can say more than `unknown`.
 * Which server to talk to is client-leader-socket.ts's affair.
 */
import {
  parseResponse,
  type ClientResponse,
  type FailedResponse,
} from '../transport/client-protocol.ts';
import { queueIsFull, refusedBy, requestTooLarge, stopped } from './client-errors.ts';
import { LeaderSocket } from './client-leader-socket.ts';
import { encodeRequest, needsPlace, takePlace, type Call, type Request } from './client-request.ts';
import { ClientSession } from './client-session.ts';
import type { OpenSocket } from './client-socket.ts';
import { verdictOn } from './client-verdict.ts';
import type { Outcome, StatecraftError } from './errors.ts';
import type { Clock } from './ports.ts';

/** Characters of one frame; a request has to fit in one. */
const maxFrameChars = 5 << 18;
/** How long an overloaded server is left alone. */
const overloadPauseMs = 50;

export interface RequestsOptions {
  readonly endpoints: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  random(): number;
  /** Runs a task when this turn has made all its calls: they become one frame. */
  defer(task: () => void): void;
  readonly silenceTimeoutMs: number;
  /** Requests sent and not yet answered; also how far a session's seq runs ahead of doneBelow. */
  readonly maxInFlight: number;
  /** Requests that wait to be sent for the first time; past it ERR_OVERLOADED. */
  readonly maxQueued: number;
}

export class ClientRequests {
  readonly #options: RequestsOptions;
  readonly #socket: LeaderSocket;
  /** Never sent, in the order of the calls. */
  readonly #queued = new Set<Request>();
  /** To be sent again, before what was never sent. */
  #again = new Set<Request>();
  readonly #inFlight = new Map<number, Request>();
  /** Where new commands go; null: none is open. */
  #session: ClientSession | null = null;
  #opening = false;
  #lastId = 0;
  #scheduled = false;
  #pause: unknown = null;
  #stopped = false;
  #trouble = '';

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#socket = new LeaderSocket({
      ...options,
      expecting: () => this.#asked > 0,
      opened: () => this.#flush(),
      message: (text) => this.#hear(text),
      lost: () => this.#lost(),
    });
  }

  /** What went wrong last, in the words of a server or our own; '' when nothing did. */
  get trouble(): string {
    return this.#trouble;
  }

  /**
   * Sends `call` until one of `resolve` and `reject` is called: once, and not before this returns.
   * Throws ERR_STOPPED or ERR_OVERLOADED, and calls neither.
   */
  add(call: Call, resolve: Request['resolve'], reject: Request['reject']): Request {
    if (this.#stopped) throw stopped('not-applied');
    const { maxQueued } = this.#options;
    if (this.#queued.size >= maxQueued) throw queueIsFull(maxQueued);
    const request = this.#create(call, resolve, reject);
    this.#queued.add(request);
    this.#schedule();
    return request;
  }

  /** Stops trying; `errorFor` gets what is known of the outcome. */
  giveUp(request: Request, errorFor: (outcome: Outcome) => StatecraftError): void {
    const outcome = this.#outcomeOf(request);
    this.#forget(request);
    request.reject(errorFor(outcome));
  }

  /** Rejects everything with ERR_STOPPED and closes the connection. */
  stop(): void {
    this.#stopped = true;
    this.#socket.stop();
    if (this.#pause !== null) this.#options.clock.clearTimeout(this.#pause);
    const all = [...this.#inFlight.values(), ...this.#again, ...this.#queued];
    for (const request of all) this.giveUp(request, stopped);
  }

  /** Calls without an outcome. The opening of a session is nobody's call: it alone dials no one. */
  get #asked(): number {
    const all = this.#inFlight.size + this.#again.size + this.#queued.size;
    return this.#opening ? all - 1 : all;
  }

  #create(call: Request['call'], resolve: Request['resolve'], reject: Request['reject']): Request {
    this.#lastId += 1;
    return { id: this.#lastId, call, place: null, uncertain: false, resolve, reject };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#options.defer(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#stopped || this.#pause !== null) return;
    if (this.#again.size + this.#queued.size === 0) return;
    if (!this.#socket.open) {
      this.#socket.wake();
      return;
    }
    this.#openSession();
    let frame = '';
    for (const waiting of [this.#again, this.#queued]) {
      for (const request of waiting) {
        if (this.#inFlight.size >= this.#options.maxInFlight) break;
        if (!takePlace(request, this.#session)) continue;
        const line = encodeRequest(request);
        if (line.length > maxFrameChars) {
          this.giveUp(request, () => requestTooLarge(maxFrameChars));
          continue;
        }
        waiting.delete(request);
        this.#inFlight.set(request.id, request);
        if (frame.length + line.length > maxFrameChars) {
          this.#socket.send(frame);
          frame = '';
        }
        frame += line;
      }
    }
    if (frame !== '') this.#socket.send(frame);
  }

  /** Opens a session when a command waits for one. */
  #openSession(): void {
    if (this.#session !== null || this.#opening) return;
    if (![...this.#again, ...this.#queued].some(needsPlace)) return;
    this.#opening = true;
    const opened: Request['resolve'] = (answer) => {
      this.#opening = false;
      if ('session' in answer) {
        this.#session = new ClientSession(answer.session, this.#options.maxInFlight);
      }
    };
    // Refused for good: so are the commands, each with the outcome that it had so far.
    const refused: Request['reject'] = (error) => {
      this.#opening = false;
      const waiting = [...this.#again, ...this.#queued].filter(needsPlace);
      for (const request of waiting) this.giveUp(request, () => error);
    };
    this.#again.add(this.#create({ op: 'open' }, opened, refused));
  }

  #hear(text: string): void {
    // A frame's refusals are all heard before the connection is left, which would lose the rest.
    let elsewhere: string | null | undefined;
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const response = parseResponse(line);
      const isAnswer = response !== null && !('events' in response || 'ended' in response);
      const leave = isAnswer ? this.#answer(response) : null;
      if (leave !== undefined) elsewhere = leave;
    }
    if (elsewhere !== undefined) this.#socket.seek(elsewhere);
    this.#schedule();
  }

  /** Where to go on: an address, null for any other server, undefined to stay. */
  #answer(response: ClientResponse): string | null | undefined {
    if (response.id === null) return null;
    const request = this.#inFlight.get(response.id);
    // Given up meanwhile.
    if (request === undefined) return undefined;
    if (!response.ok) return this.#refused(request, response);
    this.#socket.succeeded();
    this.#forget(request);
    request.resolve(response);
    return undefined;
  }

  #refused(request: Request, response: FailedResponse): string | null | undefined {
    this.#inFlight.delete(request.id);
    this.#trouble = `${response.code}: ${response.message}`;
    const verdict = verdictOn(response);
    // A try that met an expired session had no effect; only the tries before it may have had one.
    if (response.outcome === 'unknown' && verdict.kind !== 'expired') request.uncertain = true;
    switch (verdict.kind) {
      case 'final':
        this.giveUp(request, (outcome) => refusedBy(response, outcome));
        return undefined;
      case 'expired':
        this.#expired(request, response);
        return undefined;
      case 'later':
        this.#again.add(request);
        this.#rest();
        return undefined;
      case 'elsewhere':
        this.#again.add(request);
        return verdict.address;
      default:
        return verdict satisfies never;
    }
  }

  /**
   * When its only try met the expired session, the command goes on in a new one; else an earlier
   * try may have had an effect, and nobody knows any more (design: promise 5).
   */
  #expired(request: Request, response: FailedResponse): void {
    const { place } = request;
    if (place !== null && place.session === this.#session) this.#session = null;
    if (request.uncertain) {
      this.giveUp(request, (outcome) => refusedBy(response, outcome));
      return;
    }
    request.place = null;
    this.#again.add(request);
  }

  #rest(): void {
    if (this.#pause !== null) return;
    const { clock } = this.#options;
    this.#pause = clock.setTimeout(
      () => {
        this.#pause = null;
        this.#flush();
      },
      overloadPauseMs * (1 + this.#options.random()),
    );
  }

  /** Whatever was in flight may have arrived, or not. */
  #lost(): void {
    this.#trouble ||= 'no server could be reached';
    for (const request of this.#inFlight.values()) request.uncertain = true;
    this.#again = new Set([...this.#inFlight.values(), ...this.#again]);
    this.#inFlight.clear();
  }

  #outcomeOf({ id, call, uncertain }: Request): Outcome {
    if (call.op !== 'command') return 'not-applied';
    return uncertain || this.#inFlight.has(id) ? 'unknown' : 'not-applied';
  }

  #forget(request: Request): void {
    this.#inFlight.delete(request.id);
    this.#again.delete(request);
    this.#queued.delete(request);
    request.place?.session.release(request.place.seq);
    if (!this.#stopped) this.#schedule();
  }
}
