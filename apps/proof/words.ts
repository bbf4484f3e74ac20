/**
 * What the page says beside numbers: bugs that were found on the way, and what nothing here covers.
 */
export interface Found {
  /** What was wrong, as a clause. */
  readonly bug: string;
  /** What showed it. */
  readonly by: string;
  /** What would show it again. */
  readonly test: string;
}

export const found: readonly Found[] = [
  {
    bug: 'A frame left out entries between a batch that was cut short and the next',
    by: 'I20 in seed 27 at 3 servers',
    test: 'test/simulation/regressions.ts',
  },
];

export const notCovered: readonly string[] = [
  'Snapshots, membership changes, leases, leadership transfer and session expiry do not exist yet, and neither do their invariants (I24 – I31, I35) and bugs.',
  'Watches (I38) are tested, but no simulated client watches.',
  'A doubtful server: the in-memory disk loses what was not synced and tears what was being synced, but it does not rot and does not forget what it has synced. Damage is tested on real files and by a scenario, so the rules of trust meet no random schedule yet.',
  'The real files: crash states of the disk store are enumerated by `test/storage`, not here. The simulated disk has the crash model that they are held to.',
  'A disk that fills up, fails to write rather than to sync, or lies about a sync.',
  'Clocks that drift: virtual time is the same for all servers; a pause and a random timeout come closest.',
  'A crash between two effects of one step: crashes fall between events, and on any prefix of what a sync had under way.',
  'Shrinking: a failed seed is replayed and traced by `statecraft simulate`, not yet reduced.',
];
