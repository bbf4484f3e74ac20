/** Who may kill the processes of a demo: its own pages, with its secret, and nobody else. */
import { once } from 'node:events';
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { Cluster } from '../../apps/cli/cluster/launch.ts';
import { serveSupervisor, supervisorPath } from '../../apps/cli/cluster/supervisor.ts';

const token = 'a-secret-of-the-test';

/** Two members that note what is done to them. */
function twoMembers() {
  const done: string[] = [];
  const changed = new Set<() => void>();
  const member = (client: string, alive: boolean) => ({
    ...{ alive, state: alive ? 'running' : 'gone', options: { client } },
  });
  const cluster = {
    members: new Map([
      ['n1', member('127.0.0.1:7401', true)],
      ['n2', member('127.0.0.1:7402', false)],
    ]),
    end: (id: string, signal: string) => done.push(`${signal} ${id}`),
    suspend: (id: string, paused: boolean) => done.push(`${paused ? 'pause' : 'resume'} ${id}`),
    restart: (id: string) => done.push(`restart ${id}`),
    onChange(listener: () => void) {
      changed.add(listener);
      return () => void changed.delete(listener);
    },
  };
  return { cluster: cluster as unknown as Cluster, done, changed };
}

describe('e2e: the supervisor of a demo', () => {
  const cleanUps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
  });

  async function serve() {
    const members = twoMembers();
    const supervisor = await serveSupervisor(members.cluster, token);
    cleanUps.push(() => supervisor.stop());
    return { ...members, at: `ws://${supervisor.address}` };
  }

  /** 'in', or the status of the refusal. */
  function attempt(url: string, headers: Record<string, string> = {}): Promise<string> {
    return new Promise((resolve) => {
      const socket = new WebSocket(url, { headers });
      cleanUps.push(() => socket.terminate());
      socket.on('error', () => undefined);
      socket.on('open', () => resolve('in'));
      socket.on('unexpected-response', (_, { statusCode }) => resolve(String(statusCode)));
    });
  }

  it('lets in the pages of its servers, and whoever is no page, with the token', async () => {
    const { at } = await serve();
    const url = `${at}${supervisorPath}?token=${token}`;
    expect(await attempt(url)).to.equal('in');
    expect(await attempt(url, { origin: 'http://localhost:7402' })).to.equal('in');
    expect(await attempt(`${at}${supervisorPath}`)).to.equal('403');
    expect(await attempt(`${at}/?token=${token}`)).to.equal('403');
    // As any site may have a browser ask, before it is known whose page it is.
    expect(await attempt(`${at}//`, { origin: 'http://evil.test' })).to.equal('403');
    expect(await attempt(url, { origin: 'http://evil.test' })).to.equal('403');
    expect(await attempt(url, { origin: 'http://127.0.0.1:7403' })).to.equal('403');
    expect(await attempt(url, { host: 'evil.test' })).to.equal('403');
  });

  it('tells how the processes are, at first and when that changes', async () => {
    const { at, changed } = await serve();
    const socket = new WebSocket(`${at}${supervisorPath}?token=${token}`);
    cleanUps.push(() => socket.terminate());
    const told = async (): Promise<unknown> => {
      const [data] = (await once(socket, 'message')) as [Buffer];
      return JSON.parse(data.toString());
    };
    expect(await told()).to.deep.equal({ servers: { n1: 'running', n2: 'gone' } });
    for (const tell of changed) tell();
    expect(await told()).to.deep.equal({ servers: { n1: 'running', n2: 'gone' } });
  });

  it('does what it is asked, starts only what is dead, and closes on anything else', async () => {
    const { at, done } = await serve();
    const socket = new WebSocket(`${at}${supervisorPath}?token=${token}`);
    cleanUps.push(() => socket.terminate());
    await once(socket, 'open');
    const orders = ['kill n1', 'stop n1', 'pause n1', 'resume n1', 'restart n1', 'restart n2'];
    for (const order of orders) {
      const [deed, server] = order.split(' ');
      socket.send(JSON.stringify({ do: deed, server }));
    }
    socket.send('{"do":"kill","server":"n9"}');
    const [status] = (await once(socket, 'close')) as [number];
    expect(status).to.equal(1008);
    expect(done).to.deep.equal([
      ...['SIGKILL n1', 'SIGTERM n1', 'pause n1', 'resume n1', 'restart n2'],
    ]);
  });
});
