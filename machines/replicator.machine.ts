/**
 * A leader's view of one peer (§5.3, etcd's Progress as the statechart that it is).
 *
 * `probe` looks for the point where the logs agree, one empty AppendEntries at a time; `replicate`
 * keeps a window of frames in flight; `snapshot` gives the peer what the log no longer has
 * (replicator.transfer.ts). Beside it the pulse: a heartbeat is an empty AppendEntries
 * behind the last frame sent, so that its refusal also finds what got lost. No other timer is needed.
 * The `sendAppend` slot reads the entries, cuts the frame at a byte bound and reports `peer.sent`.
 */
import { setup } from 'xstate';
import { ignore } from './ignore.ts';
import type { AppendEntries, ServerId } from './messages.ts';
import { named } from './named.ts';
import {
  initialProgress,
  type ReplicatorContext,
  type ReplicatorEvent,
  type ReplicatorInput,
  type SendChunk,
} from './replicator.context.ts';
import {
  accepted,
  backUp,
  canSend,
  compacted,
  entriesAhead,
  heartbeat,
  noteAdvance,
  noteMatch,
  noteRound,
  noteSent,
  refused,
  reportMatch,
} from './replicator.actions.ts';
import {
  canSendChunk,
  continueBehind,
  hasInstalled,
  hasProgressed,
  hasWhatIsGone,
  isNextChunk,
  needsSnapshot,
  nextChunk,
  noteChunkAcked,
  noteChunkSent,
  pin,
  reportPinned,
  resumeThere,
  saysWhere,
  unpin,
  whereAreYou,
} from './replicator.transfer.ts';

/** Whom a slot is about; exported because declarations of the charts name it. */
export interface ToPeer {
  readonly peer: ServerId;
}

/** What only a transfer of a snapshot brings. */
const ofTransfers = ['current.installSnapshotReply', 'peer.snapshot', 'peer.chunkSent'] as const;

const replicator = setup({
  types: {
    context: {} as ReplicatorContext,
    events: {} as ReplicatorEvent,
    input: {} as ReplicatorInput,
  },
  actions: {
    /** Sends one AppendEntries, with as many of the entries asked for as fit. */
    sendAppend: (_, _message: AppendEntries) => undefined,
    /** Keeps the newest snapshot open for this peer, and reports which it is. */
    openSnapshot: (_, _peer: ToPeer) => undefined,
    /** Sends one chunk, and reports how long it was; one that asks is not reported. */
    sendChunk: (_, _chunk: SendChunk) => undefined,
    closeSnapshot: (_, _peer: ToPeer) => undefined,
  },
  delays: {
    heartbeat: 50,
    /** How long a transfer may stand still before the peer is asked where it is. */
    chunkRetry: 1_000,
  },
});

const toPeer = named('toPeer', ({ context }: { context: ReplicatorContext }): ToPeer => {
  return { peer: context.peer };
});
const ask = { type: 'sendChunk', params: whereAreYou } as const;
const toBehind = { target: '#replicator.flow.probe', actions: continueBehind } as const;

