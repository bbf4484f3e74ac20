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
    by: 'I20 in a seed at 3 servers',
    test: 'test/simulation/regressions.ts',
  },
  {
    bug: 'A simulated server whose disk was mended in the instant in which it stopped stayed down, so that a healed cluster had no quorum of proven voters (a bug of the simulator)',
    by: 'L1 in a seed at 5 servers',
    test: 'test/simulation/regressions.ts',
  },
];

export const notCovered: readonly string[] = [
  'Snapshots, membership changes, leases, leadership transfer and session expiry do not exist yet, and neither do their invariants (I24 – I31, I35) and bugs.',
  'Watches (I38) are tested, but no simulated client watches.',
  'Simulated clients put, get and delete; they neither compare and set nor transact.',
  'The real files: crash states of the disk store are enumerated by `test/storage`, not here. The simulated disk has the crash model that they are held to.',
  'A disk that fails to write rather than to sync, or that lies about a sync.',
  'The real network and the real event loop: `test/e2e` kills real processes, in numbers that are not counted here.',
  'Graph tests and differential tests are run by `npm test`; no planted bug is hunted by them.',
];
