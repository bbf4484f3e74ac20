/**
 * A leader's view of one peer (§5.3, etcd's Progress as the statechart that it is).
 *
 * `probe` looks for the point where the logs agree, one empty AppendEntries at a time; `replicate`
 * keeps a window of frames in flight. Beside it the pulse: a heartbeat is an empty AppendEntries
 * behind the last frame sent, so that its refusal also finds what got lost. No other timer is needed.
 * The `sendAppend` slot reads the entries, cuts the frame at a byte bound and reports `peer.sent`.
 */
import { setup } from 'xstate';
import type { AppendEntries } from './messages.ts';
import {
  initialProgress,
  type ReplicatorContext,
  type ReplicatorEvent,
  type ReplicatorInput,
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

/** A leader's view of one peer: probing, replicating. */
export const replicatorMachine = setup({
  types: {
    context: {} as ReplicatorContext,
    events: {} as ReplicatorEvent,
    input: {} as ReplicatorInput,
  },
  actions: {
    /** Sends one AppendEntries, with as many of the entries asked for as fit. */
    sendAppend: (_, _message: AppendEntries) => undefined,
  },
  delays: { heartbeat: 50 },
}).createMachine({
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
          on: {
            'current.appendEntriesReply': [
              { guard: accepted, target: 'replicate', actions: [noteMatch, reportMatch] },
              { guard: compacted, target: 'snapshot', actions: backUp },
              { guard: refused, target: 'probe', reenter: true, actions: backUp },
              {},
            ],
            'peer.sent': {},
          },
        },
        replicate: {
          description: 'The logs agree up to matchIndex; frames are in flight behind it.',
          initial: 'waiting',
          on: {
            'current.appendEntriesReply': [
              { guard: accepted, actions: [noteMatch, reportMatch] },
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
        snapshot: {
          description: 'What the peer needs was compacted (§7): its place is kept.',
          on: {
            'current.appendEntriesReply': [
              { guard: accepted, target: 'probe', actions: [noteMatch, reportMatch] },
              {},
            ],
            'peer.sent': {},
          },
        },
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
