/**
 * The client's requests from call to outcome: pipelined over the one connection, sent again with the
 * same (session, seq) until they are answered or their time is up. Watches share the connection.
 *
 * Which server to talk to is the chart's affair (client.actor.ts), what becomes of a request when
 * it is answered answers.ts's, and what is known of an outcome table.ts's.
 */
import { ClientAnswers } from './answers.ts';
import {
  clientFailed,
  handOverLost,
  notJson,
  queueIsFull,
  requestTooLarge,
  stopped,
} from './errors.ts';
import {
  encodeRequest,
  isSpent,
  needsPlace,
  takePlace,
  type Call,
  type Request,
} from './request.ts';
import { ClientSessions } from './sessions.ts';
import { clientUrl, type OpenSocket } from './socket.ts';
import { RequestTable } from './table.ts';
import type { ClientWatch, Watching } from './watch.ts';
import { ClientWatches } from './watches.ts';
import { createClientActor, type ClientActor } from './client.actor.ts';
import type { Outcome, StatecraftError } from '../errors.ts';
import { maxCommandBytes, type Clock } from '../ports.ts';

/** Characters of one frame. A longer request cannot be one of `maxCommandBytes` and its envelope. */
const maxFrameChars = maxCommandBytes + 512;

/**
 * Requests and watches of one connection: servers refuse what goes beyond 1,024 (transport/limits.ts), and
 * that would have all calls rest, again and again.
 */
