/**
 * A node: one replica on a real disk, behind real sockets. What the package `statecraft` offers; how a
 * node is put together is node/running-node.ts.
 *
 * @module statecraft
 */
import type { Node } from './node/api.ts';
import type { NodeOptions } from './node/options.ts';
import { RunningNode } from './node/running-node.ts';
import { asStatecraftError } from './node/starting.ts';
import { withClusterToJoin } from './node/which-cluster.ts';

export type { Node } from './node/api.ts';
export { createKv } from '../replicated/kv.ts';
export type { Trust } from '../machines/events.ts';
export type {
  Change,
  ChangeReader,
  Changes,
  Json,
  Restoring,
  StateMachine,
} from '../replicated/state-machine.ts';
export { StatecraftError, type ErrorDetails, type Leader, type Outcome } from './errors.ts';
export type { CommitEvent, LeaderEvent, NodeEvents } from './node/events.ts';
export type { RemovedEvent, StateEvent, WarningEvent } from './node/events.ts';
export type { FaultState } from '../transport/fault-listener.ts';
export type { InspectOptions } from './node/inspector.ts';
export type { Logger, NodeOptions } from './node/options.ts';
export type { ConfigurationStatus, NodeStatus, PeerStatus, Role } from './node/status.ts';
export type { Limits, Timing } from './ports.ts';

/**
 * Starts a node: checks the options, locks and recovers the directory, listens, then takes part.
 *
 * @throws StatecraftError ERR_INVALID_CONFIG, ERR_LISTEN_FAILED, ERR_ABORTED; of the data directory
 * ERR_DATA_DIR_LOCKED, ERR_CLUSTER_MISMATCH, ERR_NODE_MISMATCH, ERR_VOTERS_MISMATCH,
 * ERR_FORMAT_UNKNOWN, ERR_LOG_CORRUPT, ERR_VOTE_STATE_LOST, ERR_STORAGE_IO, ERR_STORAGE_FULL.
 * Nothing is left open then.
 */
export async function createNode(options: NodeOptions): Promise<Node> {
  const node = new RunningNode(await withClusterToJoin(options));
  try {
    await node.start();
    return node;
  } catch (error) {
    // What cannot be closed is in its log; why it did not start is what its caller is to know.
    await node.stop().catch(() => undefined);
    throw asStatecraftError(error);
  }
}
