/** Members are known by their data directories (docs/adr/0014). */
import { expect } from 'chai';
import { Acquaintances } from '../../actors/node/acquaintances.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import { aHello } from '../transport/builders.ts';
import { membersOf } from './membership-builders.ts';

function aServer(known: Incarnations = {}) {
  let members = [membersOf('a', 'b', 'c')];
  const written: Incarnations[] = [];
  const ends: ((error?: { code: string; message: string }) => void)[] = [];
  const faults: string[] = [];
  let reviews = 0;
  const acquaintances = new Acquaintances({
    ...{ id: 'a', known },
    members: () => members,
    write: (next) =>
      new Promise((resolve, reject) => {
        written.push(next);
        ends.push((why) =>
          why === undefined ? resolve() : reject(Object.assign(new Error(), why)),
        );
      }),
    onFault: ({ code }) => faults.push(code),
  });
  acquaintances.follow(() => (reviews += 1));
  /** The write that is under way ends, well or not. */
  const end = async (error?: { code: string; message: string }): Promise<void> => {
    ends.shift()?.(error);
    await new Promise((turn) => setImmediate(turn));
  };
  /** Other configurations: the one in force, and the committed one. */
  const change = (...to: typeof members): void => {
    members = to;
    acquaintances.rememberNew();
  };
  return { acquaintances, written, faults, end, change, reviews: () => reviews };
}

const b = aHello('b', { incarnation: 'first' });
const wiped = aHello('b', { incarnation: 'second' });

describe('acquaintances', () => {
  it('hear a member only once its directory is remembered on the disk', async () => {
    const { acquaintances, written, end, reviews } = aServer();
    expect(acquaintances.turnAway(b)).to.equal(null);
    acquaintances.met(b);
    expect(acquaintances.hears('b'), 'not durable yet').to.equal(false);
    await end();
    expect(acquaintances.hears('b')).to.equal(true);
    expect(written).to.deep.equal([{ b: 'first' }]);
    expect(reviews(), 'who is connected is looked at again').to.equal(1);
  });

  it('remember who came while they wrote, without another word of it', async () => {
    const { acquaintances, written, end } = aServer();
    acquaintances.met(b);
    acquaintances.met(aHello('c', { incarnation: 'c1' }));
    await end();
    await end();
    expect(written).to.deep.equal([{ b: 'first' }, { b: 'first', c: 'c1' }]);
    expect(acquaintances.hears('c')).to.equal(true);
  });

  it('turn away a member that comes with another directory, and say what to do', () => {
    const { acquaintances } = aServer({ b: 'first' });
    expect(acquaintances.turnAway(b)).to.equal(null);
    const refusal = acquaintances.turnAway(wiped);
    expect(refusal?.code).to.equal('ERR_INCARNATION_MISMATCH');
    expect(refusal?.message).to.include('statecraft member replace b NEW ADDRESS');
  });

  it('find it out, too, when the directory was changed while the first one was written down', async () => {
    const { acquaintances, end } = aServer();
    acquaintances.met(b);
    acquaintances.left('b');
    acquaintances.met(wiped);
    await end();
    expect(acquaintances.turnAway(wiped)?.code).to.equal('ERR_INCARNATION_MISMATCH');
  });

  it('hear strangers, and remember none: whose messages count is up to the chart', () => {
    const { acquaintances, written } = aServer();
    acquaintances.met(aHello('x'));
    expect(acquaintances.hears('x')).to.equal(true);
    expect(written).to.deep.equal([]);
  });

  it('remember a stranger that becomes a member while it is connected', async () => {
    const { acquaintances, written, end, change } = aServer();
    acquaintances.met(aHello('d', { incarnation: 'd1' }));
    change(membersOf('a', 'b', 'c', 'd'), membersOf('a', 'b', 'c'));
    expect(acquaintances.hears('d'), 'not durable yet').to.equal(false);
    await end();
    expect(written).to.deep.equal([{ d: 'd1' }]);
    expect(acquaintances.hears('d')).to.equal(true);
  });

  it('forget a member only when its removal is committed: it may be undone', async () => {
    const { acquaintances, written, end, change } = aServer({ b: 'first' });
    change(membersOf('a', 'c'), membersOf('a', 'b', 'c'));
    acquaintances.met(aHello('c', { incarnation: 'c1' }));
    await end();
    expect(acquaintances.turnAway(wiped)?.code).to.equal('ERR_INCARNATION_MISMATCH');
    change(membersOf('a', 'c', 'd'));
    acquaintances.met(aHello('d', { incarnation: 'd1' }));
    await end();
    expect(written).to.deep.equal([
      { b: 'first', c: 'c1' },
      { c: 'c1', d: 'd1' },
    ]);
  });

  it('answer whether somebody is heard, and do nothing else', () => {
    const { acquaintances, written } = aServer();
    acquaintances.met(b);
    for (let asked = 0; asked < 3; asked += 1) acquaintances.hears('b');
    expect(written).to.deep.equal([{ b: 'first' }]);
  });

  it('say how the right directory gets in when a wrong one was met first', () => {
    const { acquaintances } = aServer({ b: 'wrong' });
    expect(acquaintances.turnAway(b)?.message).to.include(
      'a met a wrong one first: stop a, remove peers.json from its directory, and start it',
    );
  });

  it('have nothing to write any more when they have stopped: the lock of the directory is free then', async () => {
    const { acquaintances, written, end } = aServer();
    acquaintances.met(b);
    acquaintances.met(aHello('c', { incarnation: 'c1' }));
    const order: string[] = [];
    const stopped = acquaintances.stop().then(() => order.push('stopped'));
    order.push('durable');
    await end();
    await stopped;
    expect(order).to.deep.equal(['durable', 'stopped']);
    expect(written, 'nothing more').to.deep.equal([{ b: 'first' }]);
  });

  it('end the server when the disk fails, and try that no more', async () => {
    const { acquaintances, faults, written, end } = aServer();
    acquaintances.met(b);
    await end({ code: 'ERR_STORAGE_IO', message: 'EIO' });
    acquaintances.met(aHello('c'));
    expect(faults).to.deep.equal(['ERR_STORAGE_IO']);
    expect(written).to.have.length(1);
    expect(acquaintances.hears('b'), 'what is not on the disk is not known').to.equal(false);
  });
});