const maxPerConnection = 1_000;

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
  readonly #actor: ClientActor;
  readonly #table = new RequestTable();
  readonly #watches: ClientWatches;
  readonly #sessions: ClientSessions;
  readonly #answers: ClientAnswers;
  #lastId = 0;
  #scheduled = false;
  /** What the chart was told: somebody waits. */
  #waiting = false;
  /** Why nothing is taken any more; null while it is. */
  #over: ((outcome: Outcome) => StatecraftError) | null = null;
  readonly #ended = new AbortController();

  constructor(options: RequestsOptions) {
    this.#options = options;
    this.#sessions = new ClientSessions(options.maxInFlight);
    this.#watches = new ClientWatches({
      clock: options.clock,
      nextId: () => this.#nextId(),
      changed: () => this.#schedule(),
    });
    this.#answers = new ClientAnswers({
      table: this.#table,
      watches: this.#watches,
      sessions: this.#sessions,
    });
    this.#actor = createClientActor({
      ...options,
      flush: () => this.#flush(),
      ping: () => this.#actor.send(`${JSON.stringify({ id: this.#nextId(), op: 'ping' })}\n`),
      message: (text) => this.#hear(text),
      abandon: () => this.#abandon(),
      failed: (error) => this.#end((outcome) => clientFailed(outcome, error)),
    });
  }

  /** Aborts when nothing is taken any more; why not is its reason. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** What went wrong last, in the words of a server or our own; '' when nothing did. */
  get trouble(): string {
    if (this.#answers.trouble !== '') return this.#answers.trouble;
    return this.#actor.canSend ? '' : 'no server could be reached';
  }

  /** The log index that a server was asked to wait for before it answers; null: no such question. */
  awaitedEntry({ id, call }: Request): number | null {
    if (this.#table.inFlightAs(id) === undefined || call.op !== 'read') return null;
    return call.consistency === 'local' ? (call.atLeast ?? null) : null;
  }

  /**
   * Sends `call` until one of `resolve` and `reject` is called: once, and not before this returns.
   * Throws ERR_STOPPED or ERR_OVERLOADED, and calls neither.
   */
  add(call: Call, resolve: Request['resolve'], reject: Request['reject']): Request {
    if (this.#over !== null) throw this.#over('not-applied');
    const { maxQueued } = this.#options;
    if (this.#table.queued >= maxQueued) throw queueIsFull(maxQueued);
    const request = this.#create(call, resolve, reject);
    this.#table.queue(request);
    this.#schedule();
    return request;
  }

  /** Throws ERR_STOPPED or ERR_OVERLOADED; `ended` is called when it is over. */
  watch(about: Watching, ended: () => void): ClientWatch {
    if (this.#over !== null) throw this.#over('not-applied');
    return this.#watches.start(about, ended);
  }

  /** Stops trying; `errorFor` gets what is known of the outcome. */
  giveUp(request: Request, errorFor: (outcome: Outcome) => StatecraftError): void {
    this.#table.giveUp(request, errorFor);
    this.#schedule();
  }

  /** Rejects everything with ERR_STOPPED and closes the connection. Idempotent. */
  stop(): void {
    this.#end(stopped);
    this.#actor.tell({ type: 'admin.stop' });
  }

  #end(errorFor: (outcome: Outcome) => StatecraftError): void {
    if (this.#over !== null) return;
    this.#over = errorFor;
    for (const request of this.#table.all()) this.giveUp(request, errorFor);
    this.#watches.stop(() => errorFor('not-applied'));
    this.#ended.abort(errorFor('not-applied'));
  }

  #nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #create(call: Request['call'], resolve: Request['resolve'], reject: Request['reject']): Request {
    return { id: this.#nextId(), call, place: null, uncertain: false, resolve, reject };
  }

  /** At the end of the turn: tells the chart whether anybody waits, and sends what does. */
  #schedule(): void {
    if (this.#scheduled || this.#over !== null) return;
    this.#scheduled = true;
    this.#options.defer(() => {
      this.#scheduled = false;
      if (this.#over !== null) return;
      this.#tellWaiting();
      if (this.#actor.canSend) this.#flush();
    });
  }

  /** The opening of a session is nobody's call: it alone wants no connection. */
  #tellWaiting(): void {
    const calls = this.#sessions.isOpening ? this.#table.size - 1 : this.#table.size;
    const waiting = calls + this.#watches.waiting > 0;
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.#actor.tell({ type: waiting ? 'calls.waiting' : 'calls.settled' });
  }

  #flush(): void {
    this.#openSession();
    let frame = this.#watches.takeLines();
    const room = Math.min(this.#options.maxInFlight, maxPerConnection - this.#watches.told);
    for (const request of this.#table.waiting()) {
      if (this.#table.inFlight >= room) break;
      if (!takePlace(request, this.#sessions.current)) continue;
      const line = this.#lineOf(request);
      if (line === null) continue;
      this.#table.sent(request);
      if (frame.length + line.length > maxFrameChars) {
        this.#actor.send(frame);
        frame = '';
      }
      frame += line;
    }
    if (frame !== '') this.#actor.send(frame);
  }

  /** null: no server could read it, so it is given up. */
  #lineOf(request: Request): string | null {
    try {
      const line = encodeRequest(request);
      if (line.length <= maxFrameChars) return line;
      this.giveUp(request, () => requestTooLarge());
    } catch (error) {
      this.giveUp(request, () => notJson(error));
    }
    return null;
  }

  /** Opens a session when a command waits for one. */
  #openSession(): void {
    if (!this.#sessions.isMissing(this.#table.waiting())) return;
    const opening = this.#sessions.opening(this.#nextId(), (error) => {
      const waiting = [...this.#table.waiting()].filter(needsPlace);
      for (const request of waiting) this.giveUp(request, () => error);
    });
    this.#table.queueAgain({ ...opening, place: null, uncertain: false });
  }

  #hear(text: string): void {
    const { alive, led, leaderless, overloadedMs, elsewhere } = this.#answers.hear(text);
    if (alive) this.#actor.tell({ type: 'server.heard' });
    if (led) this.#actor.tell({ type: 'server.led' });
    if (overloadedMs !== null) {
      this.#actor.tell({ type: 'server.overloaded', restMs: overloadedMs });
    }
    if (elsewhere !== undefined) {
      const address = elsewhere === null || clientUrl(elsewhere) === null ? null : elsewhere;
      this.#actor.tell({ type: 'server.redirected', address });
    }
    if (leaderless) this.#actor.tell({ type: 'server.leaderless' });
    this.#schedule();
  }

  #abandon(): void {
    this.#table.abandon();
    this.#watches.abandon();
    for (const request of this.#table.waiting()) {
      if (isSpent(request)) this.giveUp(request, handOverLost);
    }
  }
}
