/** Members are known by their data directories (docs/adr/0014). */
import { expect } from 'chai';
import { Acquaintances } from '../../actors/node/acquaintances.ts';
import type { Incarnations } from '../../storage/peer-incarnations.ts';
import { aHello } from '../transport/builders.ts';

function aServer(known: Incarnations = {}) {
  const written: Incarnations[] = [];
  const ends: ((error?: { code: string; message: string }) => void)[] = [];
  const faults: string[] = [];
  let reviews = 0;
  const acquaintances = new Acquaintances({
    ...{ id: 'a', known },
    isMember: (id) => ['a', 'b', 'c'].includes(id),
    write: (next) =>
      new Promise((resolve, reject) => {
        written.push(next);
        ends.push((why) =>
          why === undefined ? resolve() : reject(Object.assign(new Error(), why)),
        );
      }),
    onRemembered: () => (reviews += 1),
    onFault: ({ code }) => faults.push(code),
  });
  /** The write that is under way ends, well or not. */
  const end = async (error?: { code: string; message: string }): Promise<void> => {
    ends.shift()?.(error);
    await new Promise((turn) => setImmediate(turn));
  };
  return { acquaintances, written, faults, end, reviews: () => reviews };
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

  it('end the process when it is the one with another directory, or when the disk fails', async () => {
    const { acquaintances, faults, end } = aServer();
    acquaintances.ended('b', { code: 'ERR_CONNECTION_CLOSED', message: '' });
    expect(faults).to.deep.equal([]);
    acquaintances.ended('b', { code: 'ERR_INCARNATION_MISMATCH', message: '' });
    acquaintances.met(b);
    await end({ code: 'ERR_STORAGE_IO', message: 'EIO' });
    expect(faults).to.deep.equal(['ERR_INCARNATION_MISMATCH', 'ERR_STORAGE_IO']);
    expect(acquaintances.hears('b'), 'what is not on the disk is not known').to.equal(false);
  });
});
