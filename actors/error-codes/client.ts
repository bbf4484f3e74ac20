/** Codes that the client raises itself, or that tell its caller no in the store's own words. */
import type { ErrorCodes } from './error-code.ts';

export const clientCodes = {
  ERR_TIMEOUT: {
    meaning: 'No server gave a final answer within the time that the call may take.',
    cause:
      'No server leads, the network is cut, the servers are slower than the timeout allows, a lock ' +
      'was not given up in time, or a local read waits for an entry that its server has not applied.',
    remedy:
      'Look at "statecraft status". If the outcome is unknown, read before you call again; else ' +
      'call again, perhaps with a longer timeout.',
    outcome: ['not-applied', 'unknown'],
    retryable: true,
  },
  ERR_ABORTED: {
    meaning: 'The caller ended the call by its AbortSignal.',
    cause: 'Your program aborted; the reason of the signal is the cause of the error.',
    remedy: 'Nothing to mend. If the outcome is unknown, read before you call again.',
    outcome: ['not-applied', 'unknown'],
    retryable: false,
  },
  ERR_UNREACHABLE: {
    meaning: 'No server answers at the addresses that were tried.',
    cause: 'The servers do not run, or listen for clients elsewhere.',
    remedy:
      'Start a server ("statecraft demo" starts three), or name the client addresses with ' +
      '--endpoints or STATECRAFT_ENDPOINTS.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_NO_LEADER: {
    meaning: 'Servers answer, but none of them leads, so nothing can be decided.',
    cause: 'Fewer than a majority of the voters run and reach each other, or an election goes on.',
    remedy: 'Start enough servers for a majority; "statecraft status" shows who is missing.',
    outcome: ['not-applied'],
    retryable: true,
  },
  ERR_KEY_NOT_FOUND: {
    meaning: 'There is no such key.',
    cause: 'It was never written, or has been deleted.',
    remedy: 'Look with "statecraft list"; --allow-missing makes a missing key an ordinary answer.',
    outcome: ['not-applied', 'applied'],
    retryable: false,
  },
  ERR_CAS_FAILED: {
    meaning: 'The key is not at the revision that was expected, so it was not set.',
    cause: 'Somebody else wrote or deleted the key in between.',
    remedy: 'Read the key again, decide anew, and compare with the revision that you read.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_LOCK_LOST: {
    meaning: 'The lock cannot be vouched for any more, and somebody else may hold it.',
    cause:
      'It could not be renewed in time: no server led, the network was cut, this process was ' +
      'suspended, or its key was deleted.',
    remedy:
      'Stop what the lock guards, and take it again. Pass its token to whatever it guards, which ' +
      'refuses a token below one that it has seen; a longer ttlMs outlasts longer outages.',
    outcome: ['unknown'],
    retryable: false,
  },
  ERR_INVALID_VALUE: {
    meaning: 'A value cannot be stored, or what is stored cannot be read as a value.',
    cause:
      'It holds a function, a symbol, a class instance, a cycle, or the key __proto__, ' +
      'constructor or prototype; or it was written by a client of another kind.',
    remedy:
      'Store JSON, Date, bigint, Map, Set, undefined and numbers; convert anything else first.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_INVALID_ARGUMENT: {
    meaning: 'An argument or an option has the right name and a wrong value.',
    cause: 'A slip of the fingers: the message names the argument and what it may be.',
    remedy: 'Correct it as the message says.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_CLIENT_FAILED: {
    meaning: 'The client itself, or the WebSocket it was given, threw.',
    cause: 'A WebSocket that does not keep to its interface, or a bug in the client.',
    remedy: 'Make a new client. If the outcome is unknown, read before you call again. Report it.',
    outcome: ['not-applied', 'unknown'],
    retryable: false,
  },
} satisfies ErrorCodes;
