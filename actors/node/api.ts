/** What a program sees of a node that it runs. How it is put together is running-node.ts's. */
import type { EventEmitter } from 'node:events';
import type { ServerId } from '../../machines/messages.ts';
import type { NodeEvents } from './events.ts';
import type { InspectOptions } from './inspector.ts';
import type { NodeStatus } from './status.ts';

/** A running node, and the emitter of its events: `leader`, `state`, `commit`, `warning`, `removed`. */
export interface Node extends EventEmitter<NodeEvents> {
  /** Its server id. */
  readonly id: ServerId;
  /** Where it listens, `host:port`, with the real ports. */
  readonly addresses: { readonly peer: string; readonly client: string };
  /** What it is now. */
  status(): NodeStatus;
  /**
   * Hands leadership over if it leads, answers what is outstanding, then closes every socket and
   * file. Idempotent.
   */
  stop(): Promise<void>;
  /**
   * Lets Stately's inspector watch this server (docs/inspect.md#stately). Returns the URL for a
   * viewer, `ws://…?token=…`; the token is new at each start of the node.
   */
  inspect(options?: InspectOptions): string;
  /** `stop()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}
