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
}

/** null: not of the shape above. */
export function readConfiguration(value: Json): ConfigurationEntry | null {
  if (!isObject(value) || own(value, 'kind') !== 'configuration') return null;
  const voters = readAddresses(own(value, 'voters'));
  const outgoing = readAddresses(own(value, 'outgoing'));
  const learners = readAddresses(own(value, 'learners'));
  const removed = own(value, 'removed');
  if (voters === null || outgoing === null || learners === null) return null;
  if (Object.keys(voters).length === 0 || !Array.isArray(removed)) return null;
  if (!removed.every((id): id is string => typeof id === 'string')) return null;
  return { kind: 'configuration', voters, outgoing, learners, removed };
}

function readAddresses(value: Json | undefined): Addresses | null {
  if (!isObject(value)) return null;
  const entries = Object.entries(value);
  return entries.every(([, address]) => typeof address === 'string') ? (value as Addresses) : null;
}
