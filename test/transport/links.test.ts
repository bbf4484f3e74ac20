/** Links over real sockets: a peer's process comes, goes and comes again at the same address. */
import { expect } from 'chai';
import { defaultLinkTiming } from '../../actors/links/link.ts';
import { createLinks } from '../../actors/links/links.ts';
import { createPeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Listener } from '../../transport/websocket-server.ts';
import { Recorder, aHeartbeat, aHello } from './builders.ts';

/** Starts server `b`; resolves with its listener and port once it can be dialled. */
function start(boot: number, port: number, heard: Recorder): Promise<[Listener, number]> {
  return new Promise((resolve, reject) => {
    const listener = createPeerListener({
      self: aHello('b', { boot }),
      handlers: heard.listening,
      host: '127.0.0.1',
      port,
      onListening: (bound) => resolve([listener, bound]),
      onFault: (fault) => reject(new Error(fault.message)),
      onRefused: () => undefined,
    });
  });
}

const stop = (listener: Listener) => new Promise<void>((done) => listener.stop(done));

describe('links over WebSocket', () => {
  it('hear at once that a peer died, drop what is sent meanwhile, and find it when it is back', async () => {
    const heard = new Recorder();
    const told = new Recorder();
    const [first, port] = await start(1, 0, heard);
    const self = aHello('a');
    const links = createLinks({
      self,
      peers: { b: `127.0.0.1:${port}` },
      dialer: createPeerDialer(self),
      clock: { setTimeout, clearTimeout: (id) => clearTimeout(id as NodeJS.Timeout) },
      random: () => 0,
      timing: { ...defaultLinkTiming, backOffMs: 1, maxBackOffMs: 5 },
      onOpened: (peer, hello) => told.note(`opened ${peer} boot ${hello.boot}`),
      onClosed: (peer) => told.note(`closed ${peer}`),
      onFault: (fault) => told.note(fault.code),
    });

    await told.until('opened b boot 1');
    links.send(aHeartbeat(1));
    await heard.until('message 1');

    await stop(first);
    await told.until('closed b');
    links.send(aHeartbeat(2));

    const [second] = await start(2, port, heard);
    await told.until('opened b boot 2');
    links.send(aHeartbeat(3));
    await heard.until('message 3');
    links.stop();
    await heard.until('peer a gone');
    await stop(second);

    expect(told.events).to.deep.equal(['opened b boot 1', 'closed b', 'opened b boot 2']);
    expect(heard.messages).to.deep.equal([aHeartbeat(1), aHeartbeat(3)]);
    expect(links.status()['b']).to.deep.include({ state: 'stopped', hello: null });
  });
});
