/** Codes that a leader answers to a change of members, and what a change means to a server. */
import type { ErrorCodes } from './error-code.ts';

export const membershipCodes = {
  ERR_CONFIGURATION_CHANGED: {
    meaning: 'The members are not those that the asker had seen, so nothing was changed.',
    cause: 'Somebody else changed them meanwhile.',
    remedy: 'List the members and decide again; client and command line do so by themselves.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_CHANGE_IN_PROGRESS: {
    meaning: 'Another change of members is under way, or the leader is too new to begin one.',
    cause: 'A server that was added is catching up, or a configuration waits to be committed.',
    remedy: 'Ask again soon; the list of members shows how far it is.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_NOT_CAUGHT_UP: {
    meaning: 'A server that was added or promoted did not catch up with the log in time.',
    cause: 'It does not run, is not reached at its address, or is slower than what is written.',
    remedy: 'It is a learner now. Mend it, then promote it with "member promote", or remove it.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_UNKNOWN_MEMBER: {
    meaning: 'The change is about a server that is no member.',
    cause: 'A misspelt id, or somebody removed it already.',
    remedy: 'See "statecraft member list".',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_MEMBER_EXISTS: {
    meaning: 'A server that is to be added votes already.',
    cause: 'Another server has this id; or its directory was lost, and it joins as if it were new.',
    remedy:
      'Give it an id of its own. When its directory was lost, remove the old member first: ' +
      '"statecraft member replace OLD NEW ADDRESS" does both.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_ID_REUSED: {
    meaning: 'The id belonged to a member that was removed, and ids are never used again.',
    cause: 'A server was removed and is added under its old name.',
    remedy: 'Start it with an empty directory and a new id.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_REMOVED: {
    meaning: 'The server was removed from its cluster, so it takes no part any more.',
    cause: 'Somebody removed or replaced it, perhaps while it was down: the members told it so.',
    remedy:
      'Stop it for good, which "statecraft start" does by itself, and delete its directory. To bring ' +
      'the machine back, start it with an empty directory and a new id, and --join.',
    outcome: [],
    retryable: false,
  },
  ERR_NO_VOTER_LEFT: {
    meaning: 'The change would remove the last server that votes.',
    cause: 'All voters were named.',
    remedy: 'Add another server first.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_TOO_MANY_MEMBERS: {
    meaning: 'A cluster has at most 9 voters and 9 learners.',
    cause: 'More were to be added.',
    remedy: 'Remove some first. Three or five voters are what most clusters want.',
    outcome: ['not-applied'],
    retryable: false,
  },
} as const satisfies ErrorCodes;
