/** §5.2 and §5.3: what a majority is, against counting. */
import { expect } from 'chai';
import fc from 'fast-check';
import { hasQuorum, quorumValue } from '../../machines/rules/quorum.ts';

const of = (...voters: string[]) => ({ voters, outgoing: [], learners: [] });
const some = (count: number) => Array.from({ length: count }, (_, i) => `n${i + 1}`);
const matchIndices = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 7 });

describe('a majority', () => {
  for (const [voters, needed] of [
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 3],
    [7, 4],
  ] as const) {
    it(`of ${voters} is ${needed}`, () => {
      const among = (count: number) =>
        hasQuorum(of(...some(voters)), (voter) => some(count).includes(voter));
      expect(among(needed)).to.equal(true);
      expect(among(needed - 1)).to.equal(false);
    });
  }

  it('of nobody does not exist', () => {
    expect(hasQuorum(of(), () => true)).to.equal(false);
    expect(quorumValue(of(), () => 9)).to.equal(0);
  });

  it('is asked of the voters alone: others do not count', () => {
    expect(hasQuorum(of('a', 'b', 'c'), (voter) => ['a', 'x', 'y'].includes(voter))).to.equal(
      false,
    );
  });

  it('has reached the greatest value that more than half have reached', () => {
    fc.assert(
      fc.property(matchIndices, (values) => {
        const voters = some(values.length);
        const valueOf = (voter: string) => values[voters.indexOf(voter)] ?? 0;
        const reached = (value: number) =>
          2 * values.filter((each) => each >= value).length > values.length;
        const greatest = values.filter(reached).reduce((a, b) => Math.max(a, b), 0);
        expect(quorumValue(of(...voters), valueOf)).to.equal(greatest);
      }),
    );
  });

  it('sorts numbers as numbers: 10 is more than 9', () => {
    const values: Record<string, number> = { n1: 9, n2: 10, n3: 100 };
    expect(quorumValue(of(...some(3)), (voter) => values[voter] ?? 0)).to.equal(10);
  });

  it('shares a server with any other majority', () => {
    const sets = fc.uniqueArray(fc.constantFrom(...some(5)), { maxLength: 5 });
    fc.assert(
      fc.property(sets, sets, (left, right) => {
        fc.pre(
          [left, right].every((set) => hasQuorum(of(...some(5)), (voter) => set.includes(voter))),
        );
        expect(left.filter((voter) => right.includes(voter))).not.to.deep.equal([]);
      }),
    );
  });
});

describe('a majority of a joint configuration (§6)', () => {
  const joint = { voters: ['c', 'd', 'e'], outgoing: ['a', 'b', 'c'], learners: ['x'] };
  const among = (...servers: string[]) => hasQuorum(joint, (voter) => servers.includes(voter));

  it('is one of the old and one of the new', () => {
    expect(among('a', 'b')).to.equal(false);
    expect(among('d', 'e')).to.equal(false);
    expect(among('a', 'c', 'd')).to.equal(true);
  });

  it('is not one of all of them together', () => {
    expect(among('c', 'd', 'e')).to.equal(false);
  });

  it('lets learners count for nothing', () => {
    expect(among('a', 'b', 'd', 'x')).to.equal(false);
  });

  it('has reached what both have reached', () => {
    const values: Record<string, number> = { a: 5, b: 4, c: 9, d: 3, e: 2, x: 9 };
    expect(quorumValue(joint, (voter) => values[voter] ?? 0)).to.equal(3);
  });

  it('shares a server with any majority of the old one and with any of the new one', () => {
    const sets = fc.subarray(['a', 'b', 'c', 'd', 'e']);
    fc.assert(
      fc.property(sets, sets, (left, right) => {
        fc.pre(among(...left));
        for (const voters of [joint.voters, joint.outgoing]) {
          if (!hasQuorum(of(...voters), (voter) => right.includes(voter))) continue;
          expect(left.filter((voter) => right.includes(voter))).not.to.deep.equal([]);
        }
      }),
    );
  });
});
