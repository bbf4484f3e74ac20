/** What holds for every transport: the WebSocket links and their in-memory twin. */
import { expect } from 'chai';
import { createBoots } from '../../transport/admission.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { createMemoryNetwork } from '../../transport/memory.ts';
import { createPeerListener } from '../../transport/peer-listener.ts';
import { createPeerDialer } from '../../transport/peer-socket.ts';
import type { Connection, Dialer, Hello, ListenerHandlers } from '../../transport/transport.ts';
import { Recorder, aChunk, aHeartbeat, aHello, linesOf, someEntries } from './builders.ts';

/** Small, so that a test fills it. */
const maxQueuedBytes = 1 << 20;

interface World {
  /** Resolves with the address, once it can be dialled. */
  listen(self: Hello, handlers: ListenerHandlers): Promise<string>;
  dialer(self: Hello): Dialer;
  stopListener(address: string): Promise<void>;
  stopAll(): Promise<void>;
}

function webSockets(): World {
  const limits = { ...defaultPeerLimits, maxQueuedBytes };
  const stops = new Map<string, () => Promise<void>>();
  const stopListener = async (address: string) => {
    await stops.get(address)?.();
    stops.delete(address);
  };
  return {
    listen: (self, handlers) =>
      new Promise((resolve, reject) => {
        const listener = createPeerListener({
          self,
          handlers,
          limits,
          host: '127.0.0.1',
          port: 0,
          onListening: (port) => {
            const address = `127.0.0.1:${port}`;
            stops.set(address, () => new Promise((done) => listener.stop(done)));
            resolve(address);
          },
          onFault: (fault) => reject(new Error(fault.message)),
          onRefused: () => undefined,
        });
      }),
    dialer: (self) => createPeerDialer(self, limits),
    stopListener,
    stopAll: async () => {
      for (const address of [...stops.keys()]) await stopListener(address);
    },
  };
}

function inMemory(): World {
  const network = createMemoryNetwork({ defer: setImmediate, maxQueuedBytes });
  const stops = new Map<string, () => void>();
  return {
    listen: (self, handlers) => {
      const address = `memory:${stops.size}`;
      stops.set(address, network.listen(address, self, handlers));
      return Promise.resolve(address);
    },
    dialer: (self) => network.dialer(self),
    stopListener: (address) => Promise.resolve(stops.get(address)?.()),
    stopAll: () => {
      for (const stop of stops.values()) stop();
      return Promise.resolve();
    },
  };
}

