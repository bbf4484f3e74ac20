/**
 * What is counted and timed of one server between two ticks of the metrics, from its event stream.
 *
 * How long an fsync takes is told by its log writer: it leaves its state to sync, and hears that the
 * disk is done; whether it then syncs on or rests is told by whether its state changed.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { sumOf } from './event-text.ts';

/** Appends that wait for their commit; past it the oldest is not timed. */
const maxOpen = 2_048;
/** Times of one tick that percentiles are made of. */
const maxTimes = 2_048;

/** What one tick found. Times in milliseconds; null: nothing was timed. */
export interface Tick {
  readonly committed: number;
  readonly sent: number;
  readonly commitP50Ms: number | null;
  readonly commitP99Ms: number | null;
  readonly syncP99Ms: number | null;
  readonly loopDelayMs: number | null;
}

export class ServerMeter {
  #committed = 0;
  #sent = 0;
  #lastCommit: number | null = null;
  #loopDelayMs: number | null = null;
  #open: { readonly lastIndex: number; readonly atMs: number }[] = [];
  #syncingSinceMs: number | null = null;
  #commitTimes: number[] = [];
  #syncTimes: number[] = [];

  take(event: NodeEvent): void {
    switch (event.type) {
      case 'log.appended':
        if (this.#open.length >= maxOpen) this.#open.shift();
        this.#open.push({ lastIndex: event.lastIndex, atMs: event.atMs });
        break;
      case 'log.truncated':
        this.#open = this.#open.filter(({ lastIndex }) => lastIndex < event.firstIndex);
        break;
      case 'log.committed':
        this.#commit(event.index, event.atMs);
        break;
      case 'message.sent':
        this.#sent += 1;
        break;
      case 'counted':
        this.#sent += sumOf(event.sent);
        break;
      case 'process':
        this.#loopDelayMs = event.loopDelayMs;
        break;
      case 'step':
        if (event.actor.endsWith('/logWriter')) this.#writerStepped(event);
        break;
      case 'actor.started':
      case 'actor.stopped':
      case 'digest':
      case 'timers':
      case 'message.received':
      case 'log.persisted':
      case 'log.applied':
        break; // Nothing that is counted.
    }
  }

  /** Events are missing here: what had begun is not timed, and what was committed meanwhile not counted. */
  missed(): void {
    this.#lastCommit = null;
    this.#open = [];
    this.#syncingSinceMs = null;
  }

  /** What happened since the last tick. */
  tick(): Tick {
    const tick = {
      committed: this.#committed,
      sent: this.#sent,
      commitP50Ms: percentile(this.#commitTimes, 50),
      commitP99Ms: percentile(this.#commitTimes, 99),
      syncP99Ms: percentile(this.#syncTimes, 99),
      loopDelayMs: this.#loopDelayMs,
    };
    this.#committed = this.#sent = 0;
    this.#loopDelayMs = null;
    this.#commitTimes = [];
    this.#syncTimes = [];
    return tick;
  }

  #commit(index: number, atMs: number): void {
    this.#committed += index - (this.#lastCommit ?? index - 1);
    this.#lastCommit = index;
    while (this.#open[0] !== undefined && this.#open[0].lastIndex <= index) {
      note(this.#commitTimes, atMs - this.#open[0].atMs);
      this.#open.shift();
    }
  }

  #writerStepped({ cause, value, atMs }: Extract<NodeEvent, { type: 'step' }>): void {
    const rests = value !== undefined;
    if (cause.type === 'disk.synced') {
      if (this.#syncingSinceMs !== null) note(this.#syncTimes, atMs - this.#syncingSinceMs);
      this.#syncingSinceMs = rests ? null : atMs;
    } else if (cause.type === 'server.wrote' && rests) {
      this.#syncingSinceMs = atMs;
    }
  }
}

function note(times: number[], ms: number): void {
  if (times.length < maxTimes) times.push(ms);
}

/** null of no times. */
export function percentile(times: readonly number[], percent: number): number | null {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? null;
}
