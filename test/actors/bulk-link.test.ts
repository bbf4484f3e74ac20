/**
 * Chunks of snapshots on a connection of their own, over a scripted dialer and a clock in the hand.
 */
import { expect } from 'chai';
import { SimulatedClock } from 'xstate';
import {
  bulkBytesPerSecond,
  bulkIdleMs,
  maxBulkBufferedBytes,
  maxWaitingChunks,
} from '../../actors/links/bulk-link.ts';
import { createLinks } from '../../actors/links/links.ts';
import type { Message } from '../../machines/messages.ts';
import type { Channel, ConnectionHandlers } from '../../transport/transport.ts';
import { aChunk, aHeartbeat, aHello } from '../transport/builders.ts';

/** What was dialled: its handlers, what was sent on it, and what waits in its socket. */
interface Dialled {
  readonly channel: Channel | undefined;
  readonly handlers: ConnectionHandlers;
  readonly sent: Message[];
  bufferedBytes: number;
  closed: boolean;
}

function bench() {
  const clock = new SimulatedClock();
  const dials: Dialled[] = [];
  const told: string[] = [];
  const links = createLinks({
    self: aHello('a'),
    peers: { b: 'host:2' },
    clock,
    random: () => 0,
    dialer: {
      dial: (_address, _peer, handlers, channel) => {
        const sent: Message[] = [];
        const one: Dialled = { channel, handlers, sent, bufferedBytes: 0, closed: false };
        dials.push(one);
        return {
          send: (message) => one.sent.push(message) > 0,
          get bufferedBytes() {
            return one.bufferedBytes;
          },
          close: () => (one.closed = true),
        };
      },
    },
    onOpened: (peer) => told.push(`opened ${peer}`),
    onClosed: (peer) => told.push(`closed ${peer}`),
    onFault: ({ code }) => told.push(code),
  });
  const open = (one: Dialled): void => {
    one.handlers.connected();
    one.handlers.opened(aHello('b'));
  };
  open(dials[0]!);
  return { clock, dials, told, links, open };
}

describe('bulk link', () => {
  it('is dialled with the first chunk, which waits for it; the rest goes its old way', () => {
    const { clock, dials, links, open, told } = bench();
    links.send(aHeartbeat(1));
    expect(dials).to.have.length(1);
    links.send(aChunk(0));
    links.send(aHeartbeat(2));
    links.send(aChunk(10));
    expect(dials.map(({ channel }) => channel)).to.deep.equal([undefined, 'bulk']);
    expect(dials[1]!.sent).to.deep.equal([]);

    open(dials[1]!);
    clock.increment(1);
    expect(dials[1]!.sent).to.deep.equal([aChunk(0), aChunk(10)]);
    expect(dials[0]!.sent).to.deep.equal([aHeartbeat(1), aHeartbeat(2)]);
    expect(told).to.deep.equal(['opened b']);
  });

  it('gives its socket no chunk while much waits there, and keeps a bounded number', () => {
    const { clock, dials, links, open } = bench();
    links.send(aChunk(0));
    const bulk = dials[1]!;
    open(bulk);
    bulk.bufferedBytes = maxBulkBufferedBytes;
    for (let i = 1; i < 100; i += 1) links.send(aChunk(i));
    clock.increment(1_000);
    expect(bulk.sent).to.deep.equal([aChunk(0)]);

    bulk.bufferedBytes = 0;
    for (let i = 0; i < 100; i += 1) clock.increment(10);
    const waited = Array.from({ length: maxWaitingChunks }, (_, i) => aChunk(i + 1));
    expect(bulk.sent).to.deep.equal([aChunk(0), ...waited]);
  });

  it('gives a peer so many bytes a second and no more: commands want the cores, too', () => {
    const { clock, dials, links, open } = bench();
    const aWhole = (offset: number) => ({ ...aChunk(offset), chunkBytes: bulkBytesPerSecond / 4 });
    for (let i = 0; i < 5; i += 1) links.send(aWhole(i));
    open(dials[1]!);
    for (let sent = 1; sent <= 5; sent += 1) {
      expect(dials[1]!.sent).to.have.length(sent);
      clock.increment(249);
      expect(dials[1]!.sent).to.have.length(sent);
      clock.increment(1);
    }
  });

  it('closes when it was idle for a while, and is dialled anew by the next chunk', () => {
    const { clock, dials, links, open } = bench();
    links.send(aChunk(0));
    open(dials[1]!);
    clock.increment(bulkIdleMs - 1);
    links.send(aChunk(1));
    clock.increment(bulkIdleMs - 1);
    expect(dials[1]!.closed).to.equal(false);
    clock.increment(1);
    expect(dials[1]!.closed).to.equal(true);
    expect(dials).to.have.length(2);

    links.send(aChunk(2));
    open(dials[2]!);
    expect(dials[2]!.sent).to.deep.equal([aChunk(2)]);
  });

  it('is no sign of the peer: that it closes is told to nobody, and what waited is forgotten', () => {
    const { clock, dials, links, open, told } = bench();
    links.send(aChunk(0));
    open(dials[1]!);
    dials[1]!.bufferedBytes = maxBulkBufferedBytes;
    links.send(aChunk(1));
    dials[1]!.handlers.closed({ code: 'ERR_CONNECTION_CLOSED', message: 'gone' });
    clock.increment(1_000);
    links.send(aChunk(2));
    open(dials[2]!);

    expect(told).to.deep.equal(['opened b']);
    expect(dials[2]!.sent).to.deep.equal([aChunk(2)]);
    expect(links.status()['b']).to.deep.include({ state: 'open' });
  });

  it('goes with its peer, with no timer left', () => {
    const { clock, dials, links, open } = bench();
    links.send(aChunk(0));
    open(dials[1]!);
    links.update({});
    links.send(aChunk(1));
    clock.increment(100_000);
    expect(dials.map(({ closed }) => closed)).to.deep.equal([true, true]);
    expect(dials[1]!.sent).to.deep.equal([aChunk(0)]);
    expect(dials).to.have.length(2);
  });
});
