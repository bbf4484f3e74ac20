/**
 * One outgoing connection to one peer: dial, shake hands, stay open, wait, dial again, for ever.
 *
 * A server sends on the connections it dialled and hears on those that its peers dialled, so a link
 * is one way. Waiting doubles with each attempt; only a link that stayed open for a while clears
 * the count, or a peer that accepts and drops us at once would be dialled in a tight loop. A peer
 * that has just dialled us is up, and waits for our answers: it is dialled back without further
 * waiting. Messages, addresses and deadlines belong to actors/links/links.ts, sockets to
 * transport/.
 */
import { assign, setup } from 'xstate';
import type { Fault } from './events.ts';
import type { ServerId } from './messages.ts';
import { named } from './named.ts';

/** What a link knows. */
export interface LinkContext {
  readonly peer: ServerId;
  /** Attempts since the link was last open for a while; what the back-off doubles with. */
  readonly attempts: number;
  /** Why the last connection ended; null while none has. */
  readonly lastError: Fault | null;
}

/** What a link hears. */
export type LinkEvent =
  /** The socket is up; the peer has not yet said who it is. */
  | { readonly type: 'socket.connected' }
  /** The peer proved to be who was dialled. */
  | { readonly type: 'socket.opened' }
  | { readonly type: 'socket.closed'; readonly why: Fault }
  /** The peer opened a connection of its own to this server. */
  | { readonly type: 'peer.dialled' }
  | { readonly type: 'admin.stop' };

/** What slot `report` says: the link may be sent on, or no longer. */
export interface LinkReport {
  readonly fact: 'opened' | 'closed';
}

/** Slots that actors/ forgot to fill fail loudly. */
const unfilled = (): void => {
  throw new Error('an I/O slot of the link chart is not filled: provide it');
};
const unfilledReport: (slot: unknown, params: LinkReport) => void = unfilled;

const clearAttempts = named(
  'clearAttempts',
  assign<LinkContext, LinkEvent, undefined, LinkEvent, never>({ attempts: 0 }),
);
const countAttempt = named(
  'countAttempt',
  assign<LinkContext, LinkEvent, undefined, LinkEvent, never>({
    attempts: ({ context }) => context.attempts + 1,
  }),
);
const recordReason = named(
  'recordReason',
  assign<LinkContext, LinkEvent, undefined, LinkEvent, never>({
    lastError: ({ context, event }) =>
      event.type === 'socket.closed' ? event.why : context.lastError,
  }),
);
const recordTimeout = named(
  'recordTimeout',
  assign<LinkContext, LinkEvent, undefined, LinkEvent, never>({
    lastError: ({ context }) => ({
      code: 'ERR_HANDSHAKE_TIMEOUT',
      message: `${context.peer} did not answer in time; is it running, and is its address right?`,
    }),
  }),
);

const types = {} as {
  context: LinkContext;
  events: LinkEvent;
  input: { readonly peer: ServerId };
};

/** One outgoing connection to one peer. */
export const linkMachine = setup({
  types,
  actions: {
    dial: unfilled,
    hangUp: unfilled,
    report: unfilledReport,
  },
  // In milliseconds; actors/links/links.ts provides the configured ones.
  delays: { dialTimeout: 2_000, handshakeTimeout: 2_000, settleTime: 5_000, backOff: 2_000 },
}).createMachine({
  id: 'link',
  context: ({ input }) => ({ peer: input.peer, attempts: 0, lastError: null }),
  initial: 'dialling',
  on: { 'admin.stop': '.stopped' },
  states: {
    dialling: {
      entry: 'dial',
      after: { dialTimeout: { target: 'waiting', actions: recordTimeout } },
      on: {
        'socket.connected': 'handshake',
        'socket.opened': {}, // Only a connected socket can open.
        'peer.dialled': {},
        'socket.closed': { target: 'waiting', actions: recordReason },
      },
    },
    handshake: {
      after: { handshakeTimeout: { target: 'waiting', actions: recordTimeout } },
      on: {
        'socket.connected': {},
        'socket.opened': 'open',
        'peer.dialled': {},
        'socket.closed': { target: 'waiting', actions: recordReason },
      },
    },
    open: {
      entry: { type: 'report', params: { fact: 'opened' } },
      initial: 'settling',
      states: {
        settling: { after: { settleTime: 'settled' } },
        settled: { entry: clearAttempts },
      },
      on: {
        'socket.connected': {},
        'socket.opened': {},
        'peer.dialled': {},
        'socket.closed': {
          target: 'waiting',
          actions: [recordReason, { type: 'report', params: { fact: 'closed' } }],
        },
      },
    },
    waiting: {
      entry: ['hangUp', countAttempt],
      after: { backOff: 'dialling' },
      on: {
        'peer.dialled': 'dialling',
        // Late words of a connection that was given up.
        'socket.connected': {},
        'socket.opened': {},
        'socket.closed': {},
      },
    },
    stopped: { type: 'final', entry: 'hangUp' },
  },
});
