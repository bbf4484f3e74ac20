/**
 * Exit codes: what a script can tell apart without reading a message. 0 to 5 as in etcdctl.
 *
 * An unknown outcome has a code of its own, because it is the one case in which a script must not
 * simply run the command again with a new session.
 */
import type { StatecraftError } from '../../actors/errors.ts';

export const exitCodes = {
  ok: 0,
  unexpected: 1,
  cannotConnect: 2,
  badInput: 3,
  refused: 4,
  unhealthy: 5,
  keyNotFound: 6,
  compareFailed: 7,
  outcomeUnknown: 8,
  dataDir: 9,
  usage: 64,
  internal: 70,
  interrupted: 130,
  hungUp: 129,
  terminated: 143,
} as const;

const byCode: Readonly<Record<string, number>> = {
  ERR_CONNECTION_REFUSED: exitCodes.cannotConnect,
  ERR_CONNECTION_CLOSED: exitCodes.cannotConnect,
  ERR_UNREACHABLE: exitCodes.cannotConnect,

  ERR_INVALID_ARGUMENT: exitCodes.badInput,
  ERR_INVALID_CONFIG: exitCodes.badInput,
  ERR_INVALID_COMMAND: exitCodes.badInput,
  ERR_INVALID_QUERY: exitCodes.badInput,
  ERR_INVALID_VALUE: exitCodes.badInput,
  ERR_INVALID_WATCH: exitCodes.badInput,
  ERR_BAD_HISTORY: exitCodes.badInput,
  ERR_BAD_ADDRESS: exitCodes.badInput,
  ERR_LISTEN_FAILED: exitCodes.badInput,
  ERR_TOO_LARGE: exitCodes.badInput,

  ERR_NO_LEADER: exitCodes.unhealthy,
  ERR_NOT_LEADER: exitCodes.unhealthy,
  ERR_LEADER_LOST: exitCodes.unhealthy,
  ERR_STATE_BEHIND: exitCodes.unhealthy,
  ERR_TIMEOUT: exitCodes.unhealthy,
  ERR_NODE_DIED: exitCodes.unhealthy,

  ERR_KEY_NOT_FOUND: exitCodes.keyNotFound,
  ERR_CAS_FAILED: exitCodes.compareFailed,

  ERR_DATA_DIR_LOCKED: exitCodes.dataDir,
  ERR_CLUSTER_MISMATCH: exitCodes.dataDir,
  ERR_NODE_MISMATCH: exitCodes.dataDir,
  ERR_VOTERS_MISMATCH: exitCodes.dataDir,
  ERR_IDENTITY_LOST: exitCodes.dataDir,
  ERR_PEERS_LOST: exitCodes.dataDir,
  ERR_INCARNATION_MISMATCH: exitCodes.dataDir,
  ERR_FORMAT_UNKNOWN: exitCodes.dataDir,
  ERR_LOG_CORRUPT: exitCodes.dataDir,
  ERR_SNAPSHOT_CORRUPT: exitCodes.dataDir,
  ERR_VOTE_STATE_LOST: exitCodes.dataDir,
  ERR_BOOT_REGRESSED: exitCodes.dataDir,
  ERR_UNKNOWN_ENTRY: exitCodes.dataDir,
  ERR_DIVERGED: exitCodes.dataDir,
  ERR_TWO_LEADERS: exitCodes.dataDir,
  ERR_COMMITTED_OVERWRITTEN: exitCodes.dataDir,
  ERR_STORAGE_IO: exitCodes.dataDir,
  ERR_STORAGE_FULL: exitCodes.dataDir,

  ERR_USAGE: exitCodes.usage,
};

/** Codes by which a server says no to a request that it understood. */
const refusals = new Set([
  'ERR_OVERLOADED',
  'ERR_STOPPED',
  'ERR_SESSION_EXPIRED',
  'ERR_SESSION_FULL',
  'ERR_TRANSFER_FAILED',
  'ERR_UNKNOWN_MACHINE',
  'ERR_BAD_REQUEST',
  'ERR_COMPACTED',
  'ERR_FUTURE_REVISION',
  'ERR_SLOW_WATCHER',
  'ERR_CONFIGURATION_CHANGED',
  'ERR_CHANGE_IN_PROGRESS',
  'ERR_NOT_CAUGHT_UP',
  'ERR_UNKNOWN_MEMBER',
  'ERR_MEMBER_EXISTS',
  'ERR_ID_REUSED',
  'ERR_NO_VOTER_LEFT',
  'ERR_TOO_MANY_MEMBERS',
  'ERR_REMOVED',
]);

/** The exit code for an error. */
export function exitCodeOf({ code, outcome }: StatecraftError): number {
  if (code === 'ERR_INTERNAL') return exitCodes.internal;
  if (outcome === 'unknown') return exitCodes.outcomeUnknown;
  return byCode[code] ?? (refusals.has(code) ? exitCodes.refused : exitCodes.unexpected);
}
