/** A node as programs embed it: events, machines of one's own, and a start that can be given up. */
import dns from 'node:dns';
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import sinon from 'sinon';
import { connect } from '../../actors/client.ts';
import type { Fault } from '../../machines/events.ts';
import { createNode, StatecraftError, type Node, type NodeOptions } from '../../actors/node.ts';
import { tellWarning, type NodeEvents } from '../../actors/node/events.ts';
import { silent } from '../../actors/node/options.ts';
import type { LeaderEvent, StateEvent, StateMachine } from '../../actors/node.ts';

describe('node: embedded', () => {
  let dir = '';
  let stoppable: { stop(): unknown }[] = [];

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'statecraft-embedded-'));
    stoppable = [];
  });

  afterEach(async () => {
    for (const each of stoppable) await each.stop();
    await rm(dir, { recursive: true });
  });

  const options = (more: Partial<NodeOptions> = {}): NodeOptions => ({
    id: 'n1',
    peers: { n1: '127.0.0.1:0' },
    client: '127.0.0.1:0',
    dataDir: join(dir, 'n1'),
    ...more,
  });

  async function aNode(more: Partial<NodeOptions> = {}): Promise<Node> {
    const node = await createNode(options(more));
    stoppable.push(node);
    return node;
  }

  async function aClient(node: Node) {
    const client = await connect([node.addresses.client]);
    stoppable.push(client);
    return client;
  }

  it('tells that it leads, once, and is the leader by then', async () => {
    const node = await aNode();
    const leaders: [LeaderEvent, string][] = [];
    const states: StateEvent[] = [];
    node.on('leader', (event) => leaders.push([event, node.status().role]));
    node.on('state', (event) => states.push(event));

    const client = await aClient(node);
    await client.put('k', 'v');

    const { term } = node.status();
    expect(leaders.filter(([{ id }]) => id !== null)).to.deep.equal([
      [{ id: 'n1', term }, 'leader'],
    ]);
    expect(states.at(-1)).to.deep.include({ role: 'leader', trust: 'proven', term });
    expect(states.map(({ state }) => state)).to.deep.equal([
      ...new Set(states.map(({ state }) => state)),
    ]);
  });

  it('tells what is committed, as an index that only grows', async () => {
    const node = await aNode();
    const indices: number[] = [];
    node.on('commit', ({ index }) => indices.push(index));
    const client = await aClient(node);

    const { revision } = await client.put('k', 'v');

    expect(indices.at(-1)).to.equal(revision);
    expect(indices).to.deep.equal([...new Set(indices)].sort((a, b) => a - b));
  });

  it('works with `once` of node:events, and with its signal', async () => {
    const node = await aNode();
    if (node.status().leader === null) {
      const [{ id }] = (await once(node, 'leader')) as [LeaderEvent];
      expect(id === null || id === 'n1').to.equal(true);
    }
    const given = once(node, 'leader', { signal: AbortSignal.abort() });
    expect(await given.catch((error: unknown) => (error as Error).name)).to.equal('AbortError');
    expect(node.listenerCount('leader')).to.equal(0);
  });

  it('tells and logs that a snapshot was given up for a full disk, without anything else of it', () => {
    const told: object[] = [];
    const events = new EventEmitter<NodeEvents>();
    events.on('warning', (event) => told.push({ event }));
    const logger = {
      ...silent,
      warn: (fields: object, text: string) => told.push({ fields, text }),
    };
    const event = { code: 'ERR_STORAGE_FULL', message: 'no space left' };

    tellWarning({ ...event, cause: 'not for the log' } as Fault, events, logger);

    expect(told).to.deep.equal([{ fields: event, text: 'gave up a snapshot' }, { event }]);
  });

  it('says nothing any more after stop()', async () => {
    const node = await aNode();
    const client = await aClient(node);
    await client.put('k', 'v');
    await node.stop();
    let told = 0;
    for (const name of ['leader', 'state', 'commit'] as const) node.on(name, () => (told += 1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.equal(0);
  });

  it('can be given up while it starts, and leaves nothing behind that a next start would meet', async () => {
    const signal = AbortSignal.abort('changed my mind');
    const given = await createNode(options({ signal })).catch((error: unknown) => error);
    expect(given).to.be.instanceOf(StatecraftError);
    expect(given).to.include({ code: 'ERR_ABORTED', cause: 'changed my mind' });

    // In the middle: each step of the start is followed by a look at the signal.
    for (let after = 1; after <= 3; after += 1) {
      let looks = 0;
      const late = {
        get aborted() {
          return ++looks > after;
        },
        reason: 'late',
      } as AbortSignal;
      const error = await createNode(options({ signal: late })).catch((e: unknown) => e);
      expect(error, `after ${after}`).to.include({ code: 'ERR_ABORTED', cause: 'late' });
    }
    const node = await aNode();
    expect(node.status().id).to.equal('n1');
  });

  it('a start during which its state turns out to be unreadable fails, and is not taken for one that serves', async () => {
    let restores = false;
    const machine = (): StateMachine => ({
      refuse: () => null,
      apply: () => null,
      query: () => null,
      snapshot: () => ['item'],
      restore: () => {
        if (restores) throw new Error('an item of another version');
      },
    });
    const first = await aNode({ machines: { m: machine() }, limits: { snapshotEntries: 1 } });
    const client = await aClient(first);
    await client.command('m', 1);
    for (let i = 0; first.status().snapshotIndex === 0; i += 1) await client.command('m', i);
    await first.stop();

    restores = true;
    // The names of hosts take their time, so the disk is faster.
    const lookup = sinon.stub(dns, 'lookup').callsFake((...args: unknown[]) => {
      const callback = args.at(-1) as (error: null, address: string, family: number) => void;
      setTimeout(() => callback(null, '127.0.0.1', 4), 300);
    });
    try {
      const failed = await createNode(
        options({
          machines: { m: machine() },
          client: 'localhost:0',
          peers: { n1: 'localhost:0' },
        }),
      ).then(
        (node) => void stoppable.push(node),
        (error: unknown) => error,
      );
      expect(failed).to.be.instanceOf(StatecraftError);
      expect((failed as StatecraftError).message).to.include('an item of another version');
    } finally {
      lookup.restore();
    }
  });
});
