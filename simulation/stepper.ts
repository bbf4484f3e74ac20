/**
 * Steps a chart purely: a snapshot and an event in, the next snapshot and its effects as data out.
 *
 * This is the shipped machine, not a model of it. What XState would do to the world is caught and
 * named instead: slots under their own name, timers, messages to children and to the parent. Nothing
 * runs, so the model checker and the chart tests may branch from any snapshot. An exception in a
 * guard or an action is thrown to the caller. A server with its children is server-stepper.ts.
 */
import {
  createActor,
  fromTransition,
  type ActorOptions,
  type AnyActorRef,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type EventFromLogic,
  type ExecutableActionObject,
  type InputFrom,
  type InspectionEvent,
  type SnapshotFrom,
} from 'xstate';
import type { Apply, Install, Persist, Reply, Send } from '../machines/events.ts';
import type { AppendEntries, LogIndex, ServerId } from '../machines/messages.ts';
import type { SendChunk } from '../machines/replicator.context.ts';

/** What a step asks of the world, as data. */
export type Effect =
  // I/O slots of the server, its replicators, its log writer and its snapshotter, with their parameters.
  | { readonly send: Send }
  | { readonly persist: Persist }
  | { readonly install: Install }
  | { readonly apply: Apply }
  | { readonly reply: Reply }
  | { readonly sendAppend: AppendEntries }
  | { readonly openSnapshot: { readonly peer: ServerId } }
  | { readonly sendChunk: SendChunk }
  | { readonly closeSnapshot: { readonly peer: ServerId } }
  | { readonly look: true }
  | { readonly save: true }
  | { readonly compact: { readonly index: LogIndex } }
  | { readonly sync: true }
  | { readonly release: { readonly write: number } }
  /** Armed; `timer` is the type of the event that fires it (`timerEvent`). */
  | { readonly timer: string; readonly delayMs: number }
  /** Cancelled, whether it was armed or not. */
  | { readonly cancel: string }
  | { readonly spawn: string; readonly input: unknown }
  | { readonly stop: string }
  | { readonly tell: string; readonly event: unknown }
  | { readonly tellParent: unknown };

export interface Stepper<Machine extends AnyStateMachine> {
  /** What the chart is and does when it starts. */
  start(input: InputFrom<Machine>): [SnapshotFrom<Machine>, Effect[]];
  /** One macrostep. A timer is fired by `timerEvent(effect.timer)`. */
  step(
    snapshot: SnapshotFrom<Machine>,
    event: EventFromLogic<Machine>,
  ): [SnapshotFrom<Machine>, Effect[]];
}

/**
 * A stepper for `machine`. It keeps no state: all steps share one scope, and an inert actor.
 * `inspect` sees each microstep with the transitions taken, as of a running actor.
 */
export function createStepper<Machine extends AnyStateMachine>(
  machine: Machine,
  input: InputFrom<Machine>,
  inspect?: (event: InspectionEvent) => void,
): Stepper<Machine> {
  const actions: ExecutableActionObject[] = [];
  const scope = inertScope(machine, input, (action) => actions.push(action));
  if (inspect !== undefined) scope.system.inspect(inspect);

  const take = (run: () => AnyMachineSnapshot): [SnapshotFrom<Machine>, Effect[]] => {
    actions.length = 0; // An exception may have left some.
    const snapshot = run();
    // XState turns an exception at the start into a snapshot; a step throws it.
    if (snapshot.status === 'error') throw snapshot.error;
    return [snapshot as SnapshotFrom<Machine>, actions.flatMap(effectOf)];
  };

  return {
    start: (own) => take(() => machine.getInitialSnapshot(scope, own)),
    step: (snapshot, event) => take(() => machine.transition(snapshot as never, event, scope)),
  };
}

/** The event that fires a timer; the charts' own event types do not list it. */
export function timerEvent(timer: string): never {
  return { type: timer } as never;
}

type Scope = Parameters<AnyStateMachine['transition']>[2];

/** XState wants a `self` with a parent; both are actors that are never started. */
function inertScope(
  machine: AnyStateMachine,
  input: unknown,
  actionExecutor: (action: ExecutableActionObject) => void,
): Scope {
  const parent = createActor(fromTransition((state) => state, null)) as AnyActorRef;
  const options = { id: machine.id, input, parent } as unknown as ActorOptions<AnyStateMachine>;
  const self = createActor(machine, options);
  return {
    self,
    id: machine.id,
    sessionId: machine.id,
    system: self.system,
    logger: () => undefined,
    defer: () => undefined,
    emit: () => undefined,
    stopChild: () => undefined,
    actionExecutor,
  };
}

/** What an action does to the world; nothing where XState dealt with it within the step. */
export function effectOf({
  type,
  params,
}: Pick<ExecutableActionObject, 'type' | 'params'>): Effect[] {
  switch (type) {
    case 'xstate.raise': {
      const { event, delay } = params as { event: { type: string }; delay?: number };
      // Without a delay it was heard within this very macrostep.
      return delay === undefined ? [] : [{ timer: event.type, delayMs: delay }];
    }
    case 'xstate.cancel':
      return [{ cancel: (params as { sendId: string }).sendId }];
    case 'xstate.spawnChild': {
      const { id, input } = params as { id: string; input: unknown };
      return [{ spawn: id, input }];
    }
    case 'xstate.stopChild':
      return params === undefined ? [] : [{ stop: (params as AnyActorRef).id }];
    case 'xstate.sendTo': {
      const { targetId, event } = params as { targetId: string; event: unknown };
      return [targetId === '#_parent' ? { tellParent: event } : { tell: targetId, event }];
    }
    default:
      return [{ [type]: params ?? true } as unknown as Effect];
  }
}
