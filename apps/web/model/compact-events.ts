/**
 * What happened, a row for each thing and not for each event: a batch of entries on its way, an
 * election, a change of a server's state.
 *
 * A batch is the entries that one server appended at once. Followers may get the same entries in other
 * batches: what they tell counts for every batch that it covers. Entries of another term are others (§5.3):
 * of a batch whose place they took nothing more is told, for what is committed there is not it.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { describe, shortActor } from './event-text.ts';
import type { EventRow } from './event-rows.ts';

/** Things that are kept; the newest. */
export const maxThings = 200;
/** What becomes of a batch, in this order, whichever server is heard first. */
const stages = ['in the log', 'on disk', 'committed', 'applied'];
/** Batches back that later events may still be about. */
const maxOpen = 64;

export interface Detail {
  readonly what: string;
  /** Where, in order; none: it is said once for all. */
  readonly servers: readonly string[];
}

export interface Thing {
  readonly key: string;
  readonly kind: 'entries' | 'election' | 'state' | 'actor';
  readonly server: string;
  readonly atMs: number;
  readonly title: string;
  /** What came of it, in order, and where: `on disk` at n1 and n2. */
  readonly details: readonly Detail[];
  /** Milliseconds from its beginning to its newest detail. */
  readonly tookMs: number;
}

interface Entries {
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Of the last one. */
  readonly term: number;
}

type Appended = Extract<NodeEvent, { type: 'log.appended' }>;

export class CompactEvents {
  #things: Thing[] = [];
  #entries = new Map<string, Entries>();
  /** The last that was seen to replicate: what entries come from. */
  #leader = '';

  take(row: EventRow): void {
    const { server, event } = row;
    switch (event.type) {
      case 'log.appended':
        this.#appended(row.key, server, event);
        break;
      case 'log.persisted':
        this.#cover(event.index, 'on disk', event.atMs, server);
        break;
      case 'log.committed':
        this.#cover(event.index, 'committed', event.atMs, null);
        break;
      case 'log.applied':
        this.#cover(event.index, 'applied', event.atMs, server);
        break;
      case 'message.sent':
        if (event.message.type === 'rpc.appendEntries') this.#leader = server;
        if (row.message?.kind !== 'heartbeat') this.#sent(server, row);
        break;
      case 'step':
        if (event.value !== undefined && event.actor === `${server}/server`) {
          this.#add(row, 'state', describe(event));
        }
        break;
      case 'actor.stopped':
        this.#add(row, 'actor', `${shortActor(event.actor)} ended: ${event.status}`);
        break;
      case 'log.truncated':
        this.#add(row, 'state', `entries ${describe(event)} replaced (§5.3)`);
        break;
      case 'actor.started':
      case 'digest':
      case 'timers':
      case 'message.received':
      case 'counted':
      case 'process':
        break; // Part of something else, or nothing that happened.
    }
  }

  /** Newest first. */
  list(): readonly Thing[] {
    return this.#things.toReversed();
  }

