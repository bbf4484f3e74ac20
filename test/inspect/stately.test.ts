/** Stately's protocol from real nodes, heard by the receiver of `@statelyai/inspect` itself. */
import { createWebSocketReceiver, type StatelyInspectionEvent } from '@statelyai/inspect';
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { feedStately } from '../../actors/inspect/stately.ts';
import { createNode, type Node } from '../../actors/node.ts';
import { appendReply } from '../support/step.ts';
import { Inspected } from './support.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** A server that leads alone, or waits for a peer that never comes. */
async function start(id: string, peers: Record<string, string> = {}): Promise<Node> {
  const dataDir = await mkdtemp(join(tmpdir(), 'statecraft-inspect-'));
  cleanUps.push(() => rm(dataDir, { recursive: true }));
  const node = await createNode({
    id,
    peers: { [id]: '127.0.0.1:0', ...peers },
    client: '127.0.0.1:0',
    dataDir,
    timing: { heartbeatMs: 20, electionTimeoutMs: 40 },
  });
  cleanUps.push(() => node.stop());
  return node;
}

/** What the package's receiver hears, until something it waits for has come. */
function receive(url: string) {
  const heard: StatelyInspectionEvent[] = [];
  let wake = (): void => undefined;
  createWebSocketReceiver({ server: url }).subscribe((event) => {
    heard.push(event);
    wake();
  });
  return {
    heard,
    actors: () => heard.flatMap((event) => (event.type === '@xstate.actor' ? [event] : [])),
    until: async (done: () => boolean) => {
      while (!done()) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

/** The status of an upgrade that is refused. */
function refusal(url: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { headers });
    socket.on('error', () => undefined);
    socket.on('open', () => reject(new Error('the upgrade was not refused')));
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0));
  });
}

describe('Stately inspector', () => {
  it('shows its receiver every server, log writer and link with a definition it can parse', async () => {
    const node = await start('n1', { n2: '127.0.0.1:1' });
    const viewer = receive(node.inspect());
    await viewer.until(() => viewer.actors().length === 4);
    const shown = viewer.actors().map(({ sessionId, parentId, rootId, name }) => {
      return { sessionId, parentId, rootId, name };
    });
    expect(shown).to.deep.equal([
      { sessionId: 'n1/server', parentId: undefined, rootId: 'n1/server', name: 'n1/server' },
      {
        sessionId: 'n1/logWriter',
        parentId: 'n1/server',
        rootId: 'n1/server',
        name: 'n1/logWriter',
      },
      {
        sessionId: 'n1/snapshotter',
        parentId: 'n1/server',
        rootId: 'n1/server',
        name: 'n1/snapshotter',
      },
      { sessionId: 'n1/link.n2', parentId: undefined, rootId: 'n1/link.n2', name: 'n1/link.n2' },
    ]);
    const ids = viewer.actors().map(({ definition = '' }) => {
      return (JSON.parse(definition) as { id: string }).id;
    });
    expect(ids).to.deep.equal(['server', 'logWriter', 'snapshotter', 'link']);
    for (const { snapshot } of viewer.actors()) expect(snapshot.value).not.to.equal(undefined);
  });

  it('goes on with events and snapshots of those actors', async () => {
    const node = await start('n1', { n2: '127.0.0.1:1' });
    const viewer = receive(node.inspect());
    // It canvasses again and again, for nobody answers.
    await viewer.until(() =>
      viewer.heard.some(({ type, sessionId }) => {
        return type === '@xstate.snapshot' && sessionId === 'n1/server';
      }),
    );
    const registered = viewer.actors().map(({ sessionId }) => sessionId);
    for (const event of viewer.heard) {
      expect(registered).to.include(event.sessionId);
      expect(event._version).to.equal('0.7.2');
    }
  });

  it('tells the actors of two nodes apart', async () => {
    const nodes = [
      await start('n1', { n3: '127.0.0.1:1' }),
      await start('n2', { n3: '127.0.0.1:1' }),
    ];
    const viewers = nodes.map((node) => receive(node.inspect()));
    for (const viewer of viewers) await viewer.until(() => viewer.actors().length === 4);
    const ids = viewers.flatMap((viewer) => viewer.actors().map(({ sessionId }) => sessionId));
    expect(new Set(ids).size).to.equal(8);
  });

  it('lets in nobody without the token, and nobody at all before it is asked to', async () => {
    const node = await start('n1');
    const base = `ws://${node.addresses.client}/inspect/stately`;
    expect(await refusal(base)).to.equal(403);
    expect(await refusal(`${base}?token=`)).to.equal(403);
    const url = node.inspect();
    expect(url.startsWith(`${base}?token=`)).to.equal(true);
    expect(await refusal(base)).to.equal(403);
    expect(await refusal(`${url}0`)).to.equal(403);
    expect(await refusal(url, { origin: 'https://stately.ai' })).to.equal(403);
    expect(await refusal(url, { host: 'evil.test' })).to.equal(403);
  });

  it('has a token of its own at each start', async () => {
    const [first, second] = [await start('n1'), await start('n1')].map((node) => node.inspect());
    expect(first?.split('token=')[1]).not.to.equal(second?.split('token=')[1]);
  });
});

