/** The load of the page's console. */
import { expect } from 'chai';
import { dueIn } from '../../apps/web/model/load.ts';

describe('web: the load', () => {
  it('keeps its rate while the page is out of sight, where its timers come once a second', () => {
    expect(dueIn(500, 50)).to.equal(25);
    expect(dueIn(500, 1_000)).to.equal(500);
  });

  it('does not make up for the time that the machine slept', () => {
    expect(dueIn(500, 3_600_000)).to.equal(500);
  });
});
