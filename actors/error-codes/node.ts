/** Codes of a node that cannot start, or that must stop because it may no longer be trusted. */
import type { ErrorCodes } from './error-code.ts';

export const nodeCodes = {
  ERR_INVALID_CONFIG: {
    meaning: 'The configuration of the node breaks a rule, so nothing was opened.',
    cause: 'The message names the rule: an id, an address, a timing or an unknown key.',
    remedy: 'Correct it; "statecraft config print" shows every value and where it comes from.',
    outcome: [],
    retryable: false,
  },
  ERR_LISTEN_FAILED: {
    meaning: 'The node could not listen on one of its addresses.',
    cause: 'Another process listens there, or the address is not one of this machine.',
    remedy:
      'Stop the other process ("lsof -i :PORT" names it), or give the node another address. ' +
      'For a peer address, change it on all servers.',
    outcome: [],
    retryable: true,
  },
  ERR_ACCEPT_FAILED: {
    meaning: 'A connection could not be accepted; the node still listens.',
    cause: 'The process has no file descriptors left.',
    remedy: 'Raise the limit ("ulimit -n"), or find out who opens so many connections.',
    outcome: [],
    retryable: true,
  },
  ERR_INTERNAL: {
    meaning: 'Something happened that was not foreseen.',
    cause: 'A bug in Statecraft.',
    remedy: 'Please report it with the lines that were printed.',
    outcome: ['unknown', 'not-applied'],
    retryable: false,
  },
  ERR_LINK_FAILED: {
    meaning: 'The actor of a connection to a peer failed, so the node stopped.',
    cause: 'A bug in Statecraft.',
    remedy: 'Start the node again, and please report it with its log.',
    outcome: [],
    retryable: false,
  },
  ERR_UNKNOWN_ENTRY: {
    meaning: 'A committed entry is of a kind that this version does not know, so the node stopped.',
    cause: 'The servers of the cluster run different versions.',
    remedy: 'Install the newer version on this server, and start it again.',
    outcome: [],
    retryable: false,
  },
  ERR_DIVERGED: {
    meaning: 'Two servers have different entries at one index and term, so this one stopped.',
    cause: 'Damaged memory or disk, files edited by hand, or a bug.',
    remedy:
      'Keep copies of both data directories. Find out which log is right with "statecraft log ' +
      'verify", then let the other server begin anew with an empty directory and a new id.',
    outcome: [],
    retryable: false,
  },
  ERR_TWO_LEADERS: {
    meaning: 'Another server claims to lead the same term, which must never be.',
    cause:
      'A server lost or forgot its vote (a copied or restored data directory), or two servers ' +
      'have the same id.',
    remedy: 'Stop all servers, keep copies of the directories, and look for a restored one.',
    outcome: [],
    retryable: false,
  },
  ERR_COMMITTED_OVERWRITTEN: {
    meaning: 'A leader would replace entries that are committed here, so this server stopped.',
    cause: 'Servers of a majority lost what they had acknowledged, or a directory was restored.',
    remedy: 'Stop all servers and keep copies of the directories before anything else.',
    outcome: [],
    retryable: false,
  },
} satisfies ErrorCodes;
