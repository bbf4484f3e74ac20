/**
 * Who takes part (§6)? What a configuration says of one server, and of all but one.
 */
import type { Configuration, ServerId } from '../messages.ts';

/** Its vote counts, in the old configuration or in the new one. */
export function isVoter({ voters, outgoing }: Configuration, server: ServerId): boolean {
  return voters.includes(server) || outgoing.includes(server);
}

/** All whose votes count, each once, but `self`. */
export function votersBeside(
  { voters, outgoing }: Configuration,
  self: ServerId,
): readonly ServerId[] {
  return distinct([...voters, ...outgoing], self);
}

/** All that are sent the log, each once, but `self`: voters old and new, and learners. */
export function membersBeside(
  { voters, outgoing, learners }: Configuration,
  self: ServerId,
): readonly ServerId[] {
  return distinct([...voters, ...outgoing, ...learners], self);
}

function distinct(servers: readonly ServerId[], but: ServerId): readonly ServerId[] {
  return [...new Set(servers)].filter((server) => server !== but);
}
