/**
 * What becomes of the log when a snapshot is on the disk (§7): the chart forgets entries first, and
 * only then may the disk, so that nobody is ever promised an entry that cannot be read.
 */
import { expectEvent } from '../expect-event.ts';
import { compactTo } from '../log.ts';
import { named } from '../named.ts';
import { compactThrough } from '../rules/retention.ts';
import { server } from '../server.setup.ts';
import { tellReplicators, update } from './leading.ts';

export const notePinned = named(
  'notePinned',
  server.assign(({ context, event }) => {
    const { peer, index } = expectEvent(event, 'peer.pinned');
    return update(context, peer, { pinnedIndex: index });
  }),
);

/** Only a leader has peers to keep entries for. */
const compactLog = (name: string, leads: boolean) =>
  named(
    name,
    server.assign(({ context, event }) => {
      const { index } = expectEvent(event, 'log.snapshotted');
      const peers = leads ? Object.values(context.peers) : [];
      const through = compactThrough(index, context.retainedEntries, peers);
      return { log: compactTo(context.log, through) };
    }),
  );

const tellSnapshotter = named(
  'tellSnapshotter',
  server.sendTo('snapshotter', ({ context }) => {
    return { type: 'server.compacted', index: context.log.snapshotIndex } as const;
  }),
);

export const compactOwn = [compactLog('compactLog', false), tellSnapshotter] as const;
export const compactForPeers = [
  compactLog('compactForPeers', true),
  tellReplicators,
  tellSnapshotter,
] as const;
