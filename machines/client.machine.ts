/**
 * A client's one connection, to the server that it believes to lead (paper §8: client interaction).
 *
 * It tries the endpoints in turn, follows a hint at once when it is the first, and backs off with
 * growing pauses while nobody answers as a leader. While answers are owed it asks now and then for a
 * sign of life, since a server that hangs and a network that swallows close nothing, and a slow disk is
 * neither. It dials for nobody.
 * What is sent, and what has to be sent again, is the affair of actors/client/requests.ts.
 */
import { assign, setup } from 'xstate';
import { expectEvent } from './expect-event.ts';
import { ignore } from './ignore.ts';
import { named } from './named.ts';

export interface ClientContext {
  /** Calls or watches wait for a server. */
  readonly wanted: boolean;
  /** Connections given up since a leader last answered; what the back-off doubles with. */
  readonly attempts: number;
  /** The turn of the endpoints: the number of times that the next one was taken. */
  readonly turn: number;
  /** Where the leader is said to be, an address; null: nobody said. */
  readonly hint: string | null;
  /** How long the leader last asked to be left alone, in milliseconds. */
  readonly restMs: number;
}

export type ClientEvent =
  /** The first of the calls waits, after there was none. */
  | { readonly type: 'calls.waiting' }
  /** None waits any more. */
  | { readonly type: 'calls.settled' }
  | { readonly type: 'socket.opened' }
  /** It could not be opened, or the other side closed it. */
  | { readonly type: 'socket.closed' }
  /** A frame came, and not to say that the server itself hears no leader. */
  | { readonly type: 'server.heard' }
  /** The server answered as a leader does. */
  | { readonly type: 'server.led' }
  /** The server does not lead, and knows of no leader yet. */
  | { readonly type: 'server.leaderless' }
  /** The server is not to be asked; `address` is the leader's, null for any other server. */
  | { readonly type: 'server.redirected'; readonly address: string | null }
  /** The leader wants to be left alone, for `restMs` milliseconds at least. */
  | { readonly type: 'server.overloaded'; readonly restMs: number }
  | { readonly type: 'admin.stop' };

/** What slot `dial` says: the hinted address, else the endpoint whose turn it is. */
export interface ClientDial {
  readonly turn: number;
  readonly hint: string | null;
}

/** Attempts after which a server that knows no leader is thought to be cut off. */
const maxPatience = 5;

interface Args {
  readonly context: ClientContext;
  readonly event: ClientEvent;
}

/** Slots that actors/ forgot to fill fail loudly. */
const unfilled = (): void => {
  throw new Error('an I/O slot of the client chart is not filled: provide it');
};
const unfilledDial: (slot: unknown, params: ClientDial) => void = unfilled;

const note = (name: string, change: (args: Args) => Partial<ClientContext>) =>
  named(name, assign<ClientContext, ClientEvent, undefined, ClientEvent, never>(change));

const noteWaiting = note('noteWaiting', () => ({ wanted: true }));
const noteSettled = note('noteSettled', () => ({ wanted: false }));
const clearAttempts = note('clearAttempts', () => ({ attempts: 0 }));
const countAttempt = note('countAttempt', ({ context }) => ({ attempts: context.attempts + 1 }));
/** Whoever was dialled is no leader that can be reached: it is the next endpoint's turn. */
const passTurn = note('passTurn', ({ context }) => ({ turn: context.turn + 1, hint: null }));
const noteHint = note('noteHint', ({ event }) => ({
  hint: expectEvent(event, 'server.redirected').address,
}));

const noteRest = note('noteRest', ({ event }) => ({
  restMs: expectEvent(event, 'server.overloaded').restMs,
}));

const somebodyWaits = named('somebodyWaits', ({ context }: Args) => context.wanted);
const nobodyWaits = named('nobodyWaits', ({ context }: Args) => !context.wanted);
const knowsLeader = named('knowsLeader', ({ context }: Args) => context.hint !== null);
const pointsNowhere = named('pointsNowhere', ({ event }: Args) => {
  return expectEvent(event, 'server.redirected').address === null;
});
/** An election is under way: soon this server knows, and others may be the one that hangs. */
const mayKnowSoon = named('mayKnowSoon', ({ context }: Args) => context.attempts < maxPatience);
/** Two servers that point at each other must not become a busy loop. */
const firstAttempt = named('firstAttempt', ({ context }: Args) => context.attempts === 0);

