/** Faults on purpose: who may inject them into a node, and what they do to it. */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { createNode, type FaultState, type Node } from '../../actors/node.ts';
import { createNodeFaults } from '../../actors/node/faults.ts';
import { defaultTiming } from '../../actors/ports.ts';
import type { Store } from '../../storage/store.ts';
import { aHeartbeat } from '../transport/builders.ts';

const token = 'a-secret-of-the-test';
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startNode(faultToken?: string): Promise<Node> {
  const dataDir = await mkdtemp(join(tmpdir(), 'statecraft-faults-'));
  cleanUps.push(() => rm(dataDir, { recursive: true, force: true }));
  const node = await createNode({
    ...{ id: 'n1', dataDir, client: '127.0.0.1:0' },
    peers: { n1: '127.0.0.1:0', n2: '127.0.0.1:1' },
    ...(faultToken === undefined ? {} : { faultToken }),
  });
  cleanUps.push(() => node.stop());
  return node;
}

/** The status of a refused upgrade. */
function refusal(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => undefined);
    socket.on('open', () => reject(new Error('the upgrade was not refused')));
    socket.on('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
  });
}

/** Faults that are set by hand, as their route would. */
function injector() {
  const faults = createNodeFaults(token, defaultTiming);
  cleanUps.push(() => faults.stop());
  const [route] = faults.routes;
  const nothing = (): void => undefined;
  const socket = Object.assign(new EventEmitter(), {
    send: nothing,
    ping: nothing,
    close: nothing,
  });
  cleanUps.push(() => socket.emit('close'));
  route!.accept(socket as unknown as WebSocket, new URLSearchParams());
  const set = (change: Partial<FaultState>): void => {
    socket.emit('message', Buffer.from(JSON.stringify(change)));
  };
  return { faults, set };
}

describe('node: faults on purpose', () => {
  it('are for nobody unless the node was started for them', async () => {
    const node = await startNode();
    expect(await refusal(`ws://${node.addresses.client}/faults?token=${token}`)).to.equal(404);
  });

  it('are for whoever brings the token, and for no page of another site', async () => {
    const node = await startNode(token);
    const url = `ws://${node.addresses.client}/faults`;
    expect(await refusal(url)).to.equal(403);
    expect(await refusal(`${url}?token=${token}x`)).to.equal(403);
    const foreign = { origin: 'http://evil.test' };
    expect(await refusal(`${url}?token=${token}`, foreign)).to.equal(403);
  });

  it('are told at first and after each change; what is no change of them ends the connection', async () => {
    const node = await startNode(token);
    const socket = new WebSocket(`ws://${node.addresses.client}/faults?token=${token}`);
    cleanUps.push(() => socket.terminate());
    const told = async (): Promise<FaultState> => {
      const [data] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(data.toString()) as FaultState;
    };
    expect(await told()).to.deep.equal({
      ...{ cutTo: [], cutFrom: [], delayMs: 0, loss: 0, syncDelayMs: 0, slowMotion: 1 },
    });
    socket.send('{"cutTo":["n2"],"loss":0.5}');
    expect(await told()).to.deep.include({ cutTo: ['n2'], loss: 0.5, delayMs: 0 });
    socket.send('{"loss":2}');
    const [status] = (await once(socket, 'close')) as [number];
    expect(status).to.equal(1008);
  });

  it('refuse a token that can be guessed', async () => {
    const error = await startNode('short').catch((refused: unknown) => refused);
    expect(error).to.include({ code: 'ERR_INVALID_CONFIG' });
  });

  it('keep what is cut from leaving and from being heard, and all else as it was', () => {
    const { faults, set } = injector();
    const left: string[] = [];
    const send = (to: string): void => {
      const message = { ...aHeartbeat(1), from: 'n1', to };
      faults.send(message, (one) => left.push(one.to));
    };
    set({ cutTo: ['n2'], cutFrom: ['n3'] });
    send('n2');
    send('n3');
    expect(left).to.deep.equal(['n3']);
    expect([faults.hears('n2'), faults.hears('n3')]).to.deep.equal([true, false]);
    set({ cutTo: [], cutFrom: [], loss: 1 });
    send('n3');
    expect(left).to.deep.equal(['n3']);
  });

  it('slow the delays of the charts, patience first: no election comes of the change alone', () => {
    const { faults, set } = injector();
    const { heartbeatMs, electionTimeoutMs } = defaultTiming;
    set({ slowMotion: 10 });
    expect(faults.timing.electionTimeoutMs).to.equal(10 * electionTimeoutMs);
    expect(faults.timing.heartbeatMs).to.equal(heartbeatMs);
    set({ slowMotion: 1 });
    expect(faults.timing.electionTimeoutMs).to.equal(10 * electionTimeoutMs);
    expect(faults.timing.heartbeatMs).to.equal(heartbeatMs);
  });

  it('say that an fsync is done no sooner than a slow disk would', () => {
    const { faults, set } = injector();
    let synced = 0;
    const store = faults.slowed({
      sync: (_vote: null, done: (fault: null) => void) => done(null),
    } as unknown as Store);
    store.sync(null, () => (synced += 1));
    set({ syncDelayMs: 10_000 });
    store.sync(null, () => (synced += 1));
    expect(synced).to.equal(1);
  });
});