const snapshot = replicator.createStateConfig({
  description: 'What the peer needs was compacted (§7): it is given a snapshot, in chunks.',
  entry: { type: 'openSnapshot', params: toPeer },
  exit: { type: 'closeSnapshot', params: toPeer },
  initial: 'opening',
  on: {
    'current.appendEntriesReply': [
      { guard: hasWhatIsGone, target: 'probe', actions: [unpin, noteMatch, reportMatch] },
      {},
    ],
    ...ignore('peer.sent'),
  },
  states: {
    opening: {
      after: { chunkRetry: '#replicator.flow.snapshot' },
      on: {
        'peer.snapshot': { target: 'asking', actions: [pin, reportPinned] },
        ...ignore('current.installSnapshotReply', 'peer.chunkSent'),
      },
    },
    asking: {
      description: 'How far is the peer with this snapshot? After a break it goes on from there.',
      entry: ask,
      after: { chunkRetry: { target: 'asking', reenter: true } },
      on: {
        'current.installSnapshotReply': [
          { guard: hasInstalled, ...toBehind },
          { guard: saysWhere, target: 'sending', actions: resumeThere },
          {},
        ],
        ...ignore('peer.snapshot', 'peer.chunkSent'),
      },
    },
    sending: {
      description: 'A window of chunks is in flight; no progress for a while: ask.',
      initial: 'waiting',
      after: { chunkRetry: 'asking' },
      on: { ...ignore('peer.snapshot') },
      states: {
        waiting: {
          always: { guard: canSendChunk, target: 'cutting' },
          on: {
            'current.installSnapshotReply': [
              { guard: hasInstalled, ...toBehind },
              {
                guard: hasProgressed,
                target: '#replicator.flow.snapshot.sending',
                reenter: true,
                actions: noteChunkAcked,
              },
              {},
            ],
            ...ignore('peer.chunkSent'),
          },
        },
        cutting: {
          description: 'The slot reads one chunk from the disk.',
          entry: { type: 'sendChunk', params: nextChunk },
          on: {
            'current.installSnapshotReply': [
              { guard: hasInstalled, ...toBehind },
              { guard: hasProgressed, actions: noteChunkAcked },
              {},
            ],
            'peer.chunkSent': [
              { guard: isNextChunk, target: 'waiting', actions: noteChunkSent },
              {},
            ],
          },
        },
      },
    },
  },
});

/** A leader's view of one peer: probing, replicating, giving it a snapshot. */
export const replicatorMachine = replicator.createMachine({
  id: 'replicator',
  context: ({ input }) => initialProgress(input),
  type: 'parallel',
  on: {
    'leader.advanced': { actions: noteAdvance },
  },
  states: {
    flow: {
      initial: 'probe',
      states: {
        probe: {
          description: 'Where do the logs agree? One question at a time.',
          entry: { type: 'sendAppend', params: heartbeat },
          always: { guard: needsSnapshot, target: 'snapshot' },
          on: {
            'current.appendEntriesReply': [
              { guard: accepted, target: 'replicate', actions: [noteMatch, reportMatch] },
              { guard: compacted, target: 'snapshot', actions: backUp },
              { guard: refused, target: 'probe', reenter: true, actions: backUp },
              {},
            ],
            ...ignore('peer.sent', ...ofTransfers),
          },
        },
        replicate: {
          description: 'The logs agree up to matchIndex; frames are in flight behind it.',
          initial: 'waiting',
          always: { guard: needsSnapshot, target: 'snapshot' },
          on: {
            ...ignore(...ofTransfers),
            'current.appendEntriesReply': [
              { guard: accepted, actions: [noteMatch, reportMatch] },
              { guard: compacted, target: 'snapshot', actions: backUp },
              { guard: refused, target: 'probe', actions: backUp },
              {},
            ],
          },
          states: {
            waiting: {
              description: 'Nothing to send, or the window is full.',
              always: { guard: canSend, target: 'sending' },
              on: { 'peer.sent': {} },
            },
            sending: {
              description: 'The slot cuts one frame and says where.',
              entry: { type: 'sendAppend', params: entriesAhead },
              on: { 'peer.sent': { target: 'waiting', actions: noteSent } },
            },
          },
        },
        snapshot,
      },
    },
    pulse: {
      initial: 'beating',
      states: {
        beating: {
          after: {
            heartbeat: {
              target: 'beating',
              reenter: true,
              actions: { type: 'sendAppend', params: heartbeat },
            },
          },
          on: {
            'leader.confirming': {
              target: 'beating',
              reenter: true,
              actions: [noteRound, { type: 'sendAppend', params: heartbeat }],
            },
          },
        },
      },
    },
  },
  options: { maxIterations: 1_000 },
});
