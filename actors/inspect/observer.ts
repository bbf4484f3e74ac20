/**
 * Turns what XState reports of a node's actors into the facts of its event stream.
 *
 * One observer lives from the first watcher to the last. It keeps of each actor the snapshot before
 * the present step, which the edges, the guards and the log's changes are told from. A digest is
 * told once per frame, not per step: that is most of what a watcher costs.
 */
import type {
  AnyActorRef,
  AnyEventObject,
  AnyMachineSnapshot,
  InspectedActionEvent,
  InspectedEventEvent,
  InspectedMicrostepEvent,
  InspectedSnapshotEvent,
  InspectionEvent,
} from 'xstate';
import type { ServerId } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import { definitionOf } from './definition.ts';
import { digestOf, headerOf, sameDigest } from './digest.ts';
import { edgeId, guardAnswers } from './edges.ts';
import type { ActorPath, Definition, Digest, NodeFact, Timer, Value } from './events.ts';
import { logFacts } from './log-facts.ts';
import { isChart, machineOf, parentOf, pathOf, snapshotOf, type TapListener } from './tap.ts';
import { armedTimers, timerOf } from './timers.ts';

interface Seen {
  readonly path: ActorPath;
  readonly machine: string;
  readonly isServer: boolean;
  /** After the last microstep told. */
  step: AnyMachineSnapshot;
  /** After the last macrostep told. */
  rest: AnyMachineSnapshot;
  digest: Digest;
  readonly armed: Map<string, Timer>;
  /** Changes of timers not told yet. */
  newlyArmed: Timer[];
  cancelled: string[];
}

export interface ObserverOptions {
  readonly node: ServerId;
  /** Unix time in milliseconds. */
  now(): number;
  tell(fact: NodeFact): void;
  /** The observer threw, which is a bug here; it observes nothing any more. */
  onFailed(error: unknown): void;
}

export class Observer implements TapListener {
  readonly definitions = new Map<string, Definition>();
  readonly #options: ObserverOptions;
  readonly #seen = new Map<AnyActorRef, Seen>();
  /** Whose digest may have changed since the last frame. */
  readonly #dirty = new Set<Seen>();

  constructor(options: ObserverOptions) {
    this.#options = options;
  }

  running(ref: AnyActorRef): void {
    const { node } = this.#options;
    const snapshot = snapshotOf(ref);
    const machine = machineOf(ref);
    const definition = definitionOf(machine);
    this.definitions.set(definition.hash, definition);
    const digest = digestOf(machine.id, snapshot.context);
    const timers = armedTimers(ref, this.#options.now());
    const path = pathOf(node, ref);
    this.#seen.set(ref, {
      path,
      machine: machine.id,
      isServer: machine.id === 'server',
      step: snapshot,
      rest: snapshot,
      digest,
      armed: new Map(timers.map((timer) => [timer.id, timer])),
      newlyArmed: [],
      cancelled: [],
    });
    this.#options.tell({
      type: 'actor.started',
      actor: path,
      parent: parentOf(node, ref),
      machine: definition.hash,
      value: snapshot.value as Value,
      digest,
      timers,
    });
  }

  happened(event: InspectionEvent): void {
    switch (event.type) {
      case '@xstate.event':
        this.#heard(event);
        break;
      case '@xstate.action':
        this.#acted(event);
        break;
      case '@xstate.microstep':
        this.#stepped(event);
        break;
      case '@xstate.snapshot':
        this.#rested(event);
        break;
      case '@xstate.actor':
      case '@xstate.transition':
        break; // Told when it starts, and by its steps.
    }
  }

  failed(error: unknown): void {
    this.#options.onFailed(error);
  }

  /** Tells the digests that changed since the last frame. */
  tellDigests(): void {
    for (const seen of this.#dirty) {
      const digest = digestOf(seen.machine, seen.rest.context);
      if (sameDigest(digest, seen.digest)) continue;
      seen.digest = digest;
      this.#options.tell({ type: 'digest', actor: seen.path, digest });
    }
    this.#dirty.clear();
  }

  #heard({ actorRef, event, sourceRef }: InspectedEventEvent): void {
    const ref = actorRef as AnyActorRef;
    if (event.type === 'xstate.init') {
      if (isChart(ref)) this.running(ref);
      return;
    }
    // An actor that threw takes no last step: its parent hears of it.
    if (event.type.startsWith('xstate.error.actor.') && sourceRef !== undefined) {
      this.#stopped(sourceRef as AnyActorRef, 'error');
    }
    const seen = this.#seen.get(ref);
    if (seen?.isServer === true && isFromPeer(event, this.#options.node)) {
      this.#options.tell({ type: 'message.received', message: headerOf(event) });
    }
  }

  #acted({ actorRef, action }: InspectedActionEvent): void {
    const seen = this.#seen.get(actorRef as AnyActorRef);
    if (seen === undefined) return;
    if (action.type === 'xstate.raise') {
      const timer = timerOf(action.params, this.#options.now());
      if (timer === null) return;
      seen.armed.set(timer.id, timer);
      seen.newlyArmed.push(timer);
    } else if (action.type === 'xstate.cancel') {
      const { sendId: id } = action.params as { readonly sendId: string };
      // Leaving a state cancels what has fired already, too.
      if (seen.armed.delete(id)) seen.cancelled.push(id);
    }
  }

  #stepped({ actorRef, event, snapshot, _transitions: chosen }: InspectedMicrostepEvent): void {
    const seen = this.#seen.get(actorRef as AnyActorRef);
    if (seen === undefined || event.type === 'xstate.stop') return;
    const before = seen.step;
    const after = snapshot as AnyMachineSnapshot;
    seen.step = after;
    seen.armed.delete(event.type);
    const edges = chosen.map(edgeId).filter((id) => id !== null);
    this.#options.tell({
      type: 'step',
      actor: seen.path,
      cause: headerOf(event),
      edges,
      guards: guardAnswers(before._nodes, event.type, chosen),
      ...(sameDigest(after.value as Digest, before.value as Digest)
        ? {}
        : { value: after.value as Value }),
    });
    this.#tellTimers(seen);
  }

  #rested({ actorRef, snapshot }: InspectedSnapshotEvent): void {
    const ref = actorRef as AnyActorRef;
    const seen = this.#seen.get(ref);
    if (seen === undefined) return;
    const before = seen.rest;
    seen.rest = snapshot as AnyMachineSnapshot;
    seen.step = seen.rest;
    this.#tellTimers(seen);
    if (before.context !== seen.rest.context) this.#dirty.add(seen);
    if (seen.isServer) {
      const facts = logFacts(before.context as ServerContext, seen.rest.context as ServerContext);
      for (const fact of facts) this.#options.tell(fact);
    }
    if (snapshot.status !== 'active') this.#stopped(ref, snapshot.status);
  }

  #stopped(ref: AnyActorRef, status: 'stopped' | 'done' | 'error'): void {
    const seen = this.#seen.get(ref);
    if (seen === undefined) return;
    this.#seen.delete(ref);
    this.#dirty.delete(seen);
    this.#options.tell({ type: 'actor.stopped', actor: seen.path, status });
  }

  #tellTimers(seen: Seen): void {
    const { newlyArmed: armed, cancelled } = seen;
    if (armed.length === 0 && cancelled.length === 0) return;
    seen.newlyArmed = [];
    seen.cancelled = [];
    this.#options.tell({ type: 'timers', actor: seen.path, armed, cancelled });
  }
}

function isFromPeer(event: AnyEventObject, node: ServerId): boolean {
  return event.type.startsWith('rpc.') && (event as { from?: unknown }).from !== node;
}
