/**
 * The client's one connection, to the server that it believes to lead: follows hints, else tries
 * the endpoints in turn, with growing pauses while nobody answers as a leader.
 *
 * What is sent, and what has to be sent again when a connection is lost, is client-requests.ts's.
 */
import { clientUrl, type ClientSocket, type OpenSocket } from './client-socket.ts';
import type { Clock } from './ports.ts';

/** Pauses between attempts, doubling from the first to the last, each shortened by chance. */
const firstPauseMs = 20;
const lastPauseMs = 500;

export interface LeaderSocketOptions {
  /** At least one. */
  readonly endpoints: readonly string[];
  readonly openSocket: OpenSocket;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  random(): number;
  /** Silence after which a connection that owes answers counts as lost. */
  readonly silenceTimeoutMs: number;
  /** Whether anything waits to be sent or answered. */
  expecting(): boolean;
  opened(): void;
  message(text: string): void;
  /** The connection is gone, and what it owed with it; another one is on its way. */
  lost(): void;
}

export class LeaderSocket {
  readonly #options: LeaderSocketOptions;
  /** Of the endpoints; at least one. */
  readonly #urls: readonly string[];
  #turn = 0;
  /** Where to dial next. */
  #url: string;
  #socket: ClientSocket | null = null;
  #open = false;
  /** Attempts since a server last answered as the leader. */
  #attempts = 0;
  #pause: unknown = null;
  #silence: unknown = null;
  #heard = false;
  #stopped = false;

  constructor(options: LeaderSocketOptions) {
    this.#options = options;
    this.#urls = options.endpoints.flatMap((endpoint) => clientUrl(endpoint) ?? []);
    this.#url = this.#urls[0] ?? '';
  }

  get open(): boolean {
    return this.#open;
  }

  /** Connects, unless it is connected or on the way. */
  wake(): void {
    if (this.#socket === null && this.#pause === null && !this.#stopped) this.#dial();
  }

  /** Only when open. */
  send(text: string): void {
    this.#socket?.send(text);
    this.#watch();
  }

  /** The present server answered as a leader does. */
  succeeded(): void {
    this.#attempts = 0;
  }

  /** Leaves the present server for `address`, or, when that leads nowhere, for the next endpoint. */
  seek(address: string | null): void {
    const had = this.#socket !== null;
    this.#drop();
    if (this.#stopped) return;
    this.#attempts += 1;
    const hinted = address === null ? null : clientUrl(address);
    if (hinted === null) this.#turn += 1;
    this.#url = hinted ?? this.#urls[this.#turn % this.#urls.length] ?? '';
    // The first hint is followed at once; two servers that point at each other are not a busy loop.
    const pauseMs = hinted !== null && this.#attempts === 1 ? 0 : this.#pauseMs();
    this.#pause = this.#options.clock.setTimeout(() => {
      this.#pause = null;
      if (this.#options.expecting()) this.#dial();
    }, pauseMs);
    if (had) this.#options.lost();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
  }

  #dial(): void {
    this.#socket = this.#options.openSocket(this.#url, {
      opened: () => {
        this.#open = true;
        this.#options.opened();
      },
      message: (text) => {
        this.#heard = true;
        this.#options.message(text);
      },
      closed: () => this.seek(null),
    });
    this.#watch();
  }

  #drop(): void {
    const { clock } = this.#options;
    if (this.#pause !== null) clock.clearTimeout(this.#pause);
    if (this.#silence !== null) clock.clearTimeout(this.#silence);
    this.#pause = null;
    this.#silence = null;
    this.#open = false;
    this.#socket?.close();
    this.#socket = null;
  }

  /** A server that hangs, or a network that swallows, closes nothing: silence is the sign. */
  #watch(): void {
    if (this.#silence !== null) return;
    this.#heard = false;
    this.#silence = this.#options.clock.setTimeout(() => {
      this.#silence = null;
      if (this.#open && !this.#options.expecting()) return;
      if (this.#open && this.#heard) this.#watch();
      else this.seek(null);
    }, this.#options.silenceTimeoutMs);
  }

  #pauseMs(): number {
    const pauseMs = Math.min(lastPauseMs, firstPauseMs * 2 ** (this.#attempts - 1));
    return pauseMs * (0.5 + this.#options.random() / 2);
  }
}
