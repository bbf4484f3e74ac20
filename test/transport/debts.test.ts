/** What all clients of a listener are owed together: bounded, at the expense of the greatest. */
import { expect } from 'chai';
import { Debts } from '../../transport/debts.ts';

/** A debtor that tells its name when it is dropped. */
function debtors(dropped: string[]) {
  return (name: string) => ({ drop: () => void dropped.push(name) });
}

describe('debts', () => {
  it('drop whoever is owed most once all together are owed too much, and only that one', () => {
    const dropped: string[] = [];
    const debtor = debtors(dropped);
    const slow = debtor('slow');
    const slower = debtor('slower');
    const fast = debtor('fast');
    const debts = new Debts(100);
    debts.add(slow, 40);
    debts.add(slower, 60);
    expect(dropped).to.deep.equal([]);
    debts.add(fast, 1);
    expect(dropped).to.deep.equal(['slower']);
    debts.add(fast, 60);
    expect(dropped, 'the other has made room').to.deep.equal(['slower', 'fast']);
  });

  it('are less when paid or forgotten', () => {
    const dropped: string[] = [];
    const a = debtors(dropped)('a');
    const b = debtors(dropped)('b');
    const debts = new Debts(100);
    for (let i = 0; i < 10; i += 1) {
      debts.add(a, 90);
      debts.add(a, -90);
      debts.add(b, 90);
      debts.forget(b);
    }
    expect(dropped).to.deep.equal([]);
    debts.add(a, 101);
    expect(dropped, 'one alone is no exception').to.deep.equal(['a']);
  });
});