const target = named('target', ({ context: { turn, hint } }: Args): ClientDial => ({ turn, hint }));
const noServer = [
  ...(['server.heard', 'server.led', 'server.leaderless'] as const),
  ...(['server.redirected', 'server.overloaded'] as const),
] as const;

const dialling = {
  entry: { type: 'dial', params: target },
  after: { dialTimeout: { target: 'backingOff', actions: passTurn } },
  on: {
    'socket.opened': 'ready',
    'socket.closed': { target: 'backingOff', actions: passTurn },
    ...ignore(...noServer), // Only an open connection speaks.
  },
} as const;

const types = {} as { context: ClientContext; events: ClientEvent };

export const clientMachine = setup({
  types,
  actions: {
    dial: unfilledDial,
    hangUp: unfilled,
    /** What waits may be sent, until `hold`. */
    flush: unfilled,
    hold: unfilled,
    /** Asks for a sign of life. */
    ping: unfilled,
    /** Whatever was sent and not answered may have arrived, or not. */
    abandon: unfilled,
  },
  // In milliseconds; actors/client/client.actor.ts provides the configured ones.
  delays: { dialTimeout: 1_000, silenceTimeout: 500, restPause: 50, backOff: 500 },
}).createMachine({
  id: 'client',
  context: { wanted: false, attempts: 0, turn: 0, hint: null, restMs: 0 },
  initial: 'idle',
  on: {
    'calls.waiting': { actions: noteWaiting },
    'calls.settled': { actions: noteSettled },
    'admin.stop': '.stopped',
  },
  states: {
    idle: {
      description: 'No connection, and nobody who wants one.',
      always: { guard: somebodyWaits, target: 'seeking' },
      on: { ...ignore('socket.opened', 'socket.closed', ...noServer) },
    },
    seeking: { description: 'Dials the endpoint whose turn it is.', ...dialling },
    redirected: { description: 'Dials the server that is said to lead.', ...dialling },
    ready: {
      type: 'parallel',
      exit: ['abandon', 'hangUp'],
      on: {
        'socket.opened': {}, // It is.
        'socket.closed': { target: 'backingOff', actions: passTurn },
        'server.led': { actions: clearAttempts },
        'server.leaderless': [
          { guard: mayKnowSoon, target: 'backingOff' },
          { target: 'backingOff', actions: passTurn },
        ],
        'server.redirected': [
          { guard: pointsNowhere, target: 'backingOff', actions: passTurn },
          { guard: firstAttempt, target: 'redirected', actions: [countAttempt, noteHint] },
          { target: 'backingOff', actions: noteHint },
        ],
      },
      states: {
        debt: {
          initial: 'none',
          states: {
            none: {
              always: { guard: somebodyWaits, target: 'owed' },
              on: { ...ignore('server.heard') },
            },
            owed: {
              description: 'Answers are owed.',
              always: { guard: nobodyWaits, target: 'none' },
              // No timer starts anew with each frame: it is asked even while it answers.
              after: { silenceTimeout: 'silent' },
              on: { ...ignore('server.heard') },
            },
            silent: {
              description: 'The server was asked for a sign of life, and nothing has come since.',
              entry: 'ping',
              always: { guard: nobodyWaits, target: 'none' },
              after: { silenceTimeout: { target: '#client.backingOff', actions: passTurn } },
              on: { 'server.heard': 'owed' },
            },
          },
        },
        flow: {
          initial: 'flowing',
          states: {
            flowing: {
              entry: 'flush',
              exit: 'hold',
              on: { 'server.overloaded': { target: 'resting', actions: noteRest } },
            },
            resting: {
              after: { restPause: 'flowing' },
              on: { ...ignore('server.overloaded') },
            },
          },
        },
      },
    },
    backingOff: {
      entry: ['hangUp', countAttempt],
      after: {
        backOff: [
          { guard: nobodyWaits, target: 'idle' },
          { guard: knowsLeader, target: 'redirected' },
          { target: 'seeking' },
        ],
      },
      // Late words of a connection that was given up.
      on: { ...ignore('socket.opened', 'socket.closed', ...noServer) },
    },
    stopped: { type: 'final', entry: 'hangUp' },
  },
});
