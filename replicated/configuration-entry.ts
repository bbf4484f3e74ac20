/**
 * The entry that says who takes part from there on (§6; docs/formats.md#configuration): ids and the
 * peer address of each. Charts see the ids alone; links dial the addresses.
 *
 * `removed` remembers who has left, since an id is never used again (docs/formats.md#configuration).
 */
import { isObject, own } from './json.ts';
import type { Json } from './state-machine.ts';

/** Peer addresses, `host:port`, by server id. */
export type Addresses = Readonly<Record<string, string>>;

export interface ConfigurationEntry {
  readonly kind: 'configuration';
  readonly voters: Addresses;
  /** C_old of a joint configuration; empty as a rule. */
  readonly outgoing: Addresses;
  readonly learners: Addresses;
  /** Ids of servers that left, oldest first. */
  readonly removed: readonly string[];
  /** Who takes part once who joins has caught up; absent when no such change is under way. */
  readonly next?: NextIds;
}

/** Ids of voters and learners of the entry that says so, which has their addresses. */
type NextIds = Readonly<Record<'voters' | 'learners', readonly string[]>>;

/** null: not of the shape above. */
export function readConfiguration(value: Json): ConfigurationEntry | null {
  if (!isObject(value) || own(value, 'kind') !== 'configuration') return null;
  const voters = readAddresses(own(value, 'voters'));
  const outgoing = readAddresses(own(value, 'outgoing'));
  const learners = readAddresses(own(value, 'learners'));
  const removed = own(value, 'removed');
  if (voters === null || outgoing === null || learners === null) return null;
  if (Object.keys(voters).length === 0 || !isIds(removed)) return null;
  const entry = { kind: 'configuration', voters, outgoing, learners, removed } as const;
  // Entries that were written before there was such a thing have none.
  const said = own(value, 'next');
  if (said === undefined) return entry;
  const next = readNext(said, { ...voters, ...learners });
  // A joint configuration is on its way already.
  return next === null || Object.keys(outgoing).length > 0 ? null : { ...entry, next };
}

function readNext(value: Json, members: Addresses): NextIds | null {
  if (!isObject(value)) return null;
  const voters = own(value, 'voters');
  const learners = own(value, 'learners');
  if (!isIds(voters) || !isIds(learners) || voters.length === 0) return null;
  const ids = [...voters, ...learners];
  const areMembers = ids.every((id) => Object.hasOwn(members, id));
  return areMembers && new Set(ids).size === ids.length ? { voters, learners } : null;
}

const isIds = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((id) => typeof id === 'string');

function readAddresses(value: Json | undefined): Addresses | null {
  if (!isObject(value)) return null;
  const entries = Object.entries(value);
  return entries.every(([, address]) => typeof address === 'string') ? (value as Addresses) : null;
}
