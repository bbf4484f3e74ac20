/** `lock` and `elect`: one holder at a time, each with a larger token, and a holder that knows. */
import { expect } from 'chai';
import type { Lock } from '../../actors/client.ts';
import { StatecraftError } from '../../actors/errors.ts';
import { LockWorld, type Cut } from './lock-world.ts';

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;

/** What a promise came to; undefined while it has not. */
function watched<T>(promise: Promise<T>) {
  const seen: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => (seen.value = value),
    (error: unknown) => (seen.error = error),
  );
  return seen;
}

async function held(world: LockWorld, lock: Promise<Lock>): Promise<Lock> {
  const seen = watched(lock);
  await world.pass(10);
  if (seen.value === undefined) throw new Error(`not held: ${String(seen.error)}`);
  return seen.value;
}

describe('client: lock', () => {
  it('has one holder; the next one has it as soon as it is released, with a larger token', async () => {
    const world = new LockWorld();
    const first = await held(world, world.client().lock('jobs'));
    const second = watched(world.client().lock('jobs'));
    await world.pass(60_000);
    expect(second.value).to.equal(undefined);

    await first.release();
    await world.pass(10);
    expect(second.value?.token).to.be.above(first.token);
    expect(first.signal.aborted).to.equal(false);
  });

  it('keeps its token through every renewal: a transaction can compare it', async () => {
    const world = new LockWorld();
    const client = world.client();
    const lock = await held(world, client.lock('jobs', { ttlMs: 300 }));
    await world.pass(10_000);

    const guard = { if: [{ key: lock.key, revision: lock.token }] };
    expect((await client.txn(guard)).ok).to.equal(true);
  });

  it('given up while its creation is under way, it may be held: the outcome is unknown', async () => {
    const world = new LockWorld();
    const gaveUp = new AbortController();
    const cut = { off: true, late: true };
    const aborted = watched(world.client(cut).lock('jobs', { signal: gaveUp.signal }));
    await world.pass(10);
    gaveUp.abort();
    await world.pass(10);
    expect(aborted.error).to.include({ code: 'ERR_ABORTED', outcome: 'unknown' });

    // It is, in the name of nobody; who waits for it has learnt that it is another's.
    const late = watched(world.client().lock('jobs', { timeoutMs: 1_000 }));
    await world.pass(2_000);
    expect(late.error).to.include({ code: 'ERR_TIMEOUT', outcome: 'not-applied' });
  });

  for (const how of ['aborted', 'timed out']) {
    it(`${how} while its creation is under way, it is taken back: others need not wait for its end`, async () => {
      const world = new LockWorld();
      const gaveUp = new AbortController();
      const cut = { off: true, late: true };
      const timeoutMs = how === 'aborted' ? 60_000 : 100;
      const lock = world
        .client(cut)
        .lock('jobs', { ttlMs: 3_600_000, timeoutMs, signal: gaveUp.signal });
      const given = watched(lock);
      await world.pass(100);
      gaveUp.abort();
      await world.pass(10);
      expect(given.error).to.include({ outcome: 'unknown' });
      const next = watched(world.client().lock('jobs'));
      await world.pass(100);
      expect(next.value).to.equal(undefined);

      cut.off = false;
      await world.pass(6_000);

      expect(next.value?.signal.aborted).to.equal(false);
    });
  }

  it('is given up in the end, though its release failed: servers were away', async () => {
    const world = new LockWorld();
    const cut = { off: false };
    const lock = await held(world, world.client(cut).lock('jobs', { ttlMs: 3_600_000 }));
    const next = watched(world.client().lock('jobs'));
    cut.off = true;
    const released = watched(lock.release());
    await world.pass(2_000);
    expect(codeOf(released.error)).to.equal('ERR_TIMEOUT');
    expect(next.value).to.equal(undefined);

    cut.off = false;
    await world.pass(6_000);

    expect(next.value?.token).to.be.above(lock.token);
  });

  it('takes back its own key alone, and tries no longer than it may', async () => {
    const world = new LockWorld();
    const cut = { off: true };
    const given = watched(world.client(cut).lock('jobs', { timeoutMs: 100 }));
    await world.pass(200);
    expect(given.error).to.include({ code: 'ERR_TIMEOUT', outcome: 'unknown' });
    const other = await held(world, world.client().lock('jobs'));
    cut.off = false;
    await world.pass(60_000);
    expect(other.signal.aborted).to.equal(false);

    await other.release();
    expect(world.clock.step()).to.equal(false);
  });

  it('nothing is tried any more when the client is stopped, and no timer is left', async () => {
    const world = new LockWorld();
    const ended = new AbortController();
    const given = watched(world.client({ off: true }, ended.signal).lock('a', { timeoutMs: 100 }));
    await world.pass(5_110); // Between two tries.
    expect(given.error).to.include({ code: 'ERR_TIMEOUT', outcome: 'unknown' });

    ended.abort(new StatecraftError('ERR_STOPPED', 'stopped'));
    await world.pass(0);

    expect(world.clock.step()).to.equal(false);
  });

  it('is lost at once when its client is stopped: nobody renews it any more', async () => {
    const world = new LockWorld();
    const ended = new AbortController();
    const lock = await held(world, world.client({}, ended.signal).lock('jobs'));

    const why = new StatecraftError('ERR_STOPPED', 'stopped');
    ended.abort(why);

    expect(lock.signal.reason).to.include({ code: 'ERR_LOCK_LOST', cause: why });
    expect(world.clock.step()).to.equal(false);
  });

  it('tells `unknown` of a creation that was not answered, though the next try is refused for good', async () => {
    const world = new LockWorld();
    const cut: Cut = { off: true };
    const lock = watched(world.client(cut).lock('jobs'));
    await world.pass(5_000);
    cut.refused = 'ERR_STORAGE_FULL';
    cut.outcome = 'not-applied';
    await world.pass(200);
    expect(lock.error).to.include({ code: 'ERR_STORAGE_FULL', outcome: 'unknown' });
  });

  for (const refused of ['ERR_SESSION_EXPIRED', 'ERR_STORAGE_FULL']) {
    it(`outlasts a renewal that is refused with ${refused}: the key is there, and it is tried again`, async () => {
      const world = new LockWorld();
      const cut: Cut = {};
      const lock = await held(world, world.client(cut).lock('jobs', { ttlMs: 3_000 }));
      cut.refused = refused;
      await world.pass(1_500);
      cut.refused = undefined;
      await world.pass(10_000);
      expect(lock.signal.aborted).to.equal(false);
    });
  }

  it('outlives a holder that died by its time to live, and no longer', async () => {
    const world = new LockWorld();
    const cut = { off: false };
    const first = await held(world, world.client(cut).lock('jobs', { ttlMs: 1_000 }));
    const second = watched(world.client().lock('jobs', { ttlMs: 1_000 }));
    await world.pass(5_000);
    cut.off = true;

    await world.pass(650);
    expect(second.value).to.equal(undefined);
    await world.pass(400);
    expect(second.value?.token).to.be.above(first.token);
  });

  it('tells its holder before anybody else can have it', async () => {
    const world = new LockWorld();
    const cut = { off: false };
    const first = await held(world, world.client(cut).lock('jobs', { ttlMs: 1_000 }));
    const second = watched(world.client().lock('jobs'));
    await world.pass(2_500);
    cut.off = true;
    while (!first.signal.aborted) {
      expect(second.value).to.equal(undefined);
      await world.pass(10);
    }
    await world.pass(500);
    expect(codeOf(first.signal.reason)).to.equal('ERR_LOCK_LOST');
    await first.release(); // Nothing is left to release, least of all the other one's.
    await world.pass(5_000);
    expect(second.value?.signal.aborted).to.equal(false);
  });

  it('outlasts servers that are away for a third of its time to live, again and again', async () => {
    const world = new LockWorld();
    const cut = { off: false };
    const lock = await held(world, world.client(cut).lock('jobs', { ttlMs: 3_000 }));
    for (let times = 0; times < 20; times += 1) {
      cut.off = true;
      await world.pass(1_000);
      cut.off = false;
      await world.pass(1_700);
    }
    expect(lock.signal.aborted).to.equal(false);
  });

  it('is lost at once when somebody deletes its key: ERR_LOCK_LOST at the next renewal', async () => {
    const world = new LockWorld();
    const client = world.client();
    const lock = await held(world, client.lock('jobs', { ttlMs: 3_000 }));
    await client.delete(lock.key);
    await world.pass(1_100);
    expect(codeOf(lock.signal.reason)).to.equal('ERR_LOCK_LOST');
  });

  it('knows its own key again when the answer to its creation was lost', async () => {
    const world = new LockWorld();
    const cut = { off: true, late: true };
    const lock = watched(world.client(cut).lock('jobs', { ttlMs: 20_000 }));
    await world.pass(4_000);
    cut.off = false;
    await world.pass(2_000);
    expect(lock.value?.token).to.equal(1);
    await world.pass(60_000);
    expect(lock.value?.signal.aborted).to.equal(false);
  });

  it('waits no longer than it is told, and until it is told to stop', async () => {
    const world = new LockWorld();
    await held(world, world.client().lock('jobs'));
    const late = watched(world.client().lock('jobs', { timeoutMs: 500 }));
    const abort = new AbortController();
    const stopped = watched(world.client().lock('jobs', { signal: abort.signal }));
    await world.pass(490);
    expect(late).to.deep.equal({});
    await world.pass(20);
    expect(codeOf(late.error)).to.equal('ERR_TIMEOUT');
    abort.abort();
    await world.pass(10);
    expect(codeOf(stopped.error)).to.equal('ERR_ABORTED');
  });

  it('is released at the end of an `await using`, and once', async () => {
    const world = new LockWorld();
    const client = world.client();
    {
      await using lock = await held(world, client.lock('jobs'));
      expect(await client.get(lock.key)).to.include({ revision: lock.token });
    }
    expect(await client.get('lock/jobs')).to.equal(null);
    const again = await held(world, client.lock('jobs'));
    await Promise.all([again.release(), again.release()]);
  });

  it('asks less and less often when it cannot watch: each question is an entry of the log', async () => {
    const world = new LockWorld();
    const client = world.client({ noWatch: true });
    const lock = await held(world, world.client().lock('jobs', { ttlMs: 3_600_000 }));
    const waits = watched(client.lock('jobs'));
    await world.pass(60_000);
    expect(waits).to.deep.equal({});
    await lock.release();
    await world.pass(2_000);
    expect(waits.value?.token).to.be.within(lock.token + 1, lock.token + 60);
  });

  it('leaves no timer behind', async () => {
    const world = new LockWorld();
    const lock = await held(world, world.client().lock('jobs'));
    const waiting = watched(world.client().lock('jobs', { timeoutMs: 50 }));
    await world.pass(100);
    expect(codeOf(waiting.error)).to.equal('ERR_TIMEOUT');
    await lock.release();
    expect(world.clock.step()).to.equal(false);
  });

  it('refuses a time to live that no renewal could meet: ERR_INVALID_ARGUMENT', async () => {
    const client = new LockWorld().client();
    for (const ttlMs of [0, 99, 150.5, NaN]) {
      const error = await client.lock('jobs', { ttlMs }).catch((reason: unknown) => reason);
      expect(codeOf(error)).to.equal('ERR_INVALID_ARGUMENT');
    }
  });
});

describe('client: elect', () => {
  it('has one winner at a time, who says what all can read', async () => {
    const world = new LockWorld();
    const [ada, bob] = [world.client(), world.client()];
    const won = await held(world, ada.elect('boss', { name: 'Ada' }));
    const later = watched(bob.elect('boss', { name: 'Bob' }));
    await world.pass(1_000);

    const boss = async (): Promise<unknown> => (await bob.get('election/boss'))?.value;
    expect(await boss())
      .to.have.property('value')
      .that.deep.equals({ name: 'Ada' });
    await won.release();
    await world.pass(10);
    expect(later.value?.token).to.be.above(won.token);
    expect(await boss())
      .to.have.property('value')
      .that.deep.equals({ name: 'Bob' });
  });
});