  #appended(key: string, server: string, event: Appended) {
    const { firstIndex, lastIndex, atMs } = event;
    for (const [old, one] of this.#entries) {
      const isReplaced = one.lastIndex >= firstIndex && one.term < termAt(event, firstIndex);
      if (isReplaced) this.#entries.delete(old);
    }
    const known = [...this.#entries].filter(([, one]) => isOf(one, event)).map(([old]) => old);
    if (known.length > 0) {
      for (const one of known) {
        this.#begunEarlier(one, server, event);
        this.#detail(one, 'in the log', atMs, server);
      }
      return;
    }
    const term = termAt(event, lastIndex);
    const isReplaced = [...this.#entries.values()].some(
      (one) => one.firstIndex <= lastIndex && one.term > term,
    );
    if (!isReplaced) this.#entries.set(key, { firstIndex, lastIndex, term });
    for (const [old] of this.#entries) {
      if (this.#entries.size > maxOpen) this.#entries.delete(old);
    }
    const range =
      firstIndex === lastIndex ? `entry ${lastIndex}` : `entries ${firstIndex}–${lastIndex}`;
    this.#push({ key, kind: 'entries', server, atMs, title: range, details: [], tookMs: 0 });
    this.#detail(key, 'in the log', atMs, server);
  }

  /** Servers tell in turns: who appended first may be heard last; and clocks may differ. */
  #begunEarlier(key: string, server: string, { atMs }: Appended): void {
    this.#change(key, (thing) => {
      const earliestMs = Math.min(atMs, thing.atMs);
      if (server === this.#leader) return { ...thing, server, atMs: earliestMs };
      const isEarlier = atMs < thing.atMs && thing.server !== this.#leader;
      return isEarlier ? { ...thing, server, atMs } : thing;
    });
  }

  /** Something is true of all batches through `index`. */
  #cover(index: number, what: string, atMs: number, server: string | null): void {
    for (const [key, { lastIndex }] of this.#entries) {
      if (lastIndex <= index) this.#detail(key, what, atMs, server);
    }
  }

  /** Requests of votes and their answers, by the term that is campaigned for. */
  #sent(server: string, { event, message }: EventRow): void {
    if (event.type !== 'message.sent') return;
    const { type, term, campaignTerm, to } = event.message;
    if (!/vote/i.test(type)) return;
    const wanted = typeof campaignTerm === 'number' ? campaignTerm : Number(term);
    const key = `election ${wanted}`;
    const isReply = message?.kind === 'reply';
    const said = isReply
      ? `${message.sign} ${server} to ${String(to)}`
      : `${server} asks${/pre/i.test(type) ? ' whether it would be elected' : ''}`;
    if (!this.#things.some((thing) => thing.key === key)) {
      const title = `election of term ${wanted}`;
      const { atMs } = event;
      this.#push({ key, kind: 'election', server, atMs, title, details: [], tookMs: 0 });
    }
    this.#detail(key, said, event.atMs, null);
  }

  #add({ key, server, event }: EventRow, kind: Thing['kind'], title: string): void {
    this.#push({ key, kind, server, atMs: event.atMs, title, details: [], tookMs: 0 });
  }

  #push(thing: Thing): void {
    this.#things.push(thing);
    if (this.#things.length > maxThings) this.#things.shift();
  }

  #detail(key: string, what: string, atMs: number, server: string | null): void {
    this.#change(key, (thing) => {
      const known = thing.details.find((one) => one.what === what);
      if (known !== undefined && (server === null || known.servers.includes(server))) return thing;
      const detail = {
        what,
        servers: [...(known?.servers ?? []), ...(server === null ? [] : [server])].sort(),
      };
      const details =
        known === undefined
          ? [...thing.details, detail].sort(
              (a, b) => stages.indexOf(a.what) - stages.indexOf(b.what),
            )
          : thing.details.map((one) => (one === known ? detail : one));
      return { ...thing, details, tookMs: Math.max(thing.tookMs, atMs - thing.atMs) };
    });
  }

  #change(key: string, change: (thing: Thing) => Thing): void {
    const at = this.#things.findLastIndex((thing) => thing.key === key);
    const thing = this.#things[at];
    if (thing !== undefined) this.#things[at] = change(thing);
  }
}

/** Whether a batch ends among the entries that a server appended. */
function isOf({ lastIndex, term }: Entries, event: Appended): boolean {
  const isAmong = lastIndex >= event.firstIndex && lastIndex <= event.lastIndex;
  return isAmong && term === termAt(event, lastIndex);
}

/** 0 when it is not told. */
function termAt({ runs }: Appended, index: number): number {
  return runs.findLast(({ firstIndex }) => firstIndex <= index)?.term ?? 0;
}

/** `on disk n1, n2`. */
export function detailInWords({ what, servers }: Detail): string {
  return servers.length === 0 ? what : `${what} ${servers.join(', ')}`;
}
