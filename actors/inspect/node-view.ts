/**
 * The full state of a node, kept up to date by the events of its stream: the same code in the node,
 * which sends it to whoever comes late, and in the page, which goes on from there.
 */
import type { LogIndex } from '../../machines/messages.ts';
import type { ActorPath, ActorState, NodeEvent, NodeState } from './events.ts';

/** A node's state, kept up to date by its events. */
export class NodeView {
  /** The last event that this view knows of. */
  seq: number;
  appliedIndex: LogIndex;
  readonly actors: Map<ActorPath, ActorState>;

  constructor(state: NodeState = { seq: 0, appliedIndex: 0, actors: {} }) {
    this.seq = state.seq;
    this.appliedIndex = state.appliedIndex;
    this.actors = new Map(Object.entries(state.actors));
  }

  /** Takes in the next event; what it says of an actor replaces what was known. */
  apply(event: NodeEvent): void {
    this.seq = event.seq;
    switch (event.type) {
      case 'actor.started': {
        const { actor, parent, machine, value, digest, timers } = event;
        this.actors.set(actor, { parent, machine, value, digest, timers });
        break;
      }
      case 'actor.stopped':
        this.actors.delete(event.actor);
        break;
      case 'step':
        if (event.value !== undefined) this.#change(event.actor, { value: event.value });
        // A timer that fired is armed no more.
        this.#disarm(event.actor, [event.cause.type]);
        break;
      case 'timers':
        this.#disarm(event.actor, event.cancelled);
        this.#arm(event);
        break;
      case 'digest':
        this.#change(event.actor, {
          digest: event.digest,
          ...(event.value === undefined ? {} : { value: event.value }),
        });
        break;
      case 'log.applied':
        this.appliedIndex = event.index;
        break;
      case 'message.sent':
      case 'message.received':
      case 'log.appended':
      case 'log.truncated':
      case 'log.persisted':
      case 'log.committed':
      case 'counted':
      case 'process':
        break; // Told once; the server's digest says what came of it.
    }
  }

  /** As plain data. */
  state(): NodeState {
    const { seq, appliedIndex, actors } = this;
    return { seq, appliedIndex, actors: Object.fromEntries(actors) };
  }

  #arm({ actor, armed }: Extract<NodeEvent, { type: 'timers' }>): void {
    const timers = this.actors.get(actor)?.timers ?? [];
    const others = timers.filter(({ id }) => !armed.some((timer) => timer.id === id));
    if (armed.length > 0) this.#change(actor, { timers: [...others, ...armed] });
  }

  #disarm(actor: ActorPath, ids: readonly string[]): void {
    const timers = this.actors.get(actor)?.timers ?? [];
    const left = timers.filter(({ id }) => !ids.includes(id));
    if (left.length < timers.length) this.#change(actor, { timers: left });
  }

  #change(actor: ActorPath, change: Partial<ActorState>): void {
    const known = this.actors.get(actor);
    if (known !== undefined) this.actors.set(actor, { ...known, ...change });
  }
}
