/**
 * The configurations of one server's log with all that charts leave out: where each member is
 * reached, and who has left for good (§6; docs/formats.md#configuration).
 *
 * It follows the log, entry by entry: what is truncated there is forgotten here. Which
 * configuration comes next is the chart's to decide; its words are made here, once.
 */
import type { Fault } from '../machines/events.ts';
import type {
  Configuration,
  LoggedConfiguration,
  LogIndex,
  ServerId,
} from '../machines/messages.ts';
import {
  readConfiguration,
  type Addresses,
  type ConfigurationEntry,
} from '../replicated/configuration-entry.ts';
import { encodeEntry } from '../replicated/entry.ts';
import type { Json } from '../replicated/state-machine.ts';
import { entryText } from '../storage/lines.ts';
import type { SnapshotInfo } from '../storage/snapshots/snapshot-store.ts';
import type { ConfigurationLine, Lines } from '../storage/store.ts';
import { parseConfiguration, unknownEntry } from './configurations.ts';

/** Ids of removed servers that are remembered; past it the oldest is forgotten. */
export const maxRemovedIds = 1_024;

/** Who takes part, and the entry that says so; index 0: what the server was started with. */
export interface Members {
  readonly index: LogIndex;
  readonly entry: ConfigurationEntry;
}

export interface ConfigurationBook {
  /** The newest one, which is in force. */
  readonly current: Members;
  /** The one in force at `index`; of a compacted part, the oldest that is known. */
  at(index: LogIndex): Members;
  /**
   * A snapshot says who took part at its index; what is known of later entries stays, if they do.
   */
  restore(members: Members, keepsLater: boolean): void;
  /** After a start: those of the log. ERR_UNKNOWN_ENTRY: a newer version wrote one. */
  recover(lines: readonly ConfigurationLine[]): Fault | null;
  /** Entries from `firstIndex` on are replaced by `lines`, of which `configurations` are some. */
  receive(firstIndex: LogIndex, lines: Lines, configurations: readonly LoggedConfiguration[]): void;
  /** The text of a leader's new entry; `addresses` are those that are new. */
  write(configuration: LoggedConfiguration, addresses: Addresses | null): string;
}

/** `onChanged` is told of every new `current`. */
export function createConfigurationBook(
  voters: Addresses,
  onChanged: (current: Members) => void,
): ConfigurationBook {
  const none = { outgoing: {}, learners: {}, removed: [] };
  const bootstrap: Members = { index: 0, entry: { kind: 'configuration', voters, ...none } };
  let known: readonly [Members, ...Members[]] = [bootstrap];

  const current = (): Members => known.at(-1) ?? known[0];

  function replace(from: LogIndex, next: readonly Members[]): void {
    const before = current();
    const [base, ...later] = known;
    known = [base, ...later.filter(({ index }) => index < from), ...next];
    if (current() !== before) onChanged(current());
  }

  return {
    get current() {
      return current();
    },
    at: (index) => known.findLast((members) => members.index <= index) ?? known[0],
    restore(members, keepsLater) {
      const before = current();
      const later = keepsLater ? known.filter(({ index }) => index > members.index) : [];
      known = [members, ...later];
      // Two may be of index 0: what a server that joins began with, and what its cluster began with.
      if (current() !== before) onChanged(current());
    },
    recover(lines) {
      const read: Members[] = [];
      for (const { index, entry: text } of lines) {
        const entry = parseConfiguration(text);
        if (entry === null) return unknownEntry(index);
        read.push({ index, entry });
      }
      replace(1, read);
      return null;
    },
    receive(firstIndex, lines, configurations) {
      const taken = configurations
        .filter(({ index }) => index >= firstIndex)
        .flatMap(({ index }) => {
          const entry = parseConfiguration(entryText(lines, index - lines.firstIndex));
          return entry === null ? [] : [{ index, entry }];
        });
      replace(firstIndex, taken);
    },
    write(configuration, addresses) {
      const entry = nextEntry(current().entry, configuration, addresses ?? {});
      replace(configuration.index, [{ index: configuration.index, entry }]);
      return encodeEntry(entry);
    },
  };
}

/** What a snapshot's header says; null: not what this version writes. */
export function membersOf({ extra }: Pick<SnapshotInfo, 'extra'>): Members | null {
  const { index, entry } = (extra['members'] ?? {}) as Partial<Members>;
  const read = readConfiguration((entry ?? null) as Json);
  return typeof index === 'number' && read !== null ? { index, entry: read } : null;
}

/** Everybody in `entry`, by id. */
export function addressesOf({ voters, outgoing, learners }: ConfigurationEntry): Addresses {
  return { ...learners, ...outgoing, ...voters };
}

function nextEntry(
  previous: ConfigurationEntry,
  next: Configuration,
  addresses: Addresses,
): ConfigurationEntry {
  const known: Addresses = { ...addressesOf(previous), ...addresses };
  const named = (ids: readonly ServerId[]): Addresses =>
    Object.fromEntries(ids.map((id) => [id, known[id] ?? '']));
  const stay = new Set([...next.voters, ...next.outgoing, ...next.learners]);
  const gone = Object.keys(addressesOf(previous)).filter((id) => !stay.has(id));
  return {
    kind: 'configuration',
    voters: named(next.voters),
    outgoing: named(next.outgoing),
    learners: named(next.learners),
    removed: [...previous.removed, ...gone].slice(-maxRemovedIds),
    ...(next.next === undefined ? {} : { next: next.next }),
  };
}
