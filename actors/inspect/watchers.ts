/**
 * Who watches a node, how far each has come, and when the next frame is due.
 *
 * Events wait in the ring, not per watcher: one that is slow costs nothing here and finds a gap.
 */
import type { Clock } from '../ports.ts';
import type { GapReason, InspectFrame } from './events.ts';
import type { EventRing } from './ring.ts';

/** Where a watcher wants to go on; `since` null: with the full state. */
export interface WatchRequest {
  /** The last event that it has. */
  readonly since: number | null;
  /** The stream of that number; null: the present one. */
  readonly stream: string | null;
}

export interface WatchSink {
  /** One frame, JSON text. */
  send(frame: string): void;
  /** No more frames: ERR_INSPECT_FAILED, ERR_STOPPED. */
  end(code: string): void;
}

export interface WatchersOptions {
  readonly ring: EventRing;
  readonly clock: Clock;
  readonly limits: { readonly frameIntervalMs: number; readonly maxFrameEvents: number };
  /** Completes the ring. */
  beforeFrame(): void;
  /** Sends the full state as of the newest event. */
  sendState(to: WatchSink): void;
}

interface Watcher {
  readonly sink: WatchSink;
  /** The last event that it was sent. */
  seq: number;
}

export class Watchers {
  readonly #options: WatchersOptions;
  readonly #watchers = new Set<Watcher>();
  /** Of the next frame. */
  #timer: unknown = null;

  constructor(options: WatchersOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#watchers.size;
  }

  /** Something is new: a frame will leave within the interval. */
  wake(): void {
    if (this.#timer !== null || this.#watchers.size === 0) return;
    const { clock, limits } = this.#options;
    this.#timer = clock.setTimeout(() => this.#sendFrames(), limits.frameIntervalMs);
  }

  /** The returned function ends it. */
  add({ since, stream }: WatchRequest, present: string, sink: WatchSink): () => void {
    const { ring } = this.#options;
    const watcher: Watcher = { sink, seq: since ?? 0 };
    if (since === null) {
      this.#sendState(watcher);
    } else if (stream !== null && stream !== present) {
      this.#sendGap(watcher, 'restarted');
    } else if (ring.after(since, 0) === null) {
      this.#sendGap(watcher, gapReason(ring, since));
    }
    this.#watchers.add(watcher);
    this.wake();
    return () => void this.#watchers.delete(watcher);
  }

  /** To each, now: `frame` is no event, and has no place among them. */
  tell(frame: string): void {
    for (const { sink } of this.#watchers) sink.send(frame);
  }

  /** Ends all, and no frame leaves any more. */
  end(code: string): void {
    this.#options.clock.clearTimeout(this.#timer);
    this.#timer = null;
    for (const { sink } of this.#watchers) sink.end(code);
    this.#watchers.clear();
  }

  #sendFrames(): void {
    const { ring, limits } = this.#options;
    this.#options.beforeFrame();
    this.#timer = null;
    // Watchers that have come equally far, as a rule all, share one text.
    const texts = new Map<number, string>();
    for (const watcher of this.#watchers) {
      const { sink, seq } = watcher;
      if (seq >= ring.last) continue;
      const events = ring.after(seq, limits.maxFrameEvents);
      if (events === null) {
        this.#sendGap(watcher, gapReason(ring, seq));
        continue;
      }
      const text = texts.get(seq) ?? `{"type":"events","events":[${events.join(',')}]}`;
      texts.set(seq, text);
      watcher.seq = seq + events.length;
      sink.send(text);
      if (watcher.seq < ring.last) this.wake();
    }
  }

  #sendGap(watcher: Watcher, reason: GapReason): void {
    const gap: InspectFrame = { type: 'gap', since: watcher.seq, reason };
    watcher.sink.send(JSON.stringify(gap));
    this.#sendState(watcher);
  }

  #sendState(watcher: Watcher): void {
    this.#options.beforeFrame();
    this.#options.sendState(watcher.sink);
    watcher.seq = this.#options.ring.last;
  }
}

function gapReason(ring: EventRing, since: number): GapReason {
  if (since > ring.last) return 'restarted';
  return ring.wasInterruptedAfter(since) ? 'unwatched' : 'overwritten';
}
