/**
 * What a leader does to change who takes part (§6, thesis §4): the entries that it appends, the
 * replicators that come and go with them, and what it tells whoever asked. How it waits for servers that
 * join is catching-up.ts.
 *
 * A configuration is in force as soon as it is in the log, and the log alone says which; so nothing
 * here has to be undone when a leader loses its term. Which change leads where is rules/membership.ts.
 */
import { expectEvent } from '../expect-event.ts';
import type { ChangeDelay, Persist, Reply } from '../events.ts';
import { append, configurationOf } from '../log.ts';
import type { Configuration, Payload, ServerId } from '../messages.ts';
import { named } from '../named.ts';
import { isJoint, isVoter, jointOf, leaveJoint, planChange } from '../rules/membership.ts';
import { otherMembers, type PendingChange, type ServerContext } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { nothingKnown, ownTermCommitted, replicatorOf, tellReplicators } from './leading.ts';

const changeOf = (event: Args['event']) => expectEvent(event, 'admin.changeMembers');
const planOf = ({ context, event }: Args) =>
  planChange(configurationOf(context.log), changeOf(event).change);

/** The change that an effect is about; the state says that there is one. */
export function pending({ change }: ServerContext): PendingChange {
  if (change === null) throw new Error('no change is under way');
  return change;
}

// Guards.

/** The asker's change is one of another configuration than this: what it meant may be wrong now. */
export const isOutdated = ({ context, event }: Args) =>
  changeOf(event).expected !== configurationOf(context.log).index;

export const isImpossible = (args: Args) => planOf(args).kind === 'refused';
export const isDone = (args: Args) => planOf(args).kind === 'done';
export const isPlain = (args: Args) => planOf(args).kind === 'plain';

/** Voters join: as learners they catch up first, and the log says what is to follow. */
export const awaitsLearners = (args: Args) => {
  const plan = planOf(args);
  return plan.kind === 'joint' && plan.joining.length > 0;
};

/** The newest configuration is committed; only then may another one follow. */
export const settled = ({ context }: Args) =>
  context.commitIndex >= configurationOf(context.log).index;

/** Thesis §4.2.2: a leader that is no voter any more steps down once that is committed. */
export const settledWithoutSelf = (args: Args) =>
  settled(args) && !isVoter(configurationOf(args.context.log), args.context.id);

/** An old leader may have stopped half-way: whoever follows it goes on. */
export const inheritsJoint = (args: Args) =>
  ownTermCommitted(args) && isJoint(configurationOf(args.context.log));

/** It was elected to finish the change that leaves it out, since nobody else could be. */
export const inheritsOwnRemoval = (args: Args) =>
  ownTermCommitted(args) && settledWithoutSelf(args);

// What is appended.

export function appended(context: ServerContext, next: Configuration): Partial<ServerContext> {
  const index = context.log.lastIndex + 1;
  const runs = [{ firstIndex: index, term: context.currentTerm }];
  const log = append(context.log, runs, index, [{ ...next, index }]);
  return { log, writes: context.writes + 1 };
}

export const takeChange = named(
  'takeChange',
  server.assign((args) => {
    const plan = planOf(args);
    if (plan.kind === 'refused' || plan.kind === 'done') throw new Error('nothing to do');
    const joining = plan.kind === 'joint' ? plan.joining : [];
    const { batch } = changeOf(args.event);
    return {
      change: { batch, target: plan.target, joining, goal: 0 },
      peers: givenTime(args.context.peers, joining),
    };
  }),
);

/** Silence before this change is not held against it: it may just have been started. */
function givenTime(peers: ServerContext['peers'], joining: readonly ServerId[]) {
  return Object.fromEntries(
    Object.entries(peers).map(([id, known]) => [
      id,
      joining.includes(id) ? { ...known, missedChecks: 0 } : known,
    ]),
  );
}

const appendLearners = named(
  'appendLearners',
  server.assign((args) => {
    const plan = planOf(args);
    if (plan.kind !== 'joint') throw new Error('nobody joins');
    return appended(args.context, plan.first);
  }),
);

/** §6: "it stores the configuration for joint consensus (C_old,new) as a log entry". */
const appendJoint = named(
  'appendJoint',
  server.assign(({ context }) =>
    appended(context, jointOf(configurationOf(context.log), pending(context).target)),
  ),
);

