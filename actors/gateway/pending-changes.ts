/**
 * The gateway's questions about members: who takes part, and the changes that operators ask for
 * (§6).
 *
 * Which change is allowed when is the chart's; here is what it cannot know: ids that were used
 * before, and what to tell the asker. A change is answered when it is committed.
 */
import type { Reply, ServerEvent } from '../../machines/events.ts';
import type { LogIndex, ServerId } from '../../machines/messages.ts';
import type {
  ChangeRequest,
  ClientRequest,
  LeaderHint,
  MembersRequest,
} from '../../transport/client-protocol.ts';
import { addressesOf, type Members } from '../configuration-book.ts';
import {
  changeLost,
  changeRefused,
  fail,
  idReused,
  notLeader,
  overloaded,
  stopping,
  type Asker,
} from '../failures.ts';

/** Changes that wait for an answer: all but one are refused in the same step. */
const maxPendingChanges = 64;

export type ChangeEvent = Extract<ServerEvent, { type: 'admin.changeMembers' }>;

/** What the gateway asks of its server. */
export interface Membership {
  readonly members: Members;
  readonly commitIndex: LogIndex;
  /** This server leads, as far as it knows. */
  readonly leads: boolean;
  readonly leader: ServerId | null;
}

export class PendingChanges {
  readonly #membership: Membership;
  readonly #send: (event: ChangeEvent) => void;
  readonly #byBatch = new Map<number, Asker>();

  constructor(membership: Membership, send: (event: ChangeEvent) => void) {
    this.#membership = membership;
    this.#send = send;
  }

  /** Who takes part; only a leader's word for it is worth acting upon. */
  list({ id }: MembersRequest, asker: Asker, leader: LeaderHint | null): void {
    if (!this.#membership.leads) fail(asker, notLeader(leader));
    else asker.respond({ id, ok: true, ...this.#answer() });
  }

  /** Hands a change to the chart as `batch`, unless it names an id that was used before. */
  ask(batch: number, request: ChangeRequest, asker: Asker): void {
    const { voters, learners, removed, expected, addresses } = request;
    const { entry } = this.#membership.members;
    const known = addressesOf(entry);
    const used = [...voters, ...learners].find((id) => entry.removed.includes(id));
    if (used !== undefined) {
      fail(asker, idReused(used));
    } else if (this.#byBatch.size >= maxPendingChanges) {
      fail(asker, overloaded(`${maxPendingChanges} changes of members wait`));
    } else {
      const moved = Object.keys(addresses).filter(
        (id) => Object.hasOwn(known, id) && known[id] !== addresses[id],
      );
      this.#byBatch.set(batch, asker);
      const change = { voters, learners, removed, moved };
      this.#send({ type: 'admin.changeMembers', batch, expected, change, payload: addresses });
    }
  }

  /** The chart's answer to a change, or another batch's. */
  reply(reply: Extract<Reply, { kind: 'changed' | 'unchanged' }>): void {
    const asker = this.#byBatch.get(reply.batch);
    if (asker === undefined) return;
    this.#byBatch.delete(reply.batch);
    if (reply.kind === 'unchanged') fail(asker, changeRefused(reply.code, reply.server));
    // The chart answers within the step that commits.
    else asker.respond({ id: asker.id, ok: true, ...this.#answer(reply.index) });
  }

  /** Whether the batch was a change: this server does not lead. */
  refused(batch: number, leader: LeaderHint | null): boolean {
    const asker = this.#byBatch.get(batch);
    if (asker !== undefined) fail(asker, notLeader(leader));
    return this.#byBatch.delete(batch);
  }

  /** Leadership ended: what was appended may yet be committed. */
  abandoned(leader: LeaderHint | null): void {
    for (const asker of this.#all()) fail(asker, changeLost(leader));
  }

  stop(): void {
    for (const asker of this.#all()) fail(asker, stopping('unknown'));
  }

  #all(): Asker[] {
    const all = [...this.#byBatch.values()];
    this.#byBatch.clear();
    return all;
  }

  #answer(committedIndex = this.#membership.commitIndex) {
    const { members } = this.#membership;
    const { voters, outgoing, learners, removed, next } = members.entry;
    const { index } = members;
    const committed = index <= committedIndex;
    const { leader } = this.#membership;
    const change = next === undefined ? {} : { next };
    return { index, result: { committed, leader, voters, outgoing, learners, removed, ...change } };
  }
}

/** Requests that are about members. */
export function isAboutMembers(request: ClientRequest): request is MembersRequest | ChangeRequest {
  return request.op === 'members' || request.op === 'change';
}
