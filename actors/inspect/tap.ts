/**
 * Listens in on actor systems: who starts and stops, what is heard, what steps are taken. It adds
 * the names that are unique in a cluster, where XState's own count up in each process.
 *
 * What a system reports goes through one function of it; ours stands in front. XState's own way in,
 * `system.inspect`, copies each report for each listener, and a loaded server makes tens of thousands
 * a second. A listener that throws must not take the server with it, as XState would have it: it is
 * let go of, and told so once.
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
  /** How many are attached. */
  readonly attachedCount: number;
  /**
   * Tells the microsteps of all charts, present and to come, for as long as they live, and nothing
   * else: for what listens always. `listener` must not throw.
   */
  hearSteps(listener: StepListener): void;
}

export type StepListener = (step: InspectedMicrostepEvent) => void;

interface Listeners {
  readonly steps: StepListener[];
  readonly attached: Set<Attachment>;
}

export function createTap(): Tap {
  const roots: AnyActorRef[] = [];
  const listeners: Listeners = { steps: [], attached: new Set() };
  const { steps, attached } = listeners;
  return {
    get attachedCount() {
      return attached.size;
    },
    hearSteps(listener) {
      steps.push(listener);
    },
    add(root) {
      roots.push(root);
      // Connections come and go; those that are gone are nobody's to report.
      const forget = (): void => void roots.splice(roots.indexOf(root), 1);
      // XState throws what an actor threw into the process while anyone listens for less than errors.
      root.subscribe({ complete: forget, error: forget });
      listenIn(root, listeners);
      for (const attachment of attached) attachment.report(root);
    },
    attach(listener) {
      const attachment = new Attachment(listener, () => void attached.delete(attachment));
      for (const root of roots) attachment.report(root);
      if (!attachment.ended) attached.add(attachment);
      return () => attachment.end();
    },
  };
}

class Attachment {
  readonly #listener: TapListener;
  readonly #onEnd: () => void;
  ended = false;

  constructor(listener: TapListener, onEnd: () => void) {
    this.#listener = listener;
    this.#onEnd = onEnd;
  }

  hear(event: InspectionEvent): void {
    if (this.ended) return;
    try {
      this.#listener.happened(event);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Tells that it and its children run. */
  report(root: AnyActorRef): void {
    if (this.ended) return;
    try {
      this.#report(root);
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    this.ended = true;
    this.#onEnd();
  }

  #report(ref: AnyActorRef): void {
    if (!isChart(ref) || snapshotOf(ref).status !== 'active') return;
    this.#listener.running(ref);
    for (const [, child] of childrenOf(snapshotOf(ref))) this.#report(child);
  }

  #fail(error: unknown): void {
    this.end();
    this.#listener.failed(error);
  }
}

/** One system's way out to listeners, present and to come. */
function listenIn({ system }: AnyActorRef, listeners: Listeners): void {
  const inspected = system as unknown as { _sendInspectionEvent: (event: InspectionEvent) => void };
  const pass = inspected._sendInspectionEvent;
  inspected._sendInspectionEvent = (event) => {
    if (event.type === '@xstate.microstep') for (const hear of listeners.steps) hear(event);
    for (const attachment of listeners.attached) attachment.hear(event);
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
