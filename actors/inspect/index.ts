/**
 * `statecraft/inspect`: what a program needs to watch servers live (docs/inspect.md). Runs in a page.
 *
 * @module statecraft/inspect
 */
export { definitionOf } from './definition.ts';
export { edgeId } from './edges.ts';
export type {
  ActorPath,
  ActorState,
  Definition,
  Digest,
  DigestValue,
  GapReason,
  Header,
  InspectFrame,
  NodeEvent,
  NodeFact,
  NodeState,
  Scalar,
  Timer,
  Value,
} from './events.ts';
export { NodeView } from './node-view.ts';
export { watch } from './watch.ts';
export type { SocketHandler, WatchHandlers, WatchOptions, WatchSocket } from './watch.ts';
