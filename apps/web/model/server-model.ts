/**
 * What the page knows of one server: its stream, kept up to date, and what happened lately.
 */
import type { ActorPath, NodeEvent, NodeView, Timer } from '../../../actors/inspect/index.ts';
import { LogTimes } from './entry-times.ts';
import { Steps } from './steps.ts';

/** `silent`: the connection is open, and the process says nothing, as one that is paused. */
export type Connection = 'connecting' | 'live' | 'silent' | 'lost';

/** Milliseconds without a word, of which each server has one a second, after which it is not heard. */
const silentAfterMs = 3_500;

export class ServerModel {
  readonly id: string;
  /** Where clients and watchers reach it, `host:port`. */
  readonly address: string;
  connection: Connection = 'connecting';
  /** Code of the last loss; '' for none. */
  lostBy = '';
  /** null until the first full state. What it says of a lost server is what it last said. */
  view: NodeView | null = null;
  /** When it last said anything, by this page's clock. */
  #toldAtMs = 0;
  /** How far the server's clock is ahead of this page's, in milliseconds. */
  clockOffsetMs = 0;
  readonly steps = new Map<ActorPath, Steps>();
  readonly logTimes = new LogTimes();
  /** When a message from a peer was last heard, by the server's clock. */
  readonly heardAtMs = new Map<string, number>();
  /** Milliseconds from the arming of a timer to its deadline, by actor and id. */
  readonly #spans = new Map<string, number>();

  constructor(id: string, address: string) {
    this.id = id;
    this.address = address;
  }

  /** It said something at `nowMs`, Unix time of this page. */
  told(nowMs: number): void {
    this.#toldAtMs = nowMs;
    if (this.connection === 'silent') this.connection = 'live';
  }

  /** Whether it fell silent by `nowMs`, since the last look. */
  fellSilent(nowMs: number): boolean {
    if (this.connection !== 'live' || nowMs - this.#toldAtMs <= silentAfterMs) return false;
    this.connection = 'silent';
    return true;
  }

  /** The full state, at `nowMs`: of timers that run already, what is left is taken for the whole. */
  see(view: NodeView, nowMs: number): void {
    this.view = view;
    for (const [actor, { timers }] of view.actors) {
      for (const timer of timers) {
        const leftMs = timer.deadlineMs - nowMs - this.clockOffsetMs;
        if ((this.#spans.get(`${actor}#${timer.id}`) ?? 0) < leftMs) {
          this.#note(actor, timer, nowMs + this.clockOffsetMs);
        }
      }
    }
  }

  take(event: NodeEvent): void {
    this.logTimes.take(event);
    switch (event.type) {
      case 'step': {
        let steps = this.steps.get(event.actor);
        if (steps === undefined) this.steps.set(event.actor, (steps = new Steps()));
        steps.add(event);
        break;
      }
      case 'timers':
        for (const timer of event.armed) this.#note(event.actor, timer, event.atMs);
        break;
      case 'actor.started':
        for (const timer of event.timers) this.#note(event.actor, timer, event.atMs);
        break;
      case 'message.received':
        this.heardAtMs.set(String(event.message['from']), event.atMs);
        break;
      case 'counted':
        for (const peer in event.received) this.heardAtMs.set(peer, event.atMs);
        break;
      case 'actor.stopped':
        this.steps.delete(event.actor);
        break;
      case 'digest':
      case 'message.sent':
      case 'log.appended':
      case 'log.truncated':
      case 'log.persisted':
      case 'log.committed':
      case 'log.applied':
      case 'process':
        break; // The view has taken in what they change.
    }
  }

  /** What came since the last event is not known: the server was started anew, or told more than it keeps. */
  missed(): void {
    this.logTimes.missed();
    for (const actor of this.steps.keys()) {
      if (this.view?.actors.has(actor) !== true) this.steps.delete(actor);
    }
  }

  /** How much of a timer is left at `nowMs` of this page's clock. */
  left(actor: ActorPath, timer: Timer, nowMs: number): { leftMs: number; share: number } {
    const leftMs = Math.max(0, timer.deadlineMs - nowMs - this.clockOffsetMs);
    const spanMs = this.#spans.get(`${actor}#${timer.id}`) ?? leftMs;
    return { leftMs, share: spanMs === 0 ? 0 : Math.min(1, leftMs / spanMs) };
  }

  #note(actor: ActorPath, { id, deadlineMs }: Timer, atMs: number): void {
    this.#spans.set(`${actor}#${id}`, Math.max(1, deadlineMs - atMs));
  }
}
