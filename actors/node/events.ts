/**
 * The events of a node: what changed in its server, told after the step that changed it.
 *
 * A listener runs in the turn of the server, so it should be short; one that throws ends the process,
 * as with any emitter, and takes nothing from the server's state. What is true now, without waiting
 * for a change, is in `node.status()`.
 */
import type { EventEmitter } from 'node:events';
import type { Fault, Trust } from '../../machines/events.ts';
import type { LogIndex, ServerId, Term } from '../../machines/messages.ts';
import type { Logger } from './options.ts';
import { roleOf, stateOf, type Role } from './status.ts';
import type { ServerRef } from '../server.actor.ts';
import { followServer } from './follow-server.ts';

/**
 * Who leads, as this server has heard. For a moment two servers may believe that they lead, so what
 * only one may do needs a compare-and-set, or `term` as its fencing token, as well.
 */
export interface LeaderEvent {
  /** null: nobody is known to lead. */
  readonly id: ServerId | null;
  /** Terms only grow, and one has one leader at most. */
  readonly term: Term;
}

/** What this server is, in the words of `status()`. */
export interface StateEvent {
  /** The outermost state. */
  readonly role: Role;
  /** The role with its inner states, `follower.fresh`. */
  readonly state: string;
  /** `doubtful`: it does not vote until a leader has confirmed its log. */
  readonly trust: Trust;
  /** Its currentTerm. */
  readonly term: Term;
}

/** The commit index, as this server knows it. */
export interface CommitEvent {
  /** Log index: every entry through here is committed, and is applied soon. */
  readonly index: LogIndex;
}

/** The server goes on without what it meant to do: a snapshot was given up, the log is whole. */
export interface WarningEvent {
  /** ERR_STORAGE_FULL, or ERR_SNAPSHOT_CORRUPT of a snapshot that a leader sent. */
  readonly code: string;
  /** What happened. */
  readonly message: string;
}

/** This server was removed, and that is committed. It counts for nothing; stop it for good. */
export interface RemovedEvent {
  /** What happened, and what to do. */
  readonly message: string;
}

/** The events by name, for `node.on` and for `once` and `on` of `node:events`. */
export interface NodeEvents {
  /** The leader or the term changed. */
  leader: [LeaderEvent];
  /** The role, its inner state or the trust changed. */
  state: [StateEvent];
  /** The commit index grew; once for all that one step committed. */
  commit: [CommitEvent];
  /** A snapshot was given up; it is tried again later. */
  warning: [WarningEvent];
  /** This server is no member any more, and never will be again. Told once. */
  removed: [RemovedEvent];
}

/** Tells `events` what changes in `server`, from now until that stops. */
export function tellChanges(server: ServerRef, events: EventEmitter<NodeEvents>): void {
  let before = factsOf(server.getSnapshot());
  followServer(server, (snapshot) => {
    const last = before;
    const { leader, state, commit } = (before = factsOf(snapshot));
    // The state first: whoever hears that this server leads finds it so.
    if (state.state !== last.state.state || state.trust !== last.state.trust) {
      events.emit('state', state);
    }
    if (leader.id !== last.leader.id || leader.term !== last.leader.term) {
      events.emit('leader', leader);
    }
    if (commit.index > last.commit.index) events.emit('commit', commit);
  });
}

/** Of what the server survives: a line of the log, and an event. */
export function tellWarning(
  { code, message }: Fault,
  events: EventEmitter<NodeEvents>,
  logger: Logger,
): void {
  logger.warn({ code, message }, 'gave up a snapshot');
  events.emit('warning', { code, message });
}

/** A line of the log for each change of role. */
export function logRoles(events: EventEmitter<NodeEvents>, logger: Logger): void {
  let from: Role = 'recovering';
  events.on('state', ({ role, term }) => {
    if (role === from) return;
    logger.info({ role, term, from }, 'role');
    from = role;
  });
}

function factsOf({ value, context }: ReturnType<ServerRef['getSnapshot']>) {
  const { currentTerm: term, leader, commitIndex } = context;
  const state: StateEvent = {
    role: roleOf(value),
    state: stateOf(value),
    trust: value.trust,
    term,
  };
  return { leader: { id: leader, term }, state, commit: { index: commitIndex } };
}
