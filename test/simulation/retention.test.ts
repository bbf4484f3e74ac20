/**
 * simulation/invariants/retention.ts and what of I25 is about terms: each check can fail (§7).
 */
import { expect } from 'chai';
import { compactTo } from '../../machines/log.ts';
import type { Progress } from '../../machines/server.context.ts';
import { RetentionRules } from '../../simulation/invariants/retention.ts';
import { aChecker, aDisk, aLog, aView } from './a-view.ts';

const log = aLog([1, 1, 1, 1]);
const peer = (known: Partial<Progress>): Progress => ({
  ...{ matchIndex: 0, pinnedIndex: 0, round: 0, heard: true, missedChecks: 0 },
  ...known,
});

/** What fires when a leader whose peer is like this lets go of entries 1 … 3. */
function compacting(known: Partial<Progress>): string[] {
  const fired: string[] = [];
  const view = aView({ role: 'leader', peers: { b: peer(known) } });
  const context = { ...view.context, log: compactTo(log, 3) };
  new RetentionRules((id) => fired.push(id)).led({ ...view, context }, log);
  return fired;
}

describe('simulation: the invariant of retention fires', () => {
  it('I49: a leader lets go of what a peer that answers needs', () => {
    expect(compacting({ matchIndex: 2 })).to.deep.equal(['I49']);
    expect(compacting({ matchIndex: 1, pinnedIndex: 2 })).to.deep.equal(['I49']);
  });

  it('and not when the peer has it, is given it in a snapshot, or is gone', () => {
    for (const known of [{ matchIndex: 3 }, { pinnedIndex: 3 }, { missedChecks: 20 }]) {
      expect(compacting(known), JSON.stringify(known)).to.deep.equal([]);
    }
  });
});

describe('simulation: the invariant of terms and snapshots fires', () => {
  it('I25: a snapshot takes a server back to the term of its last entry', () => {
    const disk = aDisk([1, 1, 1, 1], { term: 3 });
    const { checker, fired, knows } = aChecker({ a: disk });
    knows([1, 1, 1, 1]);
    checker.stepped(aView({ term: 3, terms: [1, 1, 1], disk }));
    checker.stepped(aView({ term: 1, terms: [1, 1, 1, 1], disk }));
    expect(fired()).to.deep.equal(['I25']);
  });
});
