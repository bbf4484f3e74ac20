/** A chunk is never in front of a heartbeat: a backlog of snapshot over real sockets. */
import { expect } from 'chai';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { createPeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Listener } from '../../transport/websocket-server.ts';
import { Recorder, aChunk, aHeartbeat, aHello } from './builders.ts';

const MiB = 1 << 20;

/** Connections to `port`, in order of dialling, each of which a test can hold up. */
async function wires(port: number): Promise<[Server, Socket[], number]> {
  const dialled: Socket[] = [];
  const server = createServer((from) => {
    dialled.push(from);
    const to = connect(port, '127.0.0.1');
    from.pipe(to);
    to.pipe(from);
    for (const socket of [from, to]) {
      socket.on('error', () => undefined);
      socket.on('close', () => [from, to].forEach((one) => one.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return [server, dialled, (server.address() as AddressInfo).port];
}

describe('bulk connection over WebSocket', () => {
  it('delays no heartbeat, whatever waits on it: 64 MiB of chunks that nobody reads', async () => {
    const heard = new Recorder();
    let listener!: Listener;
    const port = await new Promise<number>((resolve, reject) => {
      listener = createPeerListener({
        self: aHello('b'),
        handlers: heard.listening,
        host: '127.0.0.1',
        port: 0,
        onListening: resolve,
        onFault: (fault) => reject(new Error(fault.message)),
        onRefused: (why) => heard.note(why.code),
      });
    });
    const [proxy, dialled, at] = await wires(port);
    const limits = { ...defaultPeerLimits, maxQueuedBytes: 128 * MiB };
    const dialer = createPeerDialer(aHello('a'), limits);
    const [told, bulkTold] = [new Recorder(), new Recorder()];
    const normal = dialer.dial(`127.0.0.1:${at}`, 'b', told.dialled);
    await told.until('opened b');
    const bulk = dialer.dial(`127.0.0.1:${at}`, 'b', bulkTold.dialled, 'bulk');
    await bulkTold.until('opened b');

    dialled[1]!.pause();
    dialled[1]!.unpipe();
    for (let i = 0; i < 64; i += 1) expect(bulk.send(aChunk(i * MiB, MiB))).to.equal(true);
    for (let round = 1; round <= 100; round += 1) {
      normal.send(aHeartbeat(round));
      await heard.until(`message ${round}`);
    }

    expect(bulk.bufferedBytes).to.be.above(32 * MiB);
    expect(heard.messages.map(({ type }) => type)).to.deep.equal(
      Array.from({ length: 100 }, () => 'rpc.appendEntries'),
    );
    bulk.close();
    normal.close();
    for (const socket of dialled) socket.destroy();
    await heard.until('peer a gone');
    await new Promise((done) => proxy.close(done));
    await new Promise<void>((done) => listener.stop(done));
  });
});
