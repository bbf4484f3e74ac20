/**
 * The client's methods about members: who takes part, and changes of that (§6).
 *
 * Each change is compared with the members as they were when it was decided on (a compare-and-set),
 * so one that lost a race is decided anew; one that is so already has succeeded, once that is settled.
 */
import { StatecraftError } from '../errors.ts';
import type * as api from './api.ts';
import type { CallOptions } from './call-options.ts';
import type { Call } from './request.ts';
import { deadlineOf } from './deadline.ts';
import { asUnknown } from './errors.ts';
import type { KvOptions } from './kv.ts';
import type { Clock } from '../ports.ts';

/** Changes that may come between, before it is given up. */
const maxRaces = 10;

type Change = Omit<Extract<Call, { op: 'change' }>, 'op' | 'expected'>;
/** Changes nothing; answered like any change when no other is under way. */
const nobody: Change = { voters: [], learners: [], removed: [], addresses: {} };

export interface MemberOptions extends Pick<KvOptions, 'ask'> {
  readonly clock: Clock;
  /** Milliseconds that a method may take whose caller does not say. */
  readonly defaultTimeoutMs: number;
}

export function memberMethods({
  ask,
  clock,
  defaultTimeoutMs,
}: MemberOptions): Pick<
  api.Client,
  'members' | 'memberAdd' | 'memberPromote' | 'memberRemove' | 'memberReplace'
> {
  async function members(options: CallOptions = {}): Promise<api.Members> {
    const { index, result } = await ask({ op: 'members' }, options);
    return { index, ...(result as unknown as Omit<api.Members, 'index'>) };
  }

  /** `decide` gives null when all is as it should be. One time for all questions together. */
  async function change(
    decide: (now: api.Members) => Change | null,
    { timeoutMs = defaultTimeoutMs, signal }: CallOptions,
  ): Promise<api.Members> {
    const deadline = deadlineOf(clock, { timeoutMs, signal });
    try {
      return await decided(decide, { timeoutMs, signal: deadline.signal });
    } finally {
      deadline.end();
    }
  }

  async function decided(
    decide: (now: api.Members) => Change | null,
    options: CallOptions,
  ): Promise<api.Members> {
    let mayHaveChanged = false;
    for (let races = 0; ; races += 1) {
      try {
        const now = await members(options);
        const wanted = decide(now);
        if (wanted === null && isSettled(now)) return now;
        const call = { op: 'change' as const, expected: now.index, ...(wanted ?? nobody) };
        const { index, result } = await ask(call, options);
        return { index, ...(result as unknown as Omit<api.Members, 'index'>) };
      } catch (error) {
        if (!(error instanceof StatecraftError)) throw error;
        // What came between may be its own earlier try, whose answer was lost.
        mayHaveChanged ||= error.outcome === 'unknown';
        if (error.code === 'ERR_CONFIGURATION_CHANGED' && races < maxRaces) continue;
        throw mayHaveChanged ? asUnknown(error, 'List the members before you ask again.') : error;
      }
    }
  }

  return {
    members,
    memberAdd: (id, peer, { learner = false, ...options } = {}) =>
      change(() => {
        const addresses = { [id]: peer };
        return learner
          ? { ...nobody, learners: [id], addresses }
          : { ...nobody, voters: [id], addresses };
      }, options),
    memberPromote: (id, options = {}) =>
      change(({ voters, learners }) => {
        if (Object.hasOwn(voters, id)) return null;
        if (!Object.hasOwn(learners, id)) throw unknownMember(id);
        return { ...nobody, voters: [id] };
      }, options),
    memberRemove: (id, options = {}) =>
      change(
        ({ removed }) => (removed.includes(id) ? null : { ...nobody, removed: [id] }),
        options,
      ),
    memberReplace: (old, id, peer, options = {}) =>
      change(({ voters, removed }) => {
        if (removed.includes(old) && Object.hasOwn(voters, id)) return null;
        return { ...nobody, voters: [id], removed: [old], addresses: { [id]: peer } };
      }, options),
  };
}

/** Until it is, a leader that falls may yet take it back. */
function isSettled({ committed, outgoing }: api.Members): boolean {
  return committed && Object.keys(outgoing).length === 0;
}

function unknownMember(id: string): StatecraftError {
  return new StatecraftError('ERR_UNKNOWN_MEMBER', `${id} is no member. List the members.`);
}
