/**
 * Acceptance, sockets: rows TCP of README.md that the transport's own tests do not say in as many
 * words, and the defect D21, two servers that dial each other at once. Real WebSockets on loopback.
 */
import { expect } from 'chai';
import { createPeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Connection } from '../../transport/transport.ts';
import type { Listener } from '../../transport/websocket-server.ts';
import { Recorder, aHeartbeat, aHello } from '../transport/builders.ts';

describe('acceptance: transport', () => {
  const listeners: Listener[] = [];
  const connections: Connection[] = [];

  afterEach(async () => {
    for (const connection of connections.splice(0)) connection.close();
    for (const listener of listeners.splice(0)) {
      await new Promise<void>((done) => listener.stop(done));
    }
  });

  /** Listens as `node` on any free port; resolves with the port. */
  function listen(node: string, heard: Recorder): Promise<number> {
    return new Promise((resolve, reject) => {
      const listener = createPeerListener({
        ...{ self: aHello(node), handlers: heard.listening, host: '127.0.0.1', port: 0 },
        onListening: resolve,
        onFault: ({ message }) => reject(new Error(message)),
        onRefused: () => undefined,
      });
      listeners.push(listener);
    });
  }

  function dial(self: string, peer: string, port: number): [Connection, Recorder] {
    const told = new Recorder();
    const dialer = createPeerDialer(aHello(self));
    const connection = dialer.dial(`127.0.0.1:${port}`, peer, told.dialled);
    connections.push(connection);
    return [connection, told];
  }

  it('TCP1 listens on any free port when asked for port 0, and says which', async () => {
    expect(await listen('a', new Recorder())).to.be.within(1, 65_535);
  });

  it('D21 two servers that dial each other at once both get through, and both are heard', async () => {
    const heard = { a: new Recorder(), b: new Recorder() };
    const [portA, portB] = await Promise.all([listen('a', heard.a), listen('b', heard.b)]);
    const [toB, toldA] = dial('a', 'b', portB);
    const [toA, toldB] = dial('b', 'a', portA);
    await Promise.all([toldA.until('opened b'), toldB.until('opened a')]);

    expect(toB.send(aHeartbeat(1, { from: 'a', to: 'b' }))).to.equal(true);
    expect(toA.send(aHeartbeat(2, { from: 'b', to: 'a' }))).to.equal(true);
    await Promise.all([heard.b.until('message 1'), heard.a.until('message 2')]);
    expect([heard.b.messages[0]?.from, heard.a.messages[0]?.from]).to.deep.equal(['a', 'b']);
  });
});
