/**
 * Configurations as they are written, and as charts know them: ids without addresses (§6).
 *
 * A frame names the configurations among its lines, because charts open no line; whoever takes lines
 * from elsewhere checks here that both say the same.
 */
import type { Fault } from '../machines/events.ts';
import type {
  AppendEntries,
  Configuration,
  LoggedConfiguration,
  LogIndex,
} from '../machines/messages.ts';
import { readConfiguration, type ConfigurationEntry } from '../replicated/configuration-entry.ts';
import type { Json } from '../replicated/state-machine.ts';
import { entryText } from '../storage/lines.ts';
import type { Lines } from '../storage/store.ts';

/** A configuration by the text of its entry; null when this version cannot read it. */
export function parseConfiguration(entry: string): ConfigurationEntry | null {
  return readConfiguration(JSON.parse(entry) as Json);
}

/** What charts know of it. */
export function idsOf(entry: ConfigurationEntry, index: LogIndex): LoggedConfiguration {
  return {
    index,
    voters: Object.keys(entry.voters),
    outgoing: Object.keys(entry.outgoing),
    learners: Object.keys(entry.learners),
    ...(entry.next === undefined ? {} : { next: entry.next }),
  };
}

/** ERR_UNKNOWN_ENTRY: passing it over would be guessing. */
export function unknownEntry(index: LogIndex): Fault {
  return {
    code: 'ERR_UNKNOWN_ENTRY',
    message:
      `Entry ${index} is of a kind that this version does not know, and skipping it would make ` +
      'this server differ from the others. Install the version that the other servers run.',
  };
}

/** ERR_UNKNOWN_ENTRY: with the members of the first start instead, two majorities might not meet. */
export function unknownMembers(index: LogIndex): Fault {
  return {
    code: 'ERR_UNKNOWN_ENTRY',
    message:
      `The snapshot of entry ${index} names its members in a way that this version does not know. ` +
      'Install the version that the other servers run.',
  };
}

/** Whether each configuration that the header names is the one that its line holds. */
export function namesItsConfigurations({ configurations, payload }: AppendEntries): boolean {
  const lines = payload as Lines;
  return configurations.every((named) => {
    const entry = parseConfiguration(entryText(lines, named.index - lines.firstIndex));
    if (entry === null) return false;
    const held = idsOf(entry, named.index);
    return (
      (['voters', 'outgoing', 'learners'] as const).every((part) =>
        sameIds(named[part], held[part]),
      ) && saysSameNext(named, held)
    );
  });
}

function saysSameNext({ next: left }: Configuration, { next: right }: Configuration): boolean {
  if (left === undefined || right === undefined) return left === right;
  return sameIds(left.voters, right.voters) && sameIds(left.learners, right.learners);
}

/** Objects keep ids like `10` in an order of their own, so the order says nothing. */
function sameIds(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((id) => right.includes(id));
}