for (const [name, makeWorld] of [
  ['WebSocket', webSockets],
  ['in memory', inMemory],
] as const) {
  describe(`transport contract: ${name}`, () => {
    let world: World;
    let heard: Recorder;
    let address: string;
    const connections: Connection[] = [];

    beforeEach(async () => {
      world = makeWorld();
      heard = new Recorder();
      address = await world.listen(aHello('b'), heard.listening);
    });

    afterEach(async () => {
      for (const connection of connections.splice(0)) connection.close();
      await world.stopAll();
    });

    function dial(self: Hello, at = address, peer = 'b', dialer = world.dialer(self)) {
      const told = new Recorder();
      const connection = dialer.dial(at, peer, told.dialled);
      connections.push(connection);
      return { connection, told };
    }

    it('says connected, then opened with the hello of who was dialled', async () => {
      const { told } = dial(aHello('a'));
      expect(told.events, 'nothing is called back from within dial').to.deep.equal([]);
      await told.until('opened b');
      expect(told.events).to.deep.equal(['connected', 'opened b']);
      expect(heard.events).to.deep.equal(['peer a boot 1']);
    });

    it('has a second connection of the same process for chunks, of which nobody is told', async () => {
      const self = aHello('a');
      const dialer = world.dialer(self);
      const { connection, told } = dial(self, address, 'b', dialer);
      await told.until('opened b');
      const bulkTold = new Recorder();
      const bulk = dialer.dial(address, 'b', bulkTold.dialled, 'bulk');
      await bulkTold.until('opened b');

      bulk.send(aChunk());
      await heard.until('message rpc.installSnapshot');
      bulk.close();
      connection.send(aHeartbeat(1));
      await heard.until('message 1');

      expect(told.events).to.deep.equal(['connected', 'opened b']);
      expect(heard.events).to.deep.equal([
        'peer a boot 1',
        'message rpc.installSnapshot',
        'message 1',
      ]);
      expect(heard.messages).to.deep.equal([aChunk(), aHeartbeat(1)]);
    });

    it('has one connection for chunks per process, and none of a process that is gone', async () => {
      const dialer = world.dialer(aHello('a'));
      const [first, second] = [new Recorder(), new Recorder()];
      connections.push(dialer.dial(address, 'b', first.dialled, 'bulk'));
      await first.until('opened b');
      connections.push(dialer.dial(address, 'b', second.dialled, 'bulk'));
      await first.until('closed ERR_REPLACED');
      await second.until('opened b');

      dial(aHello('a', { boot: 2, nonce: 'another process' }));
      await second.until('closed ERR_REPLACED');
      expect(heard.events).to.deep.equal(['peer a boot 2']);
    });

    it('refuses a chunk in front of heartbeats, and anything else among chunks', async () => {
      const self = aHello('a');
      const dialer = world.dialer(self);
      const { connection, told } = dial(self, address, 'b', dialer);
      await told.until('opened b');
      connection.send(aChunk());
      await told.until('closed ERR_BAD_FRAME');
      const bulkTold = new Recorder();
      const bulk = dialer.dial(address, 'b', bulkTold.dialled, 'bulk');
      await bulkTold.until('opened b');
      bulk.send(aHeartbeat(1));
      await bulkTold.until('closed ERR_BAD_FRAME');
      expect(heard.messages).to.deep.equal([]);
    });

    it('carries messages in order, lines and all, also those sent in the turn it opens', async () => {
      const told = new Recorder();
      const sent = [someEntries(), aHeartbeat(2), aHeartbeat(3)];
      const answers: boolean[] = [];
      const connection = world.dialer(aHello('a')).dial(address, 'b', {
        ...told.dialled,
        opened: () => sent.forEach((message) => answers.push(connection.send(message))),
      });
      connections.push(connection);

      await heard.until('message 3');
      expect(answers).to.deep.equal([true, true, true]);
      expect(heard.messages).to.deep.equal(sent);
    });

    it('refuses to send before it is open and after it was closed', async () => {
      const { connection, told } = dial(aHello('a'));
      expect(connection.send(aHeartbeat(1))).to.equal(false);
      await told.until('opened b');
      connection.close();
      expect(connection.send(aHeartbeat(1))).to.equal(false);
    });

    it('tells the listener when the dialler closes, delivers what came before, and calls back no more', async () => {
      const { connection, told } = dial(aHello('a'));
      await told.until('opened b');
      connection.send(aHeartbeat(1));
      connection.close();
      connection.close();
      await heard.until('peer a gone');
      expect(heard.events).to.deep.equal(['peer a boot 1', 'message 1', 'peer a gone']);
      expect(told.events).to.deep.equal(['connected', 'opened b']);
    });

    it('a connection closed before it opened is never heard of', async () => {
      const first = dial(aHello('a'));
      first.connection.close();
      const second = dial(aHello('c'));
      await second.told.until('opened b');
      expect(first.told.events).to.deep.equal([]);
      expect(heard.events).to.deep.equal(['peer c boot 1']);
    });

    it('tells the dialler when the listener stops, and the handlers nothing more', async () => {
      const { told } = dial(aHello('a'));
      await told.until('opened b');
      await world.stopListener(address);
      await told.until('closed ERR_STOPPED');
      for (let turns = 0; turns < 5; turns += 1) await new Promise((turn) => setImmediate(turn));
      expect(heard.events).to.deep.equal(['peer a boot 1']);
    });

    it('closes with ERR_CONNECTION_REFUSED where nobody listens', async () => {
      await world.stopListener(address);
      const { told } = dial(aHello('a'));
      await told.until('closed ERR_CONNECTION_REFUSED');
      expect(told.events).to.deep.equal(['closed ERR_CONNECTION_REFUSED']);
    });

    it('refuses a server of another cluster: ERR_CLUSTER_MISMATCH', async () => {
      const { told } = dial(aHello('a', { cluster: 'other' }));
      await told.until('closed ERR_CLUSTER_MISMATCH');
      expect(heard.events).to.deep.equal([]);
    });

    it('refuses when somebody else answers than who was dialled: ERR_NODE_MISMATCH', async () => {
      const { told } = dial(aHello('a'), address, 'c');
      await told.until('closed ERR_NODE_MISMATCH');
      expect(told.events).to.deep.equal(['connected', 'closed ERR_NODE_MISMATCH']);
    });

    it('refuses a server of its own name: ERR_DUPLICATE_ID', async () => {
      const { told } = dial(aHello('b', { incarnation: 'a copy' }));
      await told.until('closed ERR_DUPLICATE_ID');
      expect(heard.events).to.deep.equal([]);
    });

    it('refuses a second live server of one name: ERR_DUPLICATE_ID; the first one stays', async () => {
      const first = dial(aHello('a'));
      await first.told.until('opened b');
      const twin = dial(aHello('a', { incarnation: 'a copy', boot: 9 }));
      await twin.told.until('closed ERR_DUPLICATE_ID');
      expect(first.connection.send(aHeartbeat(1))).to.equal(true);
      await heard.until('message 1');
      expect(heard.events).to.deep.equal(['peer a boot 1', 'message 1']);
    });

    it('lets a wiped server in once the one it replaces is gone', async () => {
      const first = dial(aHello('a', { boot: 5 }));
      await first.told.until('opened b');
      first.connection.close();
      await heard.until('peer a gone');
      const wiped = dial(aHello('a', { incarnation: 'a new directory', boot: 1 }));
      await wiped.told.until('opened b');
      expect(heard.events.at(-1)).to.equal('peer a boot 1');
    });

    it('refuses a second process of one start, a live copy of a directory: ERR_DUPLICATE_ID', async () => {
      const first = dial(aHello('a'));
      await first.told.until('opened b');
      const copy = dial(aHello('a', { nonce: 'another process' }));
      await copy.told.until('closed ERR_DUPLICATE_ID');
      expect(first.connection.send(aHeartbeat(1))).to.equal(true);
      await heard.until('message 1');
      expect(heard.events).to.deep.equal(['peer a boot 1', 'message 1']);
    });

    it('refuses the live copy also while the original is not connected, and says what to do', async () => {
      const first = dial(aHello('a'));
      await first.told.until('opened b');
      first.connection.close();
      await heard.until('peer a gone');
      const copy = dial(aHello('a', { nonce: 'another process' }));
      await copy.told.until('closed ERR_DUPLICATE_ID');
      const why = createBoots();
      why.refuse(aHello('a'));
      expect(why.refuse(aHello('a', { nonce: 'another process' }))?.message).to.include(
        'stop the copy',
      );
    });

    it('a dialler refuses the live copy of a peer as well', async () => {
      const dialer = world.dialer(aHello('a'));
      const original = await world.listen(aHello('c'), new Recorder().listening);
      const copied = aHello('c', { nonce: 'another process' });
      const copy = await world.listen(copied, new Recorder().listening);
      const first = dial(aHello('a'), original, 'c', dialer);
      await first.told.until('opened c');
      const second = dial(aHello('a'), copy, 'c', dialer);
      await second.told.until('closed ERR_DUPLICATE_ID');
    });

    it('refuses a server of another group: ERR_GROUP_MISMATCH', async () => {
      const { told } = dial(aHello('a', { group: 'other' }));
      await told.until('closed ERR_GROUP_MISMATCH');
      expect(heard.events).to.deep.equal([]);
    });

    it('lets nobody in who promises another lease: ERR_LEASES_MISMATCH', async () => {
      const leasing = await world.listen(aHello('b', { promiseMs: 500 }), heard.listening);
      for (const [self, at] of [
        [aHello('a', { promiseMs: 500 }), address],
        [aHello('a'), leasing],
        [aHello('a', { promiseMs: 100 }), leasing],
      ] as const) {
        const { told } = dial(self, at);
        await told.until('closed ERR_LEASES_MISMATCH');
      }
      expect(heard.events).to.deep.equal([]);
      const { told } = dial(aHello('a', { promiseMs: 500 }), leasing);
      await told.until('opened b');
    });

    it('lets the same start in again after its connection was cut', async () => {
      const dialer = world.dialer(aHello('a'));
      for (const round of [1, 2]) {
        const { connection, told } = dial(aHello('a'), address, 'b', dialer);
        await told.until('opened b');
        connection.send(aHeartbeat(round));
        await heard.until(`message ${round}`);
      }
      expect(heard.messages).to.have.length(2);
    });

    it('refuses a start older than one it has seen, also later: ERR_BOOT_REGRESSED', async () => {
      const first = dial(aHello('a', { boot: 5 }));
      await first.told.until('opened b');
      first.connection.close();
      await heard.until('peer a gone');
      const restored = dial(aHello('a', { boot: 4 }));
      await restored.told.until('closed ERR_BOOT_REGRESSED');
      const next = dial(aHello('a', { boot: 6 }));
      await next.told.until('opened b');
    });

    it('a dialler refuses an older start of a peer as well', async () => {
      const dialer = world.dialer(aHello('a'));
      const newer = await world.listen(aHello('c', { boot: 5 }), new Recorder().listening);
      const older = await world.listen(aHello('c', { boot: 4 }), new Recorder().listening);
      const first = dial(aHello('a'), newer, 'c', dialer);
      await first.told.until('opened c');
      const second = dial(aHello('a'), older, 'c', dialer);
      await second.told.until('closed ERR_BOOT_REGRESSED');
    });

    it('lets a server that connects again replace its own old connection', async () => {
      const first = dial(aHello('a'));
      await first.told.until('opened b');
      const second = dial(aHello('a', { boot: 2 }));
      await first.told.until('closed ERR_REPLACED');
      await second.told.until('opened b');
      second.connection.send(aHeartbeat(7));
      await heard.until('message 7');
      expect(heard.events).to.deep.equal([
        'peer a boot 1',
        'peer a gone',
        'peer a boot 2',
        'message 7',
      ]);
    });

    for (const [what, changes] of [
      ['from somebody else', { from: 'c' }],
      ['to somebody else', { to: 'c' }],
    ] as const) {
      it(`closes a connection that delivers a message ${what}: ERR_BAD_FRAME`, async () => {
        const bad = dial(aHello('a'));
        const good = dial(aHello('d'));
        await Promise.all([bad.told.until('opened b'), good.told.until('opened b')]);
        bad.connection.send(aHeartbeat(1, changes));
        await bad.told.until('closed ERR_BAD_FRAME');
        good.connection.send(aHeartbeat(2, { from: 'd' }));
        await heard.until('message 2');
        expect(heard.messages).to.have.length(1);
      });
    }

    it('bounds what it queues: send says false and queues nothing', async () => {
      const { connection, told } = dial(aHello('a'));
      await told.until('opened b');
      const big = aHeartbeat(1, {
        lastIndex: 11,
        leaderLast: 11,
        runs: [{ firstIndex: 11, term: 3 }],
        payload: linesOf(11, 'x'.repeat(maxQueuedBytes / 4)),
      });
      // Nothing is read within this turn, so only the bound and the kernel's buffers end the loop.
      let sent = 0;
      while (connection.send(big)) sent += 1;
      expect(sent).to.be.within(3, 100);
      expect(connection.bufferedBytes).to.be.within(1, maxQueuedBytes);

      // Once it is read, there is room again.
      while (heard.messages.length < sent) {
        await new Promise((turn) => setImmediate(turn));
      }
      expect(connection.send(aHeartbeat(2))).to.equal(true);
      await heard.until('message 2');
      expect(heard.messages).to.have.length(sent + 1);
    });
  });
}
