/**
 * How a leader waits for servers that are to vote (thesis §4.2.1): until they have caught up, or are
 * given up. What is to follow is in the log beside the learners (`next`), so a leader that is elected
 * meanwhile waits on in the place of the one that was asked.
 *
 * Given up is given up: that is in the log, too, before the asker is told. Else a server that is
 * started weeks later might vote by a change that was said not to be made.
 */
import type { Reply } from '../events.ts';
import { configurationOf } from '../log.ts';
import type { ServerId } from '../messages.ts';
import { named } from '../named.ts';
import { promisedBy, silentAfterChecks, withoutPromise } from '../rules/membership.ts';
import type { ServerContext } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { ownTermCommitted } from './leading.ts';
import { appended, forgetChange, inForce, pending, settled } from './reconfiguring.ts';

const promiseOf = ({ log }: ServerContext) => promisedBy(configurationOf(log));

/** Another leader began a change, and who joins was still catching up. */
export const inheritsPromise = (args: Args) =>
  ownTermCommitted(args) && promiseOf(args.context) !== null;

/** The configuration that says what is to follow is committed, so another one may take that back. */
export const isPromised = (args: Args) => settled(args) && promiseOf(args.context) !== null;

/** Thesis §4.2.1: "if the last round lasts less than an election timeout, … add the new server". */
export const caughtUp = (args: Args) => {
  const { joining, goal } = pending(args.context);
  const { peers } = args.context;
  return settled(args) && joining.every((id) => (peers[id]?.matchIndex ?? 0) >= goal);
};

const isSilent = ({ peers }: ServerContext, id: ServerId) =>
  (peers[id]?.missedChecks ?? 0) >= silentAfterChecks;

/** Whoever is waited for has answered nothing for long: to wait on would only block other changes. */
export const newcomerIsSilent = ({ context }: Args) =>
  pending(context).joining.some((id) => isSilent(context, id));

/** Nobody waits here for the answer: who asked has heard that its leader was lost, and asks again. */
export const resumeChange = named(
  'resumeChange',
  server.assign(({ context }) => {
    const promised = promiseOf(context);
    if (promised === null) throw new Error('no change is to follow');
    return { change: { batch: null, ...promised, goal: 0 } };
  }),
);

/** Thesis §4.2.1: "each round replicates all the log entries present in the leader's log" then. */
export const startRound = named(
  'startCatchUpRound',
  server.assign(({ context }) => ({
    change: { ...pending(context), goal: context.log.lastIndex },
  })),
);

const appendWithdrawal = named(
  'appendWithdrawal',
  server.assign(({ context }) => appended(context, withoutPromise(configurationOf(context.log)))),
);

export const withdraw = [appendWithdrawal, ...inForce] as const;

const lagging = (context: ServerContext, batch: number): Reply => {
  const { joining, goal } = pending(context);
  const behind =
    joining.find((id) => isSilent(context, id)) ??
    joining.find((id) => (context.peers[id]?.matchIndex ?? 0) < goal);
  return { kind: 'unchanged', batch, code: 'ERR_NOT_CAUGHT_UP', server: behind ?? null };
};

const answerLagging = named(
  'answerLagging',
  server.enqueueActions(({ context, enqueue }) => {
    const { batch } = pending(context);
    if (batch !== null) enqueue({ type: 'reply', params: lagging(context, batch) });
  }),
);

export const endLapsed = [answerLagging, forgetChange] as const;
