/**
 * The watches of one client on its one connection: which have to be asked, what answers belong to
 * which, and what becomes of them when the connection is lost.
 *
 * A watch is asked anew, under a new id, whenever a server stopped answering it. What a watch gives
 * its reader is watch.ts's affair.
 */
import type { Json } from '../../replicated/state-machine.ts';
import type { ChangesResponse, EndedResponse } from '../../transport/client-protocol.ts';
import { noRevision, notJson, selectTooLong, tooManyWatches } from './errors.ts';
import { ClientWatch, type Watching } from './watch.ts';
import type { Clock } from '../ports.ts';

/** Open watches of one client; past it ERR_OVERLOADED. */
export const maxWatchesPerClient = 256;

/**
 * Characters of a selection as JSON: two keys of 1,024 bytes, each byte written as six. A server closes
 * the connection at a frame that is much longer, and every time that it is asked again.
 */
const maxSelectChars = 13_000;

/** Milliseconds until a watch that its server did not take is asked for again; calls do not wait for it. */
const restMs = 100;

export interface ClientWatchesOptions {
  readonly clock: Clock;
  /** An id that no request had. */
  nextId(): number;
  /** There is something to send, or less to wait for. */
  changed(): void;
}

export class ClientWatches {
  readonly #options: ClientWatchesOptions;
  readonly #open = new Set<ClientWatch>();
  /** Those that the present server answers. */
  readonly #told = new Map<number, ClientWatch>();
  /** Ids whose watches are no longer wanted from the present server. */
  #cancelled: number[] = [];
  /** The end of the rest; null while none rests. */
  #rest: unknown = null;

  constructor(options: ClientWatchesOptions) {
    this.#options = options;
  }

  /** Those that the present server answers. */
  get told(): number {
    return this.#told.size;
  }

  /** Those that want a server. */
  get waiting(): number {
    return [...this.#open].filter(({ state }) => state !== 'paused').length;
  }

  /**
   * Throws ERR_OVERLOADED, ERR_INVALID_ARGUMENT, ERR_INVALID_VALUE or ERR_INVALID_WATCH; `ended` is
   * called when it is over.
   */
  start(about: Watching, ended: () => void): ClientWatch {
    const { from } = about;
    // A server would take the line for none, and could not say whose it was.
    if (from !== null && !(Number.isSafeInteger(from) && from > 0)) throw noRevision(from);
    checkSelect(about.select);
    if (this.#open.size >= maxWatchesPerClient) throw tooManyWatches(maxWatchesPerClient);
    const watch = new ClientWatch(about, (changed) => {
      this.#changed(changed);
      if (changed.state === 'over') ended();
    });
    this.#open.add(watch);
    this.#options.changed();
    return watch;
  }

  /** What has to be sent now; it counts as sent. */
  takeLines(): string {
    let lines = '';
    for (const id of this.#cancelled) lines += `${JSON.stringify({ id, op: 'cancel' })}\n`;
    this.#cancelled = [];
    for (const watch of this.#open) {
      if (watch.state !== 'asking') continue;
      const id = this.#options.nextId();
      const { machine, select } = watch.about;
      const request = { id, op: 'watch', machine, select, from: watch.place };
      lines += `${JSON.stringify(request)}\n`;
      this.#told.set(id, watch);
      watch.become('told');
    }
    return lines;
  }

  /** The watch that the present server answers under this id. */
  toldAs(id: number): ClientWatch | undefined {
    return this.#told.get(id);
  }

  /** A line of a stream, of so many characters; late words of a cancelled one are dropped. */
  hear(response: ChangesResponse | EndedResponse, chars: number): void {
    if ('events' in response) this.#told.get(response.id)?.hear(response, chars);
  }

  /** The server will not answer this one any more: it is asked again. */
  askAgain(watch: ClientWatch): void {
    this.#untold(watch);
    watch.become('asking');
  }

  /** The server takes it later, perhaps. */
  askLater(watch: ClientWatch): void {
    this.#untold(watch);
    watch.become('resting');
    this.#rest ??= this.#options.clock.setTimeout(() => {
      this.#rest = null;
      for (const each of this.#resting()) each.become('asking');
    }, restMs);
  }

  /** The connection is gone. */
  abandon(): void {
    this.#cancelled = [];
    for (const watch of [...this.#told.values()]) this.askAgain(watch);
  }

  /** Ends all with an error of this kind. */
  stop(error: () => Error): void {
    for (const watch of [...this.#open]) watch.end(error());
  }

  /** A server that was asked must be told that it is no longer wanted. */
  #changed(watch: ClientWatch): void {
    if (watch.state === 'over') this.#open.delete(watch);
    if (watch.state === 'over' || watch.state === 'paused') {
      const id = this.#untold(watch);
      if (id !== null) this.#cancelled.push(id);
    }
    if (this.#rest !== null && this.#resting().length === 0) {
      this.#options.clock.clearTimeout(this.#rest);
      this.#rest = null;
    }
    if (watch.state !== 'told') this.#options.changed();
  }

  #resting(): readonly ClientWatch[] {
    return [...this.#open].filter(({ state }) => state === 'resting');
  }

  #untold(watch: ClientWatch): number | null {
    for (const [id, told] of this.#told) {
      if (told !== watch) continue;
      this.#told.delete(id);
      return id;
    }
    return null;
  }
}

function checkSelect(select: Json): void {
  let chars = 0;
  try {
    chars = JSON.stringify(select).length;
  } catch (error) {
    throw notJson(error);
  }
  if (chars > maxSelectChars) throw selectTooLong(chars, maxSelectChars);
}
