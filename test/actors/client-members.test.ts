/** A client that waits for a change of members, which may take minutes. */
import { expect } from 'chai';
import { aConnectedClient, aWorld, ending, idOf, refusal, type World } from './client-world.ts';

const silenceTimeoutMs = 1_000;
const result = { committed: true, leader: 'a', voters: { a: '' }, outgoing: {}, learners: {} };
const members = { index: 4, result: { ...result, removed: [] } };

/** The client has asked for n4 to be added, and waits for it. */
async function adding(world: World): Promise<{ readonly added: Promise<unknown> }> {
  const client = await aConnectedClient(world, { silenceTimeoutMs });
  const added = client.memberAdd('n4', 'd:4', { timeoutMs: 60_000 });
  await world.settle();
  await world.answer({ id: idOf(world, 'members'), ok: true, ...members });
  return { added };
}

describe('client: a change of members', () => {
  it('stays with a leader that is busy with it and answers a ping, and hears the end of it', async () => {
    const world = aWorld();
    const { added } = await adding(world);
    const ended = ending(added);
    const change = idOf(world, 'change');

    await world.advance(8 * silenceTimeoutMs);

    expect(world.sockets).to.have.length(1);
    expect(world.requests().filter(({ op }) => op === 'change')).to.have.length(1);
    await world.answer(refusal(change, { code: 'ERR_NOT_CAUGHT_UP', retryable: false }));
    expect(await ended).to.equal('ERR_NOT_CAUGHT_UP not-applied');
    const asked = world.requests().length;
    await world.advance(10_000);
    expect(world.requests(), 'nothing is asked any more').to.have.length(asked);
  });

  it('leaves a leader that says nothing at all, and asks elsewhere', async () => {
    const world = aWorld();
    const { added } = await adding(world);
    added.catch(() => undefined);
    world.hang();

    await world.advance(3 * silenceTimeoutMs);

    expect(world.sockets.length).to.be.above(1);
  });

  it('has one time for all its questions, however often others come between', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const added = ending(client.memberAdd('n4', 'd:4', { timeoutMs: 1_000 }));
    for (let races = 0; races < 5; races += 1) {
      await world.advance(150);
      await world.answer({ id: idOf(world, 'members'), ok: true, ...members });
      const code = 'ERR_CONFIGURATION_CHANGED';
      await world.answer(refusal(idOf(world, 'change'), { code, retryable: false }));
    }
    await world.advance(250);
    expect(await added).to.equal('ERR_TIMEOUT not-applied');
    expect(world.timers.size).to.equal(0);
  });

  it('says `unknown` when its time is up and the leader has been asked for the change', async () => {
    const world = aWorld();
    const { added } = await adding(world);
    const ended = ending(added);
    await world.advance(60_000);
    expect(await ended).to.equal('ERR_TIMEOUT unknown');
  });

  it('says `unknown` of a change whose leader fell, and what lost a race to itself may have won', async () => {
    const world = aWorld();
    const { added } = await adding(world);
    const ended = ending(added);
    await world.reconnect();
    const code = 'ERR_CONFIGURATION_CHANGED';
    await world.answer(refusal(idOf(world, 'change'), { code, retryable: false }));
    await world.answer(refusal(idOf(world, 'members'), { code: 'ERR_X', retryable: false }));
    expect(await ended).to.equal('ERR_X unknown');
  });

  it('what is so already has succeeded once it is committed, and not before', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const removed = client.memberRemove('n3');
    await world.settle();
    const going = { ...result, committed: false, removed: ['n3'] };
    await world.answer({ id: idOf(world, 'members'), ok: true, index: 5, result: going });

    const nothing = { voters: [], learners: [], removed: [], addresses: {} };
    expect(world.requests().at(-1)).to.deep.include({ op: 'change', expected: 5, ...nothing });
    const gone = { ...going, committed: true };
    await world.answer({ id: idOf(world, 'change'), ok: true, index: 5, result: gone });
    expect(await removed).to.deep.equal({ index: 5, ...gone });
  });

  it('takes no id for a member that only every object knows', async () => {
    const world = aWorld();
    const client = await aConnectedClient(world);
    const promoted = ending(client.memberPromote('constructor'));
    await world.settle();
    await world.answer({ id: idOf(world, 'members'), ok: true, ...members });
    expect(await promoted).to.equal('ERR_UNKNOWN_MEMBER not-applied');
  });
});
