/**
 * Replicated time: what a leader writes into its lines, whatever clocks do.
 */
import { expect } from 'chai';
import { createLogTime } from '../../actors/time/log-time.ts';
import { timeOfLine } from '../../storage/lines.ts';
import type { Store } from '../../storage/store.ts';
import { HeldReplica, methodsOf } from '../support/held-replica.ts';

describe('replicated time', () => {
  it('is that of the last entry before the election, plus what passed on the leader’s clock since', () => {
    let now = 1_000_000;
    const time = createLogTime(() => now);
    time.follow(5_000);
    now += 60_000;
    time.lead();
    expect(time.next()).to.equal(5_000);
    now += 250.75;
    expect(time.next()).to.equal(5_250);
    now += 0.25;
    expect(time.next()).to.equal(5_251);
  });

  it('stands still while nobody leads, and goes on from the log of whoever leads next', () => {
    let now = 0;
    const time = createLogTime(() => now);
    time.lead();
    now = 700;
    expect(time.next()).to.equal(700);
    // Another led, wrote up to 900, and is gone.
    time.follow(900);
    now = 99_999;
    time.lead();
    expect(time.next()).to.equal(900);
  });

  it('follows a truncated log back to what is still there', () => {
    const time = createLogTime(() => 0);
    time.follow(900);
    time.follow(400);
    time.lead();
    expect(time.next()).to.equal(400);
  });

  it('is one for all entries of a batch, and never falls from one to the next', () => {
    const written: number[][] = [];
    const wrap = (store: Store): Store => ({
      ...methodsOf(store),
      append(lines) {
        written.push(lines.ends.map((_, i) => timeOfLine(lines, i)));
        store.append(lines);
      },
    });
    const leader = new HeldReplica({ wrap }).start().elect();
    leader.pass(80);
    leader.submit({ id: 1, op: 'open' }).submit({ id: 2, op: 'open' }).turn();
    leader.pass(15);
    leader.submit({ id: 3, op: 'open' }).turn();
    expect(written).to.deep.equal([[0], [80, 80], [95]]);
  });
});
