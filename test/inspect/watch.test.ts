/** The watcher that pages and programs use: it follows, reconnects and resumes. */
import { expect } from 'chai';
import type { InspectFrame } from '../../actors/inspect/events.ts';
import { watch, type WatchHandlers, type WatchSocket } from '../../actors/inspect/watch.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';
import { Inspected } from './support.ts';

/** The network between a watcher and an inspected server, in one process. */
class Wire {
  readonly server = new Inspected();
  readonly clock = new VirtualClock();
  readonly urls: string[] = [];
  readonly told: string[] = [];
  isUp = true;
  #cut: (() => void) | null = null;

  watch(handlers: WatchHandlers = {}): () => void {
    const { told, clock } = this;
    const noting: WatchHandlers = {
      connected: ({ node }) => told.push(`connected to ${node}`),
      state: (view) => told.push(`state of ${view.actors.size} actors`),
      gap: (reason) => told.push(`gap: ${reason}`),
      disconnected: (code) => told.push(`disconnected ${code}`),
      failed: (code) => told.push(code),
      ...handlers,
    };
    return watch('ws://n/inspect', noting, {
      connect: (url) => this.#connect(url),
      clock: {
        setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
        clearTimeout: (timer) => timer !== null && clock.clearTimeout(timer as Timer),
      },
      now: () => 0,
    });
  }

  cut(): void {
    this.#cut?.();
  }

  /** What the next sockets say instead of a server. */
  script: InspectFrame[] | null = null;

  #connect(url: string): WatchSocket {
    this.urls.push(url);
    let leave = (): void => undefined;
    const socket: WatchSocket = {
      onmessage: null,
      onclose: null,
      onerror: null,
      close: () => leave(),
    };
    const { searchParams } = new URL(url);
    const since = searchParams.get('since');
    this.clock.setTimeout(() => {
      if (!this.isUp) {
        socket.onclose?.({ reason: '' });
        return;
      }
      for (const frame of this.script ?? []) socket.onmessage?.({ data: JSON.stringify(frame) });
      if (this.script !== null) return;
      leave = this.server.inspector.watch(
        { since: since === null ? null : Number(since), stream: searchParams.get('stream') },
        {
          send: (data) => socket.onmessage?.({ data }),
          end: (reason) => socket.onclose?.({ reason }),
        },
      );
    }, 1);
    this.#cut = () => {
      leave();
      socket.onclose?.({ reason: '' });
    };
    return socket;
  }
}

describe('watch', () => {
  it('gives the full state, then every event, with the state kept up to date', () => {
    const wire = new Wire();
    const roles: unknown[] = [];
    wire.server.held.start();
    wire.watch({
      events: (_events, view) => roles.push(view.actors.get('a/server')?.digest['currentTerm']),
    });
    wire.clock.runUntil(10);
    wire.server.held.elect();
    wire.server.frame();
    expect(wire.told).to.deep.equal(['connected to a', 'state of 3 actors']);
    expect(roles.at(-1)).to.equal(2);
  });

  it('reconnects after a cut and resumes: nothing is missed, nothing is told twice', () => {
    const wire = new Wire();
    const seqs: number[] = [];
    wire.server.held.start();
    wire.watch({ events: (events) => seqs.push(...events.map(({ seq }) => seq)) });
    wire.clock.runUntil(10);
    wire.server.held.pass(400);
    wire.server.frame();
    wire.cut();
    wire.server.held.elect();
    wire.clock.runUntil(1_000);
    wire.server.frame();
    expect(wire.told).to.deep.equal([
      ...['connected to a', 'state of 3 actors', 'disconnected ', 'connected to a'],
    ]);
    expect(wire.urls[1]).to.match(/\?since=\d+&stream=this%20start$/);
    const first = seqs[0] ?? 0;
    expect(seqs.length).to.be.above(10);
    expect(seqs).to.deep.equal(seqs.map((_, i) => first + i));
  });

  it('says what it missed, and begins anew, when the server was started anew', () => {
    const wire = new Wire();
    wire.server.held.start();
    wire.watch();
    wire.clock.runUntil(10);
    wire.cut();
    wire.server.inspector.stop();
    wire.clock.runUntil(1_000);
    expect(wire.told.slice(-3)).to.deep.equal([
      'connected to a',
      'gap: unwatched',
      'state of 3 actors',
    ]);
  });

  it('waits longer with each attempt that fails, up to a bound, and is quick again afterwards', () => {
    const wire = new Wire();
    wire.server.held.start();
    wire.isUp = false;
    wire.watch();
    wire.clock.runUntil(60_000);
    expect(wire.urls.length).to.be.within(15, 20);
    wire.isUp = true;
    wire.clock.runUntil(65_000);
    const attempts = wire.urls.length;
    expect(wire.told.at(-1)).to.equal('state of 3 actors');
    wire.cut();
    wire.clock.runUntil(65_300);
    expect(wire.urls.length).to.equal(attempts + 1);
  });

  it('hears nothing and dials nobody once it was ended', () => {
    const wire = new Wire();
    wire.server.held.start();
    const stop = wire.watch();
    wire.clock.runUntil(10);
    stop();
    wire.cut();
    wire.clock.runUntil(60_000);
    expect(wire.urls).to.have.length(1);
    expect(wire.told.at(-1)).to.equal('state of 3 actors');
  });

  it('does not take the numbers of an earlier start for those of this one, whenever it is cut', () => {
    const wire = new Wire();
    wire.server.held.start();
    wire.watch();
    wire.clock.runUntil(10);
    const hello = { type: 'hello', protocol: 1, node: 'a', cluster: 'c', nowMs: 0 } as const;
    wire.script = [{ ...hello, stream: 'the next start' }];
    wire.cut();
    wire.clock.runUntil(1_000);
    wire.cut();
    wire.clock.runUntil(2_000);
    expect(wire.urls.slice(1)).to.have.length(2);
    expect(wire.urls[1]).to.match(/\?since=\d+&stream=this%20start$/);
    expect(wire.urls[2]).to.equal('ws://n/inspect');
  });

  it('says where the servers are whenever it is told', () => {
    const wire = new Wire();
    const [n1, n4] = ['127.0.0.1:1', '127.0.0.1:4'];
    wire.script = [
      { type: 'hello', protocol: 1, stream: 's', node: 'a', cluster: 'c', nowMs: 0 },
      { type: 'addresses', clients: { n1 } },
      { type: 'addresses', clients: { n1, n4 } },
    ];
    const said: unknown[] = [];
    wire.watch({ addresses: (clients) => said.push(clients) });
    wire.clock.runUntil(10);
    expect(said).to.deep.equal([{ n1 }, { n1, n4 }]);
  });

  it('does not guess at a protocol that it does not know: ERR_INSPECT_PROTOCOL', () => {
    const wire = new Wire();
    const hello = { type: 'hello', stream: 's', node: 'a', cluster: 'c', nowMs: 0 } as const;
    wire.script = [
      { ...hello, protocol: 99 },
      { type: 'events', events: [] },
    ];
    wire.watch();
    wire.clock.runUntil(60_000);
    expect(wire.told).to.deep.equal(['ERR_INSPECT_PROTOCOL']);
    expect(wire.urls).to.have.length(1);
  });

  it('asks for a WebSocket where the platform has none: ERR_NO_WEBSOCKET', () => {
    const platform = globalThis as { WebSocket?: unknown };
    const had = platform.WebSocket;
    delete platform.WebSocket;
    try {
      expect(() => watch('ws://n/inspect', {})).to.throw('ERR_NO_WEBSOCKET');
    } finally {
      if (had !== undefined) platform.WebSocket = had;
    }
  });
});
