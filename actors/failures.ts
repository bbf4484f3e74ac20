/**
 * Every way in which the gateway says no, in one place: the code, what happened, what to do, whether
 * the request may yet take effect, and whether sending it again makes sense (design: promise 5, a
 * caller always learns the outcome).
 */
import type { Reply, TransferFailure } from '../machines/events.ts';
import { maxLearners, maxVoters } from '../machines/rules/membership.ts';
import type { SessionRefusal } from '../replicated/results.ts';
import type { ClientResponse, FailedResponse, LeaderHint } from '../transport/client-protocol.ts';

export type Failure = Omit<FailedResponse, 'id' | 'ok'>;

/** One request that waits for its answer. */
export interface Asker {
  readonly id: number;
  respond(response: ClientResponse): void;
}

export function fail(asker: Asker, failure: Failure): void {
  asker.respond({ id: asker.id, ok: false, ...failure });
}

/** ERR_NOT_LEADER: nothing was appended. */
export function notLeader(leader: LeaderHint | null): Failure {
  return {
    code: 'ERR_NOT_LEADER',
    message:
      leader === null
        ? 'No leader is known here, so nothing was done. Send the request again soon, to any server.'
        : `The leader is ${leader.id}, so nothing was done here. Send the request there.`,
    outcome: 'not-applied',
    retryable: true,
    leader,
  };
}

/** ERR_STATE_BEHIND: what the read must see was not applied here in time. */
export function notCaughtUp(index: number, waitedMs: number): Failure {
  return {
    code: 'ERR_STATE_BEHIND',
    message:
      `This server did not apply entry ${index} within ${waitedMs} ms, so it could not serve the ` +
      'read. Ask another server.',
    outcome: 'not-applied',
    retryable: true,
    leader: null,
  };
}

