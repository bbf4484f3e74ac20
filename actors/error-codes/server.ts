/** Codes that a server answers to a client's request, over WebSocket and HTTP alike. */
import type { ErrorCodes } from './error-code.ts';

export const serverCodes = {
  ERR_NOT_LEADER: {
    meaning: 'The server that was asked does not lead, so it did nothing.',
    cause: 'Leadership moved. The client follows this by itself; curl and other programs see it.',
    remedy: 'Send the request to the leader that the answer names, or soon again to any server.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_LEADER_LOST: {
    meaning: 'The server stopped leading before it knew what became of the command.',
    cause: 'A newer leader was elected, or the leader lost contact with a majority.',
    remedy:
      'The client sends it again in the same session, where it takes effect once. Without a ' +
      'session, read before you write again.',
    outcome: ['not-applied', 'unknown'],
    retryable: true,
  },
  ERR_STATE_BEHIND: {
    meaning: 'The server did not apply in time what the read must see.',
    cause: 'It catches up after a restart, is cut off, or its disk is slow.',
    remedy: 'The client asks another server by itself. "statecraft status" shows who lags.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_FUTURE_REVISION: {
    meaning: 'The read asks for a revision that the cluster has not come to.',
    cause:
      'A revision of another cluster, or of before a restore from a backup, or a slip of the ' +
      'fingers. Whatever a cluster acknowledged, it has come to.',
    remedy:
      'Give a revision from an answer of this cluster, or none: a linearizable read misses nothing ' +
      'that was acknowledged before.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_TRANSFER_FAILED: {
    meaning: 'Leadership was not handed over; the leader is the one that it was.',
    cause: 'The server that was named is no voter, doubts its log, or did not catch up in time.',
    remedy: 'See with "statecraft status" who is caught up, and try again or name another server.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_OVERLOADED: {
    meaning: 'A named bound of requests, bytes or watches is reached, so the request was refused.',
    cause: 'More is sent at once than the client or the server takes.',
    remedy: 'Await some of the calls first, and send fewer at once.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_TOO_LARGE: {
    meaning: 'A command has more bytes than one entry of the log may have, 1 MiB as JSON.',
    cause: 'A large value; or a transaction whose "get"s would answer with too much.',
    remedy: 'Split it into several keys, or store it elsewhere and its place here.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_INVALID_COMMAND: {
    meaning: 'No state of the machine could ever apply this command.',
    cause: 'A key of more than 1,024 bytes, an unknown field, or a client of another version.',
    remedy: 'Correct what the message names.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_INVALID_QUERY: {
    meaning: 'The machine does not know this question.',
    cause: 'A limit that is out of bounds, an unknown field, or a client of another version.',
    remedy: 'Correct what the message names.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_INVALID_WATCH: {
    meaning: 'Nothing could ever match what the watch is to follow.',
    cause: 'A malformed selection, or a machine that cannot be watched.',
    remedy: 'Select a key, a prefix, or a range.',
    outcome: [],
    retryable: false,
  },
  ERR_COMPACTED: {
    meaning: 'The watch would begin before the oldest change that the server still knows.',
    cause:
      'The watch paused for long, or begins at an old revision; servers keep a bounded history.',
    remedy:
      'Read the keys that you follow, then watch from the revision after that of the read. The ' +
      'error has the oldest revision that a watch can begin from.',
    outcome: [],
    retryable: false,
  },
  ERR_SLOW_WATCHER: {
    meaning: 'The watch was ended because its reader fell too far behind.',
    cause: 'The reader does more for each change than there is time.',
    remedy: 'Watch again from the revision after the last one seen, and do the work elsewhere.',
    outcome: [],
    retryable: true,
  },
  ERR_STOPPED: {
    meaning: 'The server, or the client, was stopped.',
    cause: 'It was told to stop; what it had not finished is answered with this.',
    remedy: 'Use another server, or a new client. If the outcome is unknown, read first.',
    outcome: ['not-applied', 'unknown'],
    retryable: 'sometimes',
  },
  ERR_SESSION_EXPIRED: {
    meaning: 'The session of this client is no longer in the table of sessions.',
    cause: 'It was idle for long, or many newer sessions took its place.',
    remedy: 'The client opens a new one by itself. If the outcome is unknown, read first.',
    outcome: ['not-applied', 'unknown'],
    retryable: false,
  },
  ERR_SESSION_FULL: {
    meaning: 'The session has as many results that its client has not confirmed as are kept.',
    cause: 'More commands of one session are under way than the table holds results.',
    remedy: 'Await some of them first; their confirmation makes room.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_RESULT_DISCARDED: {
    meaning: 'The command was sent again after its client had confirmed its result.',
    cause: 'A client that uses a sequence number twice.',
    remedy: 'The first result is gone; read before you write again. Mend the client.',
    outcome: ['unknown'],
    retryable: false,
  },
  ERR_UNKNOWN_MACHINE: {
    meaning: 'There is no state machine of this name on the server.',
    cause: 'A spelling, or servers that were started with other machines.',
    remedy: 'Start every server with the same machines, and use one of their names.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_MACHINE_THREW: {
    meaning: 'The state machine threw where it must not.',
    cause: 'A bug in a state machine of your own: it must refuse before, and be total after.',
    remedy: 'Mend the machine, and test it in the simulator.',
    outcome: ['applied', 'not-applied'],
    retryable: false,
  },
  ERR_BAD_REQUEST: {
    meaning: 'What was sent is no request.',
    cause: 'A malformed line, body, header or parameter, or a client of another version.',
    remedy: 'Compare with docs/formats.md and docs/http.md.',
    outcome: ['not-applied'],
    retryable: false,
  },
} satisfies ErrorCodes;
