/**
 * The client's methods about members: who takes part, and changes of that (§6).
 *
 * Each change is compared with the members as they were when it was decided on (a compare-and-set),
 * so one that lost a race is decided anew; one that is so already has succeeded.
 */
import { StatecraftError } from '../errors.ts';
import type * as api from './api.ts';
import type { CallOptions } from './call-options.ts';
import type { Call } from './request.ts';
import type { KvOptions } from './kv.ts';

/** Changes that may come between, before it is given up. */
const maxRaces = 10;

type Change = Omit<Extract<Call, { op: 'change' }>, 'op' | 'expected'>;
const nobody: Change = { voters: [], learners: [], removed: [], addresses: {} };

export function memberMethods({
  ask,
}: Pick<KvOptions, 'ask'>): Pick<
  api.Client,
  'members' | 'memberAdd' | 'memberPromote' | 'memberRemove' | 'memberReplace'
> {
  async function members(options: CallOptions = {}): Promise<api.Members> {
    const { index, result } = await ask({ op: 'members' }, options);
    return { index, ...(result as unknown as Omit<api.Members, 'index'>) };
  }

  /** `decide` gives null when all is as it should be. */
  async function change(
    decide: (now: api.Members) => Change | null,
    options: CallOptions,
  ): Promise<api.Members> {
    for (let races = 0; ; races += 1) {
      const now = await members(options);
      const wanted = decide(now);
      if (wanted === null) return now;
      try {
        const call = { op: 'change' as const, expected: now.index, ...wanted };
        const { index, result } = await ask(call, options);
        return { index, ...(result as unknown as Omit<api.Members, 'index'>) };
      } catch (error) {
        const lost = error instanceof StatecraftError && error.code === 'ERR_CONFIGURATION_CHANGED';
        if (!lost || races >= maxRaces) throw error;
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

function unknownMember(id: string): StatecraftError {
  return new StatecraftError('ERR_UNKNOWN_MEMBER', `${id} is no member. List the members.`);
}
