/** Codes of a data directory: whose it is, and whether it may be believed (docs/formats.md#refusals). */
import type { ErrorCodes } from './error-code.ts';

const replace =
  'Keep a copy of the directory; then remove the server from its cluster and add it again with an ' +
  'empty directory and a new id.';

export const storageCodes = {
  ERR_DATA_DIR_LOCKED: {
    meaning: 'Another process uses the data directory.',
    cause: 'The server runs already, perhaps under a supervisor.',
    remedy: 'Stop that process, or start this server with a directory of its own.',
    outcome: [],
    retryable: true,
  },
  ERR_CLUSTER_MISMATCH: {
    meaning: 'The data directory, the peer, or the server to join belongs to another cluster.',
    cause: 'A wrong --data-dir, --cluster or --join, or an address that another cluster took over.',
    remedy: 'Use the name of the cluster that the directory was made for, or another directory.',
    outcome: [],
    retryable: false,
  },
  ERR_NODE_MISMATCH: {
    meaning: 'The data directory, or the server at the address, is of another server.',
    cause: 'A wrong --data-dir or --id, or two addresses that were mixed up in --peers.',
    remedy: 'Give each server its own directory, and each id its own address.',
    outcome: [],
    retryable: false,
  },
  ERR_VOTERS_MISMATCH: {
    meaning: 'The data directory belongs to a cluster that began with other voters.',
    cause: 'A --peers that is not the list of the first start: ids are missing, added or misspelt.',
    remedy:
      'Start with the first list, which the message names: addresses may change, ids may not. ' +
      'Members change by "statecraft member". If the first list was the mistake and nothing has ' +
      'been written yet, start with empty directories.',
    outcome: [],
    retryable: false,
  },
  ERR_IDENTITY_LOST: {
    meaning: 'The file that says whose the data directory is is missing or damaged.',
    cause: 'identity.json was deleted or copied in part, or the disk is damaged.',
    remedy: replace,
    outcome: [],
    retryable: false,
  },
  ERR_PEERS_LOST: {
    meaning: 'The file that remembers the data directories of the other members is damaged.',
    cause: 'peers.json was edited or copied in part, or the disk is damaged.',
    remedy:
      'If no other member lost its data directory, remove this one file: it is written again. Else ' +
      'replace that member first. The rest of the directory is as good as before.',
    outcome: [],
    retryable: false,
  },
  ERR_FORMAT_UNKNOWN: {
    meaning: 'The files were written in a format that this version does not know.',
    cause: 'A newer version of Statecraft wrote them.',
    remedy: 'Use the version that wrote them, or a newer one.',
    outcome: [],
    retryable: false,
  },
  ERR_LOG_CORRUPT: {
    meaning: 'The log is damaged where it may have been promised, so the server does not go on.',
    cause: 'A damaged disk, a file that was edited, deleted or restored.',
    remedy: `"statecraft log verify DIR" names the file and the byte. ${replace}`,
    outcome: [],
    retryable: false,
  },
  ERR_SNAPSHOT_CORRUPT: {
    meaning: 'A snapshot is not what was written.',
    cause: 'A damaged disk, or a file that was edited or copied in part.',
    remedy: replace,
    outcome: [],
    retryable: false,
  },
  ERR_VOTE_STATE_LOST: {
    meaning: 'The server no longer knows whom it voted for, so it could vote twice in a term.',
    cause: 'Both vote files are missing or damaged, or an older backup was restored.',
    remedy: replace,
    outcome: [],
    retryable: false,
  },
  ERR_STORAGE_IO: {
    meaning: 'The disk refused or failed; what was being written is not promised.',
    cause: 'A failing disk, a file system that went read-only, or missing permissions.',
    remedy: 'Check the disk and the permissions of the directory, then start the server again.',
    outcome: [],
    retryable: false,
  },
  ERR_STORAGE_FULL: {
    meaning: 'The disk is full, or has less free than its reserve.',
    cause: 'No space left, a quota, or a limit on the size of files.',
    remedy: 'Free space. A server that refuses commands takes them again; one that ended, start.',
    outcome: ['not-applied'],
    retryable: false,
  },
  ERR_BAD_LINE: {
    meaning: 'A line that a peer sent is not a line of this log.',
    cause: 'Bytes that changed on the way, or a bug. The batch is discarded and asked for again.',
    remedy: 'Nothing, if it happens once. If it goes on, check the memory and the network.',
    outcome: [],
    retryable: true,
  },
} satisfies ErrorCodes;
