/**
 * Turns what XState reports of a node's actors into the facts of its event stream.
 *
 * One observer lives from the first watcher to the last. It keeps of each actor the snapshot before
 * the present step, which the edges, the guards and the log's changes are told from. A digest is
 * told once per frame, not per step, and under load most routine is only counted (routine.ts).
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
import type { Message, ServerId } from '../../machines/messages.ts';
import type { ServerContext } from '../../machines/server.context.ts';
import { definitionOf } from './definition.ts';
import { digestOf, headerOf, sameDigest } from './digest.ts';
import { edgeId, guardAnswers } from './edges.ts';
import type { ActorPath, Definition, Digest, NodeFact, Value } from './events.ts';
import { logFacts } from './log-facts.ts';
import { isRoutine, RoutineBudget } from './routine.ts';
import { isChart, machineOf, parentOf, pathOf, snapshotOf, type TapListener } from './tap.ts';
import { ArmedTimers, armedTimers, timerOf } from './timers.ts';

interface Seen {
  readonly path: ActorPath;
  readonly machine: string;
  readonly isServer: boolean;
  /** After the last microstep. */
  step: AnyMachineSnapshot;
  /** After the last macrostep. */
  rest: AnyMachineSnapshot;
  /** As they were last told. */
  value: Value;
  digest: Digest;
  readonly timers: ArmedTimers;
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
  /** Of whom something may have changed that is told with the next frame. */
  readonly #dirty = new Set<Seen>();
  readonly #routine = new RoutineBudget();

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
      value: snapshot.value as Value,
      digest,
      timers: new ArmedTimers(timers),
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

  /** A message leaves for its peer. */
  sent(message: Message): void {
    if (isRoutine(message) && !this.#routine.spend()) this.#routine.countSent(message.to);
    else this.#options.tell({ type: 'message.sent', message: headerOf(message) });
  }

  /** A frame is about to leave: tells what waited for it. */
  completeFrame(): void {
    for (const seen of this.#dirty) {
      this.#tellTimers(seen);
      const { path: actor, rest } = seen;
      const digest = digestOf(seen.machine, rest.context);
      const value = valueIfNew(seen, rest);
      if (sameDigest(digest, seen.digest) && value === null) continue;
      seen.digest = digest;
      if (value !== null) seen.value = value.value;
      this.#options.tell({ type: 'digest', actor, digest, ...value });
    }
    this.#dirty.clear();
    const replicating = [...this.#seen.values()].filter(({ machine }) => replicates.has(machine));
    const counted = this.#routine.endFrame(replicating.length);
    if (counted !== null) this.#options.tell(counted);
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
    // Before its step, which may arm it anew.
    seen?.timers.fire(event.type);
    if (seen?.isServer !== true || !isFromPeer(event, this.#options.node)) return;
    if (isRoutine(event) && !this.#routine.spend()) this.#routine.countReceived(event.from);
    else this.#options.tell({ type: 'message.received', message: headerOf(event) });
  }

  #acted({ actorRef, action }: InspectedActionEvent): void {
    if (action.type !== 'xstate.raise' && action.type !== 'xstate.cancel') return;
    const timers = this.#seen.get(actorRef as AnyActorRef)?.timers;
    if (timers === undefined) return;
    if (action.type === 'xstate.raise') {
      const timer = timerOf(action.params, this.#options.now());
      if (timer !== null) timers.arm(timer);
    } else {
      timers.cancel((action.params as { readonly sendId: string }).sendId);
    }
  }

  #stepped({ actorRef, event, snapshot, _transitions: chosen }: InspectedMicrostepEvent): void {
    const seen = this.#seen.get(actorRef as AnyActorRef);
    if (seen === undefined || event.type === 'xstate.stop') return;
    const before = seen.step;
    const after = snapshot as AnyMachineSnapshot;
    seen.step = after;
    const value = valueIfNew(seen, after);
    // What a replicator is at comes and goes with each batch: the frame says where it stands.
    if (isRoutine(event) && !(seen.isServer && value !== null) && !this.#routine.spend()) {
      this.#routine.countStep(seen.path);
      this.#dirty.add(seen);
      return;
    }
    if (value !== null) seen.value = value.value;
    this.#options.tell({
      type: 'step',
      actor: seen.path,
      cause: headerOf(event),
      edges: chosen.map(edgeId).filter((id) => id !== null),
      guards: guardAnswers(before._nodes, event.type, chosen),
      ...value,
    });
    this.#maybeTellTimers(seen);
  }

  #rested({ actorRef, snapshot }: InspectedSnapshotEvent): void {
    const ref = actorRef as AnyActorRef;
    const seen = this.#seen.get(ref);
    if (seen === undefined) return;
    const before = seen.rest;
    seen.rest = snapshot as AnyMachineSnapshot;
    seen.step = seen.rest;
    this.#maybeTellTimers(seen);
    if (before.context !== seen.rest.context || seen.timers.hasNews) this.#dirty.add(seen);
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

  /** Now, or under load with the next frame: a follower arms its own anew with each batch. */
  #maybeTellTimers(seen: Seen): void {
    if (seen.timers.hasNews && this.#routine.spend()) this.#tellTimers(seen);
  }

  #tellTimers(seen: Seen): void {
    if (!seen.timers.hasNews) return;
    this.#options.tell({ type: 'timers', actor: seen.path, ...seen.timers.takeNews() });
  }
}

/** Actors with whom routine grows. */
const replicates: ReadonlySet<string> = new Set(['server', 'replicator']);

/** The state, when it is not what was last told. */
function valueIfNew(seen: Seen, { value }: AnyMachineSnapshot): { readonly value: Value } | null {
  const now = value as Value;
  return sameDigest(now as Digest, seen.value as Digest) ? null : { value: now };
}

function isFromPeer(
  event: AnyEventObject,
  node: ServerId,
): event is AnyEventObject & { readonly from: ServerId } {
  return event.type.startsWith('rpc.') && (event as { from?: unknown }).from !== node;
}
