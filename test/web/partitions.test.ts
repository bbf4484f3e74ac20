/** The partitions that are a button each. */
import { expect } from 'chai';
import { partitions } from '../../apps/web/model/partitions.ts';

/** The side of the leader n1 after a press of a button. */
function sideOfLeader(name: string, ids: readonly string[], voters: readonly string[]): string {
  let side: readonly string[] = [];
  const cuts = {
    partition(_ids: readonly string[], groups: readonly (readonly string[])[]) {
      side = groups.find((group) => group.includes('n1')) ?? [];
    },
    setCut: () => undefined,
    setOneWay: () => undefined,
  };
  partitions.find((one) => one.name === name)?.apply(cuts, ids, 'n1', voters);
  return side.join(' ');
}

describe('web: partitions', () => {
  const five = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const three = ['n1', 'n2', 'n3'];

  it('leave the leader a minority of the voters, or a majority, as they say', () => {
    expect(sideOfLeader('Leader in the minority', five, five)).to.equal('n1 n2');
    expect(sideOfLeader('Leader in the majority', five, five)).to.equal('n1 n2 n3');
    expect(sideOfLeader('Leader in the minority', three, three)).to.equal('n1');
    expect(sideOfLeader('Leader in the majority', three, three)).to.equal('n1 n2');
  });

  it('do not count learners, who vote for nobody', () => {
    expect(sideOfLeader('Leader in the minority', five, three)).to.equal('n1');
    const majority = sideOfLeader('Leader in the majority', ['l1', ...three], three);
    expect(majority).to.equal('n1 n2');
  });
});
