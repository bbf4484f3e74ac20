/** The logs of a cluster side by side. */
import { expect } from 'chai';
import { logWindow, windowSize } from '../../apps/web/model/log-window.ts';
import { aServer as server } from './facts.ts';

describe('web: the logs side by side', () => {
  it('tell of each entry how far it has come, one past the longest log included', () => {
    const one = server('n1', {
      ...{ runs: [[1, 1]], snapshotIndex: 1, lastIndex: 5 },
      ...{ appliedIndex: 2, commitIndex: 3, durableIndex: 4 },
    });
    const [row] = logWindow([one], one).rows;
    expect(row?.cells.map(({ index, state }) => `${index} ${state}`)).to.deep.equal([
      ...['1 snapshot', '2 applied', '3 committed', '4 durable', '5 appended', '6 absent'],
    ]);
  });

  it('§5.3 mark the entries that the leader will replace, and no others', () => {
    const leader = server('n1', {
      role: 'leader',
      term: 3,
      lastIndex: 3,
      runs: [
        [1, 1],
        [3, 3],
      ],
    });
    const old = server('n2', {
      lastIndex: 4,
      runs: [
        [1, 1],
        [3, 2],
      ],
    });
    const [, row] = logWindow([leader, old], leader).rows;
    // At 4 the leader has nothing yet, so nothing is known to differ.
    expect(row?.cells.map(({ conflict }) => conflict)).to.deep.equal([
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it('say nothing of terms that are not told any more', () => {
    const one = server('n1', { lastIndex: 4, runs: [[3, 7]] });
    const [row] = logWindow([one], null).rows;
    expect(row?.cells.map(({ term }) => term)).to.deep.equal([0, 0, 7, 7, 0]);
  });

  it('show the last indices of a long log', () => {
    const one = server('n1', { lastIndex: 100_000, runs: [[1, 1]] });
    const { firstIndex, lastIndex, rows } = logWindow([one], one);
    expect([firstIndex, lastIndex]).to.deep.equal([100_002 - windowSize, 100_001]);
    expect(rows[0]?.cells).to.have.length(windowSize);
  });
});