describe("Stately's protocol", () => {
  interface Told {
    readonly type: string;
    readonly sessionId: string;
    readonly event: { readonly type: string };
  }

  function feed(server: Inspected, heartbeats: boolean): Told[] {
    const told: Told[] = [];
    feedStately(server.inspector.tap, {
      node: 'a',
      heartbeats,
      now: () => server.held.clock.now,
      send: (text) => told.push(JSON.parse(text) as Told),
      onFailed: (error) => server.failures.push(error),
    });
    return told;
  }

  /** A leader that beats, is answered, and has nothing else to do. */
  function beat(server: Inspected): void {
    server.held.pass(50);
    const reply = appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 });
    server.held.receive(reply);
  }

  it('leaves out heartbeats that change nothing, unless asked for', () => {
    const server = new Inspected();
    server.held.start().elect().settle();
    beat(server);
    server.held.settle();
    const [quiet, loud] = [feed(server, false), feed(server, true)];
    const before = quiet.length;
    for (let i = 0; i < 10; i += 1) beat(server);
    expect(quiet.slice(before)).to.deep.equal([]);
    expect(loud.length).to.be.above(before + 50);
  });

  it('shows a leader that comes and goes, with its replicators, to an early and a late viewer', () => {
    const server = new Inspected();
    server.held.start();
    const early = feed(server, false);
    server.held.elect();
    const late = feed(server, false);
    const actors = (told: readonly Told[]) =>
      told.filter(({ type }) => type === '@xstate.actor').map(({ sessionId }) => sessionId);
    const all = ['a/server', 'a/logWriter', 'a/snapshotter', 'a/replicator.b', 'a/replicator.c'];
    expect(actors(early)).to.deep.equal(all);
    expect(actors(late)).to.have.members(all);
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 9 }));
    const ended = late.filter(({ event, type }) => {
      return type === '@xstate.snapshot' && event.type === 'xstate.stop';
    });
    expect(ended.map(({ sessionId }) => sessionId)).to.deep.equal([
      'a/replicator.b',
      'a/replicator.c',
    ]);
    expect(server.failures).to.deep.equal([]);
  });

  it('shows no value that a client wrote', () => {
    const server = new Inspected();
    server.held.start().elect().settle();
    const told = feed(server, true);
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 })).settle();
    server.held.submit({ id: 1, op: 'open' }).settle();
    const put = { put: { key: 'canary-key', value: { json: '"canary-value"' } } };
    const command = { id: 2, op: 'command', session: 2, seq: 1, doneBelow: 1 } as const;
    server.held.submit({ ...command, machine: 'kv', command: put }).settle();
    expect(told.map(({ event }) => (event as { type: string } | undefined)?.type)).to.include(
      'client.command',
    );
    expect(JSON.stringify(told)).not.to.include('canary');
  });
});