/** ERR_FUTURE_REVISION: no revision beyond `readIndex` had been given to anybody. */
export function futureRevision(asked: number, readIndex: number): Failure {
  return {
    code: 'ERR_FUTURE_REVISION',
    message:
      `The read must have seen revision ${asked}, but this cluster has come to ${readIndex} only. ` +
      'Take the revision of an answer of this very cluster; after a restore older ones are void.',
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}

/** ERR_LEADER_LOST: appended here, but leadership ended before it was known to be committed. */
export function leaderLost(leader: LeaderHint | null): Failure {
  return {
    code: 'ERR_LEADER_LOST',
    message:
      'This server stopped leading before the command was committed; it may yet take effect. ' +
      'Send it again with the same session and seq: it takes effect once.',
    outcome: 'unknown',
    retryable: true,
    leader,
  };
}

/** ERR_LEADER_LOST: another entry was committed at its index. */
export const overwritten: Failure = {
  code: 'ERR_LEADER_LOST',
  message: 'A newer leader put another entry in its place, so it has no effect. Send it again.',
  outcome: 'not-applied',
  retryable: true,
  leader: null,
};

/** When to try again: a round trip and an fsync or two, so that something was committed meanwhile. */
const retryAfterMs = 100;

/** ERR_OVERLOADED: refused before anything was appended. */
export function overloaded(what: string): Failure {
  return {
    code: 'ERR_OVERLOADED',
    message: `${what}; nothing was done. Send it again later, and fewer at once.`,
    outcome: 'not-applied',
    retryable: true,
    leader: null,
    retryAfterMs,
  };
}

/** ERR_STORAGE_FULL: refused before anything was appended. Whoever has to free space should know now. */
export const storageFull: Failure = {
  code: 'ERR_STORAGE_FULL',
  message:
    "The leader's disk has less free than its reserve, so nothing was done. Reads go on; writes do " +
    'by themselves when there is space again.',
  outcome: 'not-applied',
  retryable: false,
  leader: null,
};

/** ERR_TOO_LARGE: the encoded entry has more than `maxBytes` bytes. */
export function tooLarge(maxBytes: number): Failure {
  return {
    code: 'ERR_TOO_LARGE',
    message: `The command has more than ${maxBytes} bytes when encoded. Split it.`,
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}

/** ERR_INVALID_COMMAND: no state could ever apply it. */
export function invalidCommand(reason: string): Failure {
  return {
    code: 'ERR_INVALID_COMMAND',
    message: `Refused: ${reason}`,
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}

/** ERR_INVALID_WATCH: nothing could ever be selected. */
export function invalidWatch(reason: string): Failure {
  return {
    code: 'ERR_INVALID_WATCH',
    message: `Refused: ${reason}`,
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}

/** ERR_COMPACTED: the watch would begin before what is still known; it can begin at `oldest`. */
export function compacted(from: number, oldest: number): Failure {
  return {
    code: 'ERR_COMPACTED',
    message:
      `The changes from ${from} on are not all known here any more; those from ${oldest} on are. ` +
      'Read what you follow, then watch from the index after that of the read.',
    outcome: 'not-applied',
    retryable: false,
    leader: null,
    oldest,
  };
}

/** ERR_SLOW_WATCHER: the watch was ended to bound what waits for its client. */
export function slowWatcher(why: string): Failure {
  return {
    code: 'ERR_SLOW_WATCHER',
    message: `${why}, so the watch has ended. Go on from the index after the last you were told.`,
    outcome: 'not-applied',
    retryable: true,
    leader: null,
  };
}

/** ERR_ID_REUSED: a removed server's id, which old logs and old votes may still name. */
export function idReused(id: string): Failure {
  return {
    code: 'ERR_ID_REUSED',
    message:
      `A server ${id} was a member before and was removed, and an id is never used again. ` +
      'Start the server with an empty directory and a new id.',
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}

/** Why the chart did not change the members. */
export function changeRefused(code: ChangeCode, server: string | null): Failure {
  return {
    code,
    message: changeReasons[code](server ?? ''),
    outcome: 'not-applied',
    retryable: code === 'ERR_CHANGE_IN_PROGRESS',
    leader: null,
  };
}

type ChangeCode = Extract<Reply, { kind: 'unchanged' }>['code'];

const changeReasons: Readonly<Record<ChangeCode, (server: string) => string>> = {
  ERR_CHANGE_IN_PROGRESS: () =>
    'Another change of members is under way, or the leader is new; nothing was done. Ask again soon.',
  ERR_CONFIGURATION_CHANGED: () =>
    'The members are not those that you have seen, so nothing was done. List them, and decide again.',
  ERR_NOT_CAUGHT_UP: (server) =>
    `${server} did not catch up with the log in time, so it does not vote: it stays a learner. ` +
    'See that it runs and is reached at its address, then promote it, or remove it.',
  ERR_UNKNOWN_MEMBER: (server) => `${server} is no member, so nothing was done. List the members.`,
  ERR_MEMBER_EXISTS: (server) =>
    `${server} is a member already. If its directory was lost, remove it, and add the server ` +
    'again with an empty directory and a new id.',
  ERR_NO_VOTER_LEFT: (server) =>
    `Without ${server} nobody would be left to vote, so nothing was done. Add another server first.`,
  ERR_TOO_MANY_MEMBERS: () =>
    `A cluster has at most ${maxVoters} voters and ${maxLearners} learners; nothing was done.`,
};

/** ERR_LEADER_LOST: the change was begun, and whoever leads next finishes it or undoes it. */
export function changeLost(leader: LeaderHint | null): Failure {
  return {
    code: 'ERR_LEADER_LOST',
    message:
      'This server stopped leading before the change of members was committed; it may yet take ' +
      'effect. List the members, and ask again for what is missing.',
    outcome: 'unknown',
    retryable: false,
    leader,
  };
}

/** ERR_STOPPED: this server stops; `outcome` says whether the request had been passed on. */
export function stopping(outcome: Failure['outcome']): Failure {
  return {
    code: 'ERR_STOPPED',
    message: 'This server is stopping. Send the request to another server.',
    outcome,
    retryable: true,
    leader: null,
  };
}

/**
 * What the session table refused. This try was not applied; but when the table has forgotten, an
 * earlier try of the same command may have been, so only ERR_SESSION_FULL is certain.
 */
export function sessionRefused(code: SessionRefusal, message: string): Failure {
  const full = code === 'ERR_SESSION_FULL';
  return {
    code,
    message,
    outcome: full ? 'not-applied' : 'unknown',
    retryable: full,
    leader: null,
  };
}

const whyNotTransferred: Readonly<Record<TransferFailure, string>> = {
  target: 'There is no such voter beside the leader',
  busy: 'Leadership is being handed over already',
  deadline: 'The target was not caught up, or not elected, in time',
  refused: 'The target doubts its own log, or is no voter, and may not lead',
};

/** ERR_TRANSFER_FAILED: this server leads on. */
export function notTransferred(why: TransferFailure): Failure {
  return {
    code: 'ERR_TRANSFER_FAILED',
    message: `${whyNotTransferred[why]}, so the leader is the same. Try again, or name another server.`,
    outcome: 'not-applied',
    retryable: false,
    leader: null,
  };
}