const appendTarget = named(
  'appendTarget',
  server.assign(({ context }) => appended(context, pending(context).target)),
);

const appendNew = named(
  'appendNew',
  server.assign(({ context }) => appended(context, leaveJoint(configurationOf(context.log)))),
);

const addressesIn = (event: Args['event']): Payload =>
  event.type === 'admin.changeMembers' ? event.payload : null;

const configuration = named('configuration', ({ context, event }: Args): Persist => ({
  kind: 'configuration',
  write: context.writes,
  term: context.currentTerm,
  configuration: configurationOf(context.log),
  payload: addressesIn(event),
}));

const spawnNewcomers = named(
  'spawnNewcomers',
  server.enqueueActions(({ context, enqueue }) => {
    const { id, log, commitIndex, round, window, currentTerm: term } = context;
    for (const peer of otherMembers(context)) {
      if (Object.hasOwn(context.peers, peer)) continue;
      const input = { id, peer, term, log, commitIndex, round, window };
      enqueue.spawnChild('replicator', { id: replicatorOf(peer), input });
    }
  }),
);

const noteNewcomers = named(
  'noteNewcomers',
  server.assign(({ context }) => {
    const known: ServerContext['peers'] = Object.fromEntries(
      otherMembers(context).map((peer) => [peer, context.peers[peer] ?? nothingKnown]),
    );
    return { peers: { ...context.peers, ...known } };
  }),
);

export const inForce = [
  { type: 'persist', params: configuration },
  spawnNewcomers,
  noteNewcomers,
  tellReplicators,
] as const;

export const addLearners = [appendLearners, ...inForce] as const;
export const enterJoint = [appendJoint, ...inForce] as const;
export const changePlainly = [appendTarget, ...inForce] as const;
export const enterNew = [appendNew, ...inForce] as const;

// Who left.

const leavers = (context: ServerContext) => {
  const members = otherMembers(context);
  return Object.keys(context.peers).filter((peer) => !members.includes(peer));
};

/** They are sent the log until C_new is committed, and told of that: so they know, and keep still. */
const dismissLeavers = named(
  'dismissLeavers',
  server.enqueueActions(({ context, enqueue }) => {
    for (const peer of leavers(context)) {
      enqueue.sendTo(replicatorOf(peer), { type: 'leader.confirming', round: context.round });
      enqueue.stopChild(replicatorOf(peer));
    }
  }),
);

const forgetLeavers = named(
  'forgetLeavers',
  server.assign(({ context }) => {
    const gone = leavers(context);
    const stay = Object.entries(context.peers).filter(([peer]) => !gone.includes(peer));
    return { peers: Object.fromEntries(stay) };
  }),
);

export const forgetChange = named('forgetChange', server.assign({ change: null }));

// What the asker is told.

/** An inherited change has no asker here. */
const answerChange = named(
  'answerChange',
  server.enqueueActions(({ context, enqueue }) => {
    const batch = context.change?.batch ?? null;
    if (batch === null) return;
    const { index } = configurationOf(context.log);
    enqueue({ type: 'reply', params: { kind: 'changed', batch, index } });
  }),
);

const nothingToDo = named('nothingToDo', ({ context, event }: Args): Reply => ({
  kind: 'changed',
  batch: changeOf(event).batch,
  index: configurationOf(context.log).index,
}));

const impossible = named('impossible', (args: Args): Reply => {
  const plan = planOf(args);
  if (plan.kind !== 'refused') throw new Error('the change is possible');
  const { code, server: about } = plan;
  return { kind: 'unchanged', batch: changeOf(args.event).batch, code, server: about };
});

const delayed = (name: string, code: ChangeDelay) =>
  named(name, ({ event }: Args): Reply => ({
    kind: 'unchanged',
    batch: changeOf(event).batch,
    code,
    server: null,
  }));

export const finishChange = [answerChange, forgetChange, dismissLeavers, forgetLeavers] as const;
export const confirmChange = { type: 'reply', params: nothingToDo } as const;
export const refuseChange = { type: 'reply', params: impossible } as const;
export const refuseOutdated = {
  type: 'reply',
  params: delayed('outdated', 'ERR_CONFIGURATION_CHANGED'),
} as const;
export const refuseMeanwhile = {
  type: 'reply',
  params: delayed('inProgress', 'ERR_CHANGE_IN_PROGRESS'),
} as const;
