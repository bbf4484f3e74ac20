/** How long a lease lasts (thesis §6.4.1), by a clock that stands until it is told. */
import { expect } from 'chai';
import { createLeaseTime } from '../../actors/time/lease-time.ts';

function aLease(leaseMs = 300) {
  const clock = { now: 1_000 };
  return { clock, lease: createLeaseTime(() => clock.now, leaseMs) };
}

describe('lease time', () => {
  it('counts from when the round was first sent, not from when it was repeated or answered', () => {
    const { clock, lease } = aLease();
    lease.sent(1, 1);
    clock.now += 100;
    lease.sent(1, 1);
    clock.now += 50;
    expect(lease.leftMs(1, 1)).to.equal(150);
    expect(lease.isOver()).to.equal(false);
    clock.now += 150;
    expect(lease.isOver()).to.equal(true);
  });

  it('of a server that is alone begins now: it asks nobody', () => {
    const { lease } = aLease();
    expect(lease.leftMs(1, 1)).to.equal(300);
  });

  it('remembers the rounds of two leases at most, also when nobody asks for leases', () => {
    const { clock, lease } = aLease();
    for (let round = 1; round <= 100_000; round += 1) {
      lease.sent(1, round);
      clock.now += 1;
    }
    expect(lease.rememberedRounds).to.be.at.most(601);
  });

  it('is over when its round was sent so long ago that it is forgotten, also if it is sent again', () => {
    const { clock, lease } = aLease();
    lease.sent(1, 1);
    clock.now += 300;
    lease.sent(1, 2);
    lease.sent(1, 1);
    expect(lease.leftMs(1, 1)).to.equal(0);
    expect(lease.isOver()).to.equal(true);
    expect(lease.leftMs(1, 2)).to.equal(300);
  });

  it('begins anew with a term', () => {
    const { clock, lease } = aLease();
    lease.sent(1, 7);
    clock.now += 100;
    lease.sent(2, 1);
    expect(lease.leftMs(2, 1)).to.equal(300);
    expect(lease.rememberedRounds).to.equal(1);
  });
});
