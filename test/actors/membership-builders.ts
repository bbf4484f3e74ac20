/** Configurations, as the tests of who belongs to a cluster need them. */
import type { Members } from '../../actors/configuration-book.ts';
import type { Addresses, ConfigurationEntry } from '../../replicated/configuration-entry.ts';

const addresses = (ids: readonly string[]): Addresses =>
  Object.fromEntries(ids.map((id) => [id, `${id}:1`]));

/** These vote. */
export function membersOf(...voters: string[]): Members {
  return membersWith({}, voters);
}

export function membersWith(
  others: { readonly outgoing?: string[]; readonly learners?: string[] },
  voters: readonly string[],
): Members {
  const entry: ConfigurationEntry = {
    kind: 'configuration',
    voters: addresses(voters),
    outgoing: addresses(others.outgoing ?? []),
    learners: addresses(others.learners ?? []),
    removed: [],
  };
  return { index: 1, entry };
}
