/**
 * A second, independent reading of the committed log: sessions and keys, written from the promises
 * alone and without the code of `replicated/`, to judge the answers that clients got.
 *
 * It keeps every version of every key, so that a read can be checked at the index it was served from.
 */
import type { LogIndex } from '../machines/messages.ts';

/** One version of a key: from `index` on it holds `value`; undefined: it was deleted. */
export interface Version {
  readonly index: LogIndex;
  readonly value: string | undefined;
}

export interface FirstEffect {
  readonly index: LogIndex;
  /** Revision that it replaced; null when there was none. */
  readonly previous: LogIndex | null;
}

interface Session {
  doneBelow: number;
  readonly effects: Map<number, FirstEffect>;
}

export class Reference {
  readonly #sessions = new Map<LogIndex, Session>();
  readonly #versions = new Map<string, Version[]>();

  /** Takes the next committed entry, as parsed from its line. */
  commit(index: LogIndex, entry: unknown): void {
    const { kind, session, seq, doneBelow, command } = entry as RawEntry;
    if (kind === 'session') this.#sessions.set(index, { doneBelow: 1, effects: new Map() });
    if (kind !== 'command') return;
    const table = this.#sessions.get(session);
    if (table === undefined) return; // Refused: the session was never opened.
    table.doneBelow = Math.max(table.doneBelow, doneBelow);
    if (seq < table.doneBelow || table.effects.has(seq)) return; // Late, or a retry.
    table.effects.set(seq, { index, previous: this.#apply(index, command) });
  }

  #apply(index: LogIndex, command: RawCommand): LogIndex | null {
    const key = command.put?.key ?? command.delete?.key ?? '';
    const versions = this.#versions.get(key) ?? [];
    this.#versions.set(key, versions);
    const last = versions.at(-1);
    versions.push({ index, value: command.put?.value.json });
    return last?.value === undefined ? null : last.index;
  }

  /** Where (session, seq) took effect; undefined when it has not. */
  effectOf(session: LogIndex, seq: number): FirstEffect | undefined {
    return this.#sessions.get(session)?.effects.get(seq);
  }

  isSession(index: LogIndex): boolean {
    return this.#sessions.has(index);
  }

  /** What `key` held once entry `index` was applied; undefined for nothing. */
  versionAt(key: string, index: LogIndex): Version | undefined {
    const versions = this.#versions.get(key) ?? [];
    for (let i = versions.length - 1; i >= 0; i -= 1) {
      const version = versions[i];
      if (version !== undefined && version.index <= index) {
        return version.value === undefined ? undefined : version;
      }
    }
    return undefined;
  }
}

interface RawCommand {
  readonly put?: { readonly key: string; readonly value: { readonly json: string } };
  readonly delete?: { readonly key: string };
}

interface RawEntry {
  readonly kind: string;
  readonly session: LogIndex;
  readonly seq: number;
  readonly doneBelow: number;
  readonly command: RawCommand;
}
