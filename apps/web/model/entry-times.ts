/**
 * When an entry was appended, persisted, committed and applied at a server, from what it told since
 * the page opened.
 *
 * Three of the four are told "through an index": the first that reaches the entry is its time.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';

/** Events of one kind that are kept of a server. */
const maxKept = 2_000;

export interface EntryTimes {
  readonly appended: number | null;
  readonly persisted: number | null;
  readonly committed: number | null;
  readonly applied: number | null;
}

interface Reached {
  /** What it was about: entries `from` … `index`. */
  readonly from: number;
  readonly index: number;
  readonly atMs: number;
}

type Kind = 'appended' | 'persisted' | 'committed' | 'applied';

export class LogTimes {
  readonly #reached: Record<Kind, Reached[]> = {
    ...{ appended: [], persisted: [], committed: [], applied: [] },
  };

  /** Of whose next one it is not known what it was about. */
  readonly #unsure = new Set<Kind>();

  /** Events are missing here: what the next one reaches may have been reached long before. */
  missed(): void {
    for (const kind of ['persisted', 'committed', 'applied'] as const) this.#unsure.add(kind);
  }

  take(event: NodeEvent): void {
    switch (event.type) {
      case 'log.appended':
        this.#note('appended', event.lastIndex, event.atMs, event.firstIndex);
        break;
      case 'log.truncated':
        for (const kind of ['appended', 'persisted'] as const) {
          const kept = this.#reached[kind].filter(({ from }) => from < event.firstIndex);
          const end = event.firstIndex - 1;
          this.#reached[kind] = kept.map((one) => ({ ...one, index: Math.min(one.index, end) }));
        }
        break;
      case 'log.persisted':
        this.#note('persisted', event.index, event.atMs);
        break;
      case 'log.committed':
        this.#note('committed', event.index, event.atMs);
        break;
      case 'log.applied':
        this.#note('applied', event.index, event.atMs);
        break;
      case 'actor.started':
      case 'actor.stopped':
      case 'step':
      case 'timers':
      case 'digest':
      case 'message.sent':
      case 'message.received':
      case 'counted':
      case 'process':
        break; // Not about the log.
    }
  }

  /** Unix milliseconds by the server's clock; null: not yet, or before the page opened. */
  of(index: number): EntryTimes {
    const at = (kind: Kind): number | null =>
      this.#reached[kind].find((one) => one.index >= index && one.from <= index)?.atMs ?? null;
    return {
      appended: at('appended'),
      persisted: at('persisted'),
      committed: at('committed'),
      applied: at('applied'),
    };
  }

  /** Of what the first one told, or the first after a gap, reached beyond its own index nothing is known: it was before. */
  #note(kind: Kind, index: number, atMs: number, first?: number): void {
    const list = this.#reached[kind];
    const known = this.#unsure.delete(kind) ? undefined : list.at(-1);
    const from = first ?? Math.min(index, (known?.index ?? index - 1) + 1);
    list.push({ from, index, atMs });
    if (list.length > maxKept) list.shift();
  }
}
