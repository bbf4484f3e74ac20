/**
 * Leadership transfer (thesis §3.10): the leader stops taking commands, lets one voter catch up and
 * tells it to campaign at once. A deadline always ends it, and the leader then leads on.
 *
 * Commands that come meanwhile are held, not refused: their clients wait as long as an election
 * would take, and no write fails. What was taken before is committed before the target is told.
 */
import { expectEvent } from '../expect-event.ts';
import type { Reply, Send, TransferFailure } from '../events.ts';
import { ignore } from '../ignore.ts';
import { configurationOf } from '../log.ts';
import { named } from '../named.ts';
import { transferTarget } from '../rules/transfer.ts';
import type { Progress, Transfer } from '../server.context.ts';
import { server, type Args } from '../server.setup.ts';
import { nothingKnown, proposeCommands } from './leading.ts';
import { isNoVoter } from './voting.ts';

/** Thesis §4.2.3: a vote request that the leader did not ask for would only disturb it. */
export const isDisruptive = ({ event }: Args) =>
  !expectEvent(event, 'rpc.requestVote').leadershipTransfer;

const batchOf = (event: Args['event']) => expectEvent(event, 'admin.transfer').batch;

/**
 * Since the last quorum check, or in all of the time before it: right after a check nobody has been
 * heard, and who was stopped long ago must not be taken for who is about to answer.
 */
const answersLately = ({ heard, matchIndex, missedChecks }: Progress): boolean =>
  heard || (matchIndex > 0 && missedChecks === 0);

function targetOf({ context, event }: Args) {
  // §6: of a joint configuration only the new voters; the old ones may be on their way out.
  const heirs = configurationOf(context.log)
    .voters.filter((id) => id !== context.id)
    .map((id) => {
      const known = context.peers[id] ?? nothingKnown;
      return { id, matchIndex: known.matchIndex, heard: answersLately(known) };
    });
  return transferTarget(heirs, expectEvent(event, 'admin.transfer').target);
}

function transferOf({ context }: Pick<Args, 'context'>): Transfer {
  if (context.transfer === null) throw new Error('no transfer is on its way');
  return context.transfer;
}

const isOwnId = ({ context, event }: Args) =>
  expectEvent(event, 'admin.transfer').target === context.id;
const hasHeir = (args: Args) => targetOf(args) !== null;

const noteTarget = named(
  'noteTarget',
  server.assign((args) => {
    const target = targetOf(args);
    if (target === null) throw new Error('nobody may take over');
    return { transfer: { batch: batchOf(args.event), target, handed: false } };
  }),
);

const noteHanded = named(
  'noteHanded',
  server.assign(({ context }) => ({ transfer: { ...transferOf({ context }), handed: true } })),
);

/**
 * Everything is committed and the target has it: it will win, and nobody's command stays in doubt.
 * Nothing is appended meanwhile, so this comes.
 */
const isCaughtUp = ({ context }: Args) => {
  const { lastIndex } = context.log;
  const { matchIndex = 0 } = context.peers[transferOf({ context }).target] ?? {};
  return matchIndex === lastIndex && context.commitIndex === lastIndex;
};

const timeoutNow = named('timeoutNow', ({ context }: Args): Send => ({
  after: 'term',
  messages: [
    {
      type: 'rpc.timeoutNow',
      from: context.id,
      to: transferOf({ context }).target,
      term: context.currentTerm,
    },
  ],
}));

const isByTarget = ({ context, event }: Args) =>
  expectEvent(event, 'current.timeoutNowReply').from === transferOf({ context }).target;

const held = named('held', ({ event }: Args): Reply => ({
  kind: 'held',
  batch: expectEvent(event, 'client.command').batch,
}));

/** Asked again, of the server to which leadership has been handed over. */
const leads = named('leads', ({ context, event }: Args): Reply => {
  return { kind: 'leads', batch: batchOf(event), target: context.id };
});

const refusal = (name: string, why: TransferFailure) =>
  named(name, ({ event }: Args): Reply => ({ kind: 'notTransferred', batch: batchOf(event), why }));

const failure = (name: string, why: TransferFailure) =>
  named(name, ({ context }: Args): Reply => {
    const { batch } = transferOf({ context });
    return { kind: 'notTransferred', batch, why };
  });

const resumed = named('resumed', (): Reply => ({ kind: 'resumed' }));
const forgetTransfer = named('forgetTransfer', server.assign({ transfer: null }));
const leadOn = [forgetTransfer, { type: 'reply', params: resumed }] as const;
const noHeir = { type: 'reply', params: refusal('noHeir', 'target') } as const;
const oneAtATime = { type: 'reply', params: refusal('oneTransferAtATime', 'busy') } as const;
const tooLate = { type: 'reply', params: failure('tooLate', 'deadline') } as const;
const turnedDown = { type: 'reply', params: failure('turnedDown', 'refused') } as const;

/** A region of the leader. */
export const transfer = server.createStateConfig({
  initial: 'none',
  states: {
    none: {
      on: {
        'client.command': { actions: proposeCommands },
        'admin.transfer': [
          { guard: isOwnId, actions: { type: 'reply', params: leads } },
          { guard: hasHeir, target: 'transferring', actions: noteTarget },
          { actions: noHeir },
        ],
        ...ignore('current.timeoutNowReply'),
      },
    },
    transferring: {
      description: 'Thesis §3.10: no new commands, until another leads or time is up.',
      initial: 'catchingUp',
      after: {
        transferDeadline: { target: 'none', actions: [tooLate, ...leadOn] },
      },
      on: {
        'client.command': { actions: { type: 'reply', params: held } },
        'admin.transfer': { actions: oneAtATime },
      },
      states: {
        catchingUp: {
          description: 'The target lacks entries, or some are not committed yet.',
          always: { guard: isCaughtUp, target: 'handing' },
          on: { ...ignore('current.timeoutNowReply') },
        },
        handing: {
          description: 'The target was told to campaign: its higher term ends this leadership.',
          entry: [noteHanded, { type: 'send', params: timeoutNow }],
          on: {
            'current.timeoutNowReply': [
              {
                guard: isByTarget,
                target: '#server.role.leader.transfer.none',
                actions: [turnedDown, ...leadOn],
              },
              {},
            ],
          },
        },
      },
    },
  },
});

const refused = named('timeoutNowRefused', ({ context, event }: Args): Send => ({
  after: 'term',
  messages: [
    {
      type: 'rpc.timeoutNowReply',
      from: context.id,
      to: expectEvent(event, 'current.timeoutNow').from,
      term: context.currentTerm,
    },
  ],
}));
const turnDown = { type: 'send', params: refused } as const;

/** Thesis §3.10: the target campaigns at once; asking for pre-votes first would gain nothing. */
export const answerTimeoutNow = [
  { guard: 'isDoubtful', actions: turnDown },
  { guard: isNoVoter, actions: turnDown },
  { target: '#server.role.candidate' },
] as const;
