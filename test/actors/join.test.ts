/** A server that asks to be let in, and is stopped while it does (§6). */
import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { joinCluster } from '../../actors/node/join.ts';
import { silent } from '../../actors/node/options.ts';
import type { Replica } from '../../actors/replica.ts';

describe('joining a cluster', () => {
  let server: Server;
  let address: string;

  /** Of what keeps a process alive: no timer, and no connection. */
  const timers = (): number =>
    process.getActiveResourcesInfo().filter((one) => one === 'Timeout').length;

  /** `joinCluster` of a server that knows nobody, and what it has to say. */
  function ask(join: string) {
    const said = new EventEmitter();
    const replica = { members: { entry: { voters: {} } } } as Replica;
    const end = joinCluster({
      ...{ join: [join], id: 'n4', cluster: 'c', peer: '127.0.0.1:1', replica },
      logger: { ...silent, warn: (_, message) => said.emit(message) },
      fail: ({ code }) => expect.fail(code),
    });
    return { end, said };
  }

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterEach(() => server.close());

  it('ends at once while it waits for somebody to ask', async () => {
    server.close();
    await once(server, 'close');
    const before = timers();
    const { end, said } = ask(address);
    await once(said, 'waits for a server to join: none of them answers');
    await end();
    expect(timers()).to.equal(before);
  });

  it('ends at once while somebody is asked who does not answer', async () => {
    const { end } = ask(address);
    const [socket] = (await once(server, 'connection')) as [Socket];
    const closed = once(socket.resume(), 'close');
    await end();
    await closed;
    expect(socket.destroyed).to.equal(true);
  });
});
