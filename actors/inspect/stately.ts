/**
 * Speaks the wire protocol of `@statelyai/inspect` 0.7, so that Stately's inspector and every other
 * receiver of it show a node's actors.
 *
 * A viewer first gets each running actor with its definition and its last snapshot, however late it
 * comes; the package's own relay forgets them after 200 messages. Contexts and events are digests,
 * ids are unique in a cluster, and heartbeats that change nothing are left out unless asked for.
 */
import type {
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  InspectedEventEvent,
  InspectedSnapshotEvent,
  InspectionEvent,
} from 'xstate';
import type { ServerId } from '../../machines/messages.ts';
import { definitionOf } from './definition.ts';
import { digestOf, headerOf, sameDigest } from './digest.ts';
import type { Digest } from './events.ts';
import {
  childrenOf,
  isChart,
  machineOf,
  parentOf,
  pathOf,
  snapshotOf,
  type Tap,
  type TapListener,
} from './tap.ts';

/** The version of the package whose protocol this is; its receivers ask for one. */
const version = '0.7.2';

export interface StatelyOptions {
  readonly node: ServerId;
  /** Whether heartbeats are shown that change nothing. */
  readonly heartbeats: boolean;
  /** Unix time in milliseconds. */
  now(): number;
  /** One message, JSON text. */
  send(message: string): void;
  /** The feed threw, which is a bug here; nothing is sent any more. */
  onFailed(error: unknown): void;
}

/** Sends all actors, then what happens, until the returned function is called. */
export function feedStately(tap: Tap, options: StatelyOptions): () => void {
  return tap.attach(new StatelyFeed(options));
}

class StatelyFeed implements TapListener {
  readonly #options: StatelyOptions;
  /** The state that was shown last, for telling whether a heartbeat changed it. */
  readonly #shown = new Map<AnyActorRef, Digest>();
  /** Who sent the event that the actor is about to answer with a snapshot. */
  readonly #sources = new WeakMap<AnyActorRef, AnyActorRef>();

  constructor(options: StatelyOptions) {
    this.#options = options;
  }

  running(ref: AnyActorRef): void {
    const machine = machineOf(ref);
    this.#send(ref, {
      type: '@xstate.actor',
      name: pathOf(this.#options.node, ref),
      parentId: parentOf(this.#options.node, ref) ?? undefined,
      definition: definitionOf(machine).json,
      snapshot: this.#snapshot(ref, snapshotOf(ref)),
    });
    this.#shown.set(ref, snapshotOf(ref).value as Digest);
  }

  happened(event: InspectionEvent): void {
    if (event.type === '@xstate.event') this.#heard(event);
    else if (event.type === '@xstate.snapshot') this.#rested(event);
  }

  failed(error: unknown): void {
    this.#options.onFailed(error);
  }

  #heard({ actorRef, event, sourceRef }: InspectedEventEvent): void {
    const ref = actorRef as AnyActorRef;
    if (event.type === 'xstate.init' && isChart(ref)) this.running(ref);
    if (sourceRef === undefined) this.#sources.delete(ref);
    else this.#sources.set(ref, sourceRef as AnyActorRef);
  }

  /** An event and its effect leave together, when it is known whether there was one. */
  #rested({ actorRef, event, snapshot }: InspectedSnapshotEvent): void {
    const ref = actorRef as AnyActorRef;
    if (!this.#shown.has(ref)) return;
    const value = (snapshot as AnyMachineSnapshot).value as Digest;
    const isNew = !sameDigest(value, this.#shown.get(ref) ?? null);
    if (!isNew && !this.#options.heartbeats && isHeartbeat(event)) return;
    this.#shown.set(ref, value);
    const source = this.#sources.get(ref);
    const header = headerOf(event);
    this.#send(ref, {
      type: '@xstate.event',
      sourceId: source && pathOf(this.#options.node, source),
      event: header,
    });
    this.#send(ref, {
      type: '@xstate.snapshot',
      event: header,
      snapshot: this.#snapshot(ref, snapshot as AnyMachineSnapshot),
    });
    if (snapshot.status !== 'active') this.#shown.delete(ref);
  }

  #snapshot(ref: AnyActorRef, snapshot: AnyMachineSnapshot) {
    const references = childrenOf(snapshot).map(([id, child]) => [
      id,
      { xstate$$type: 1, id: pathOf(this.#options.node, child) },
    ]);
    return {
      status: snapshot.status,
      value: snapshot.value as unknown,
      context: digestOf(machineOf(ref).id, snapshot.context),
      tags: [...snapshot.tags],
      children: Object.fromEntries(references) as object,
      historyValue: {},
    };
  }

  #send(ref: AnyActorRef, message: { readonly type: string } & Record<string, unknown>): void {
    const { node } = this.#options;
    let root = ref;
    for (let up = parentRef(root); up !== undefined; up = parentRef(root)) root = up;
    this.#options.send(
      JSON.stringify({
        ...message,
        sessionId: pathOf(node, ref),
        rootId: pathOf(node, root),
        createdAt: String(this.#options.now()),
        id: null,
        _version: version,
      }),
    );
  }
}

function parentRef(ref: AnyActorRef): AnyActorRef | undefined {
  return (ref as { _parent?: AnyActorRef })._parent;
}

/** What an idle leader and its followers do all day, by its events. */
function isHeartbeat(event: AnyEventObject): boolean {
  switch (event.type) {
    case 'rpc.appendEntries':
      return event['lastIndex'] === event['prevLogIndex'];
    case 'rpc.appendEntriesReply':
    case 'current.appendEntriesReply':
      return event['success'] === true;
    case 'peer.sent':
    case 'peer.matched':
    case 'peer.pinned':
      return true;
    default:
      return /^xstate\.after\.(heartbeat|quorumCheck)\./.test(event.type);
  }
}
