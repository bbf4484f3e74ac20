/**
 * A follower that is given a snapshot, since what it needs is no longer in its leader's log (§7,
 * Figure 13, "Receiver implementation").
 *
 * While chunks gather in a file of their own nothing else changes: the server votes, campaigns and
 * answers as what its log still is. Only the switch from that log to the snapshot is a role, in
 * which it hears nobody. Order and bytes of the chunks are the affair of
 * actors/snapshots/receiving-snapshots.ts.
 */
import { expectEvent } from '../expect-event.ts';
import type { Apply, Install, Send } from '../events.ts';
import { ignore } from '../ignore.ts';
import { compactTo, matches, snapshotOnly } from '../log.ts';
import type { InstallSnapshotReply, LogIndex, ServerId, SnapshotId } from '../messages.ts';
import { named } from '../named.ts';
import { server, type Args } from '../server.setup.ts';
import { refusesClients } from './clients.ts';
import { hearsNobody } from './term-gate.ts';

const chunkOf = (event: Args['event']) => expectEvent(event, 'current.installSnapshot');

/** The transfer that an event is about. */
function transferOf(event: Args['event']): { from: ServerId; snapshot: SnapshotId } {
  if ('snapshot' in event) return { from: event.from, snapshot: event.snapshot };
  throw new Error(`no snapshot comes with ${event.type}`);
}

const indexOf = (event: Args['event']): LogIndex => transferOf(event).snapshot.index;

/** A stale snapshot never replaces what is newer: its last entry is committed here. */
export const bringsNothing = ({ context, event }: Args) => indexOf(event) <= context.commitIndex;

const isWhole = ({ event }: Args) => {
  const { offset, snapshot } = expectEvent(event, 'log.received');
  return offset === snapshot.sizeBytes;
};

const reply = (
  { context, event }: Args,
  answer: Pick<InstallSnapshotReply, 'offset' | 'installed'>,
): Send => {
  const { from, snapshot } = transferOf(event);
  const envelope = { from: context.id, to: from, term: context.currentTerm };
  return {
    after: 'term',
    messages: [{ type: 'rpc.installSnapshotReply', ...envelope, snapshot, ...answer }],
  };
};

/**
 * From here on AppendEntries find out what the logs have in common: this claims nothing of them.
 */
const installed = named('installed', (args: Args) =>
  reply(args, { offset: transferOf(args.event).snapshot.sizeBytes, installed: true }),
);
const replyInstalled = { type: 'send', params: installed } as const;

const received = named('received', (args: Args) =>
  reply(args, { offset: expectEvent(args.event, 'log.received').offset, installed: false }),
);

const chunk = named('chunk', ({ event }: Args): Install => {
  const { from, snapshot, offset, payload } = chunkOf(event);
  return { kind: 'receive', from, snapshot, offset, payload };
});

/**
 * §7: a log that has the snapshot's last entry keeps what follows it; any other goes altogether.
 */
const keepsSuffix = ({ context, event }: Args) => {
  const { index, term } = transferOf(event).snapshot;
  return matches(context.log, index, term);
};

const theSwitch = named('switch', (args: Args): Install => {
  return { kind: 'switch', ...transferOf(args.event), keepSuffix: keepsSuffix(args) };
});

const receive = { type: 'install', params: chunk } as const;

export const install = server.createStateConfig({
  initial: 'none',
  states: {
    none: {
      on: {
        'current.installSnapshot': [
          { guard: bringsNothing, actions: replyInstalled },
          { target: 'receiving', actions: receive },
        ],
        ...ignore('log.received', 'log.discarded'),
      },
    },
    receiving: {
      description: 'Chunks of a snapshot gather beside the log, which is still what counts.',
      on: {
        'current.installSnapshot': [
          { guard: bringsNothing, target: 'none', actions: replyInstalled },
          { actions: receive },
        ],
        'log.received': [
          { guard: bringsNothing, target: 'none', actions: replyInstalled },
          {
            guard: isWhole,
            target: '#server.role.installing',
            actions: { type: 'install', params: theSwitch },
          },
          { actions: { type: 'send', params: received } },
        ],
        'log.discarded': 'none',
      },
    },
  },
});

/** What the disk now holds; commitIndex is never lowered, since only a newer snapshot came here. */
const replaceLog = named(
  'replaceLog',
  server.assign((args) => {
    const { context, event } = args;
    const { snapshot, configuration } = expectEvent(event, 'log.installed');
    const { index, term } = snapshot;
    const kept = keepsSuffix(args);
    const log = kept ? compactTo(context.log, index) : snapshotOnly(index, term, configuration);
    return {
      log,
      commitIndex: index,
      durableIndex: kept ? Math.max(context.durableIndex, index) : index,
      verifiedIndex: Math.max(context.verifiedIndex, index),
    };
  }),
);

const committed = named('committed', ({ context }: Args): Apply => {
  return { commitIndex: context.commitIndex };
});

const ofCurrentTerm = ({ context, event }: Args) =>
  expectEvent(event, 'rpc.appendEntries').term === context.currentTerm;

/** Counts as contact and confirms the round (thesis §6.4), and says nothing about the log. */
const contact = named('contact', ({ context, event }: Args): Send => {
  const { from, round } = expectEvent(event, 'rpc.appendEntries');
  const about = { matchIndex: 0, refusedIndex: 0, hintIndex: 0, hintTerm: 0, round };
  const envelope = { from: context.id, to: from, term: context.currentTerm };
  return {
    after: 'term',
    messages: [{ type: 'rpc.appendEntriesReply', ...envelope, success: false, ...about }],
  };
});

export const installing = server.createStateConfig({
  description: 'The snapshot takes the place of the log: until the disk has spoken, hear nobody.',
  on: {
    'log.installed': {
      target: 'follower',
      actions: [replaceLog, { type: 'apply', params: committed }, replyInstalled],
    },
    'log.discarded': 'follower',
    ...hearsNobody,
    // A leader that needs this server to be heard by a majority is not deposed meanwhile.
    'rpc.appendEntries': [{ guard: ofCurrentTerm, actions: { type: 'send', params: contact } }, {}],
    ...refusesClients,
    ...ignore(
      'clock.late',
      'log.recovered',
      'log.received',
      'log.stalled',
      'link.closed',
      'peer.matched',
      'peer.pinned',
    ),
  },
});
