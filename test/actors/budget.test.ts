/** A bounded amount, shared so that nobody who floods keeps others out. */
import { expect } from 'chai';
import { Budget } from '../../actors/gateway/budget.ts';

/** How often `holder` can take `amount` before it is refused. */
function takeAll(budget: Budget, holder: number, amount: number): number {
  let taken = 0;
  while (budget.take(holder, amount)) taken += amount;
  return taken;
}

describe('a budget', () => {
  it('gives one who floods half, and each next one half of what is left', () => {
    const budget = new Budget(1_000);
    expect([1, 2, 3].map((holder) => takeAll(budget, holder, 1))).to.deep.equal([500, 250, 125]);
    expect(budget.used).to.be.below(1_000);
  });

  it('never gives more than there is', () => {
    const budget = new Budget(1_000);
    for (let holder = 1; holder < 100; holder += 1) takeAll(budget, holder, 7);
    expect(budget.used).to.be.at.most(1_000);
  });

  it('gives again what was given back', () => {
    const budget = new Budget(100);
    expect(budget.take(1, 50)).to.equal(true);
    expect(budget.take(1, 1)).to.equal(false);
    budget.giveBack(1, 50);
    expect(budget.used).to.equal(0);
    expect(budget.take(1, 50)).to.equal(true);
  });

  it('gives whoever is alone one thing of any size', () => {
    const budget = new Budget(100);
    expect(budget.take(1, 1_000)).to.equal(true);
    expect(budget.take(2, 1)).to.equal(false);
  });
});
