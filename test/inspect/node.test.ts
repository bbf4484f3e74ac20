/** Two real servers, watched over real sockets while they elect a leader and write. */
import { expect } from 'chai';
import { WebSocket } from 'ws';
import { connect } from '../../actors/client.ts';
import { watch, type NodeEvent, type NodeView } from '../../actors/inspect/index.ts';
import { createNode, type Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { temporaryFolder } from '../cli/support.ts';

const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function startTwo(): Promise<Node[]> {
  const [first, second] = await anyFreePorts(2);
  const peers = { n1: `127.0.0.1:${first}`, n2: `127.0.0.1:${second}` };
  const nodes: Node[] = [];
  for (const id of Object.keys(peers)) {
    const folder = await temporaryFolder();
    cleanUps.push(folder.remove);
    const timing = { heartbeatMs: 20, electionTimeoutMs: 100 };
    const node = await createNode({
      id,
      peers,
      client: '127.0.0.1:0',
      dataDir: folder.path,
      timing,
    });
    cleanUps.push(() => node.stop());
    nodes.push(node);
  }
  return nodes;
}

class Watching {
  view: NodeView | null = null;
  readonly events: NodeEvent[] = [];
  #wake = (): void => undefined;

  constructor(node: Node) {
    const stop = watch(
      `ws://${node.addresses.client}/inspect`,
      {
        state: (view) => this.#hear(view, []),
        events: (events, view) => this.#hear(view, events),
      },
      { connect: (url) => new WebSocket(url) },
    );
    cleanUps.push(stop);
  }

  #hear(view: NodeView, events: readonly NodeEvent[]): void {
    this.view = view;
    this.events.push(...events);
    this.#wake();
  }

  async until(done: (seen: this) => boolean): Promise<void> {
    while (!done(this)) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

describe('a cluster that is watched', () => {
  it('is seen electing, connecting and writing, and never the value that is written', async () => {
    const nodes = await startTwo();
    const watchers = nodes.map((node) => new Watching(node));
    const client = await connect(nodes.map((node) => node.addresses.client));
    cleanUps.push(() => client[Symbol.asyncDispose]());
    await client.put('canary-key', 'canary-value');
    const applied = nodes.map((node) => node.status().commitIndex);
    for (const [i, watcher] of watchers.entries()) {
      await watcher.until(({ view }) => (view?.appliedIndex ?? 0) >= (applied[i] ?? 0));
    }
    const leader = nodes.findIndex((node) => node.status().role === 'leader');
    const [leading, following] = [watchers[leader], watchers[1 - leader]];
    const peer = nodes[1 - leader]?.id ?? '';
    const self = nodes[leader]?.id ?? '';
    expect([...(leading?.view?.actors.keys() ?? [])]).to.have.members([
      ...['server', 'logWriter', 'snapshotter', `replicator.${peer}`, `link.${peer}`].map(
        (id) => `${self}/${id}`,
      ),
    ]);
    expect([...(following?.view?.actors.keys() ?? [])]).to.have.members([
      ...['server', 'logWriter', 'snapshotter', `link.${self}`].map((id) => `${peer}/${id}`),
    ]);
    const server = leading?.view?.actors.get(`${self}/server`);
    expect(server?.digest).to.include({ leader: self, commitIndex: applied[leader] });
    const heard = following?.events.filter(({ type }) => type === 'message.received') ?? [];
    expect(JSON.stringify(heard)).to.include('rpc.appendEntries');
    const all = JSON.stringify(watchers.map(({ events }) => events));
    expect(all).to.include('client.command').and.not.include('canary');
  });
});
