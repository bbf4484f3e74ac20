/**
 * Listens in on actor systems: who starts and stops, what is heard, what steps are taken. It adds
 * the names that are unique in a cluster, where XState's own count up in each process.
 *
 * A system is inspected only while somebody listens. A listener that throws must not take the server
 * with it, as XState would have it: it is let go of, and told so once.
 */
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  InspectedMicrostepEvent,
  InspectionEvent,
} from 'xstate';
import type { ServerId } from '../../machines/messages.ts';
import type { ActorPath } from './events.ts';

export interface TapListener {
  /** A root actor that runs, or a child of one; parents first. */
  running(ref: AnyActorRef): void;
  happened(event: InspectionEvent): void;
  /** The listener threw this, and hears nothing any more. */
  failed(error: unknown): void;
}

export interface Tap {
  /** Lets listeners hear the system of a root actor. */
  add(root: AnyActorRef): void;
  /** Reports who runs, and what happens from then on, until the returned function is called. */
  attach(listener: TapListener): () => void;
  /**
   * Tells the microsteps of all charts, present and to come, for as long as they live, and nothing
   * else. Costs a comparison for each thing that happens, where inspecting a system makes an object
   * of it: for what listens always. `listener` must not throw.
   */
  hearSteps(listener: StepListener): void;
}

export type StepListener = (step: InspectedMicrostepEvent) => void;

export function createTap(): Tap {
  const roots: AnyActorRef[] = [];
  const attached = new Set<Attachment>();
  const stepListeners: StepListener[] = [];
  return {
    hearSteps(listener) {
      stepListeners.push(listener);
      for (const root of roots) hearSteps(root, listener);
    },
    add(root) {
      roots.push(root);
      // Connections come and go; those that are gone are nobody's to report.
      root.subscribe({ complete: () => void roots.splice(roots.indexOf(root), 1) });
      for (const listener of stepListeners) hearSteps(root, listener);
      for (const attachment of attached) attachment.listenTo(root);
    },
    attach(listener) {
      const attachment = new Attachment(listener, () => void attached.delete(attachment));
      attached.add(attachment);
      for (const root of roots) attachment.listenTo(root);
      return () => attachment.end();
    },
  };
}

class Attachment {
  readonly #listener: TapListener;
  readonly #onEnd: () => void;
  readonly #subscriptions: { unsubscribe(): void }[] = [];
  #ended = false;

  constructor(listener: TapListener, onEnd: () => void) {
    this.#listener = listener;
    this.#onEnd = onEnd;
  }

  listenTo(root: AnyActorRef): void {
    this.#guarded(() => this.#report(root));
    if (this.#ended) return;
    this.#subscriptions.push(
      root.system.inspect((event) => this.#guarded(() => this.#listener.happened(event))),
    );
  }

  end(): void {
    this.#ended = true;
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    this.#onEnd();
  }

  #report(ref: AnyActorRef): void {
    if (!isChart(ref) || snapshotOf(ref).status !== 'active') return;
    this.#listener.running(ref);
    for (const [, child] of childrenOf(snapshotOf(ref))) this.#report(child);
  }

  #guarded(run: () => void): void {
    if (this.#ended) return;
    try {
      run();
    } catch (error) {
      this.end();
      this.#listener.failed(error);
    }
  }
}

/** In front of XState's own: what it reports goes through this one function of the system. */
function hearSteps({ system }: AnyActorRef, listener: StepListener): void {
  const inspected = system as unknown as { _sendInspectionEvent: (event: object) => void };
  const pass = inspected._sendInspectionEvent;
  inspected._sendInspectionEvent = (event) => {
    if ((event as InspectionEvent).type === '@xstate.microstep') {
      listener(event as InspectedMicrostepEvent);
    }
    pass(event);
  };
}

/** The server is `n1/server`; all others are named after their id, `n1/replicator.n2`. */
export function pathOf(node: ServerId, ref: { readonly id: string }): ActorPath {
  return ref.id === node ? `${node}/server` : `${node}/${ref.id}`;
}

export function parentOf(node: ServerId, ref: AnyActorRef): ActorPath | null {
  const { _parent: parent } = ref as { _parent?: AnyActorRef };
  return parent === undefined ? null : pathOf(node, parent);
}

export function machineOf(ref: AnyActorRef): AnyStateMachine {
  return (ref as unknown as { readonly logic: AnyStateMachine }).logic;
}

export function snapshotOf(ref: AnyActorRef): AnyMachineSnapshot {
  return ref.getSnapshot() as AnyMachineSnapshot;
}

/** Children by id, as far as they have not been stopped. */
export function childrenOf(snapshot: AnyMachineSnapshot): [string, AnyActorRef][] {
  const children = snapshot.children as Readonly<Record<string, AnyActorRef | undefined>>;
  return Object.entries(children).filter((entry): entry is [string, AnyActorRef] => !!entry[1]);
}

/** Whether an actor runs a statechart. */
export function isChart(ref: unknown): ref is AnyActorRef {
  return 'root' in (ref as { logic: object }).logic;
}
