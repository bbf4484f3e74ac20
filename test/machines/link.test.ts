/** The link chart, stepped purely, and the link actors on a clock that the test holds. */
import { expect } from 'chai';
import { SimulatedClock, initialTransition, transition } from 'xstate';
import { backOffMs, defaultLinkTiming } from '../../actors/links/link.ts';
import { createLinks } from '../../actors/links/links.ts';
import type { Links } from '../../actors/links/links.ts';
import type { Fault } from '../../machines/events.ts';
import { linkMachine } from '../../machines/link.machine.ts';
import type { LinkEvent } from '../../machines/link.machine.ts';
import type { Message } from '../../machines/messages.ts';
import type { ConnectionHandlers, Hello } from '../../transport/transport.ts';

const why: Fault = { code: 'ERR_CONNECTION_REFUSED', message: 'nobody listens' };
const closed: LinkEvent = { type: 'socket.closed', why };
const connected: LinkEvent = { type: 'socket.connected' };
const opened: LinkEvent = { type: 'socket.opened' };

/** The chart after `events`, and the names of the last step's effects. */
function after(...events: LinkEvent[]) {
  let step = initialTransition(linkMachine, { peer: 'b' });
  for (const event of events) step = transition(linkMachine, step[0], event);
  return { snapshot: step[0], effects: step[1].map((effect) => effect.type) };
}

describe('the link chart', () => {
  it('dials at once', () => {
    const { snapshot, effects } = after();
    expect(snapshot.value).to.equal('dialling');
    expect(effects).to.deep.equal(['dial', 'xstate.raise']);
  });

  it('is open only after the handshake: a connected socket is not yet a peer', () => {
    expect(after(connected).snapshot.value).to.equal('handshake');
    expect(after(connected, opened).snapshot.value).to.deep.equal({ open: 'settling' });
    expect(after(connected, opened).effects).to.include('report');
  });

  it('reports the closing of an open link, and not that of one that never opened', () => {
    expect(after(connected, opened, closed).effects).to.include('report');
    expect(after(connected, closed).effects).not.to.include('report');
    expect(after(closed).effects).not.to.include('report');
  });

  it('remembers why the last connection ended', () => {
    expect(after(closed).snapshot.context).to.deep.equal({
      peer: 'b',
      attempts: 1,
      lastError: why,
    });
  });

  it('hangs up when stopped, whatever it was doing', () => {
    for (const history of [[], [connected], [connected, opened], [closed]]) {
      const { snapshot, effects } = after(...history, { type: 'admin.stop' });
      expect(snapshot.value).to.equal('stopped');
      expect(effects).to.include('hangUp');
    }
  });

  it('draws no action without a Raft name', () => {
    const nodes = Object.values(linkMachine.states).flatMap((state) => [
      state,
      ...Object.values(state.states),
    ]);
    const names = nodes
      .flatMap((node) => [node.entry, node.exit, ...[...node.transitions.values()].flat()])
      .flatMap((item) => (Array.isArray(item) ? item : item.actions))
      .map((action) => (typeof action === 'function' ? action.name : action))
      .map((action) => (typeof action === 'string' ? action : action.type));
    expect([...new Set(names)].sort()).to.deep.equal([
      'cancel', // XState's own pair: each `after` is a delayed raise, cancelled on exit.
      'clearAttempts',
      'countAttempt',
      'dial',
      'hangUp',
      'raise',
      'recordReason',
      'recordTimeout',
      'report',
    ]);
  });

  it('handles or ignores every event in every state, and says which', () => {
    const states = linkMachine.config.states ?? {};
    for (const state of ['dialling', 'handshake', 'open', 'waiting'] as const) {
      expect(states[state]?.on, state).to.have.all.keys(
        'socket.connected',
        'socket.opened',
        'socket.closed',
        'peer.dialled',
      );
    }
  });
});

const hello = (node: string): Hello => ({
  protocol: 2,
  cluster: 'c',
  group: 'main',
  node,
  incarnation: `incarnation-${node}`,
  boot: 1,
  nonce: `process-of-${node}`,
  peerAddress: '',
  clientAddress: '',
});

const voteRequest: Message = {
  type: 'rpc.requestVote',
  from: 'a',
  to: 'b',
  term: 1,
  lastLogIndex: 0,
  lastLogTerm: 0,
  leadershipTransfer: false,
};

/** One server's links to `b` over a scripted dialer, on a clock of ours. */
class Bench {
  readonly clock = new SimulatedClock();
  readonly dials: ConnectionHandlers[] = [];
  readonly sent: Message[] = [];
  readonly told: string[] = [];
  hangUps = 0;
  onOpened: () => void = () => undefined;
  readonly links: Links;

  constructor(dial?: () => never) {
    this.links = createLinks({
      self: hello('a'),
      peers: { a: 'host:1', b: 'host:2' },
      clock: this.clock,
      random: () => 0,
      dialer: {
        dial: (_address, _peer, handlers) => {
          dial?.();
          this.dials.push(handlers);
          return {
            send: (message) => this.sent.push(message) > 0,
            bufferedBytes: 0,
            close: () => (this.hangUps += 1),
          };
        },
      },
      onOpened: (peer) => {
        this.told.push(`opened ${peer}`);
        this.onOpened();
      },
      onClosed: (peer) => this.told.push(`closed ${peer}`),
      onFault: (fault) => this.told.push(fault.code),
    });
  }

  get latest(): ConnectionHandlers {
    return this.dials.at(-1)!;
  }

  open(): void {
    this.latest.connected();
    this.latest.opened(hello('b'));
  }
}

describe('links', () => {
  it('dial the peers and not the server itself', () => {
    const bench = new Bench();
    expect(bench.dials).to.have.length(1);
    expect(Object.keys(bench.links.status())).to.deep.equal(['b']);
  });

  it('drop messages until the link is open, then pass them on', () => {
    const bench = new Bench();
    bench.links.send(voteRequest);
    bench.latest.connected();
    bench.links.send(voteRequest);
    expect(bench.sent).to.deep.equal([]);

    bench.latest.opened(hello('b'));
    bench.links.send(voteRequest);
    expect(bench.sent).to.deep.equal([voteRequest]);
  });

  it('let a message be sent from within onOpened', () => {
    const bench = new Bench();
    bench.onOpened = () => bench.links.send(voteRequest);
    bench.open();
    expect(bench.sent).to.deep.equal([voteRequest]);
  });

  it('drop a message to a server nobody knows', () => {
    const bench = new Bench();
    bench.open();
    bench.links.send({ ...voteRequest, to: 'stranger' });
    expect(bench.sent).to.deep.equal([]);
  });

  it('tell of a closed link once, drop what is sent then, and dial again after the back-off', () => {
    const bench = new Bench();
    bench.open();
    bench.latest.closed(why);
    expect(bench.told).to.deep.equal(['opened b', 'closed b']);
    bench.links.send(voteRequest);
    expect(bench.sent).to.deep.equal([]);

    bench.clock.increment(defaultLinkTiming.backOffMs - 1);
    expect(bench.dials).to.have.length(1);
    bench.clock.increment(1);
    expect(bench.dials).to.have.length(2);
  });

  it('double the back-off from attempt to attempt, up to its bound', () => {
    const bench = new Bench();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt += 1) {
      const dials = bench.dials.length;
      bench.latest.closed(why);
      let waited = 0;
      for (; bench.dials.length === dials; waited += 1) bench.clock.increment(1);
      waits.push(waited);
    }
    expect(waits).to.deep.equal([50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  });

  it('dial a peer at once that has just dialled us: it waits for our answers, and votes are answers', () => {
    const bench = new Bench();
    for (let attempt = 0; attempt < 8; attempt += 1) {
      bench.latest.closed(why);
      bench.clock.increment(1_000);
    }
    bench.latest.closed(why);
    const dials = bench.dials.length;
    const attempts = bench.links.status()['b']?.attempts;
    bench.links.dialledBy('b');
    expect(bench.dials).to.have.length(dials + 1);

    // While it is being dialled, or open, that is no news; and the back-off is not forgotten.
    bench.links.dialledBy('b');
    bench.open();
    bench.links.dialledBy('b');
    bench.links.dialledBy('stranger');
    expect(bench.dials).to.have.length(dials + 1);
    expect(bench.links.status()['b']).to.deep.include({ state: 'open', attempts });
  });

  it('jitter takes up to half of the back-off', () => {
    expect(backOffMs(defaultLinkTiming, 3, 0)).to.equal(200);
    expect(backOffMs(defaultLinkTiming, 3, 0.999_999)).to.be.closeTo(100, 0.01);
  });

  it('keep backing off from a peer that accepts and drops: opening alone clears nothing', () => {
    const bench = new Bench();
    bench.latest.closed(why);
    bench.clock.increment(50);
    bench.open();
    bench.latest.closed(why);
    expect(bench.links.status()['b']?.attempts).to.equal(2);
  });

  it('start the back-off afresh once a link has been open for a while', () => {
    const bench = new Bench();
    bench.latest.closed(why);
    bench.clock.increment(50);
    bench.open();
    bench.clock.increment(defaultLinkTiming.settleTimeMs);
    expect(bench.links.status()['b']).to.deep.include({ state: 'open', attempts: 0 });
    bench.latest.closed(why);
    expect(bench.links.status()['b']).to.deep.include({ state: 'waiting', attempts: 1 });
  });

  it('give up on a dial or a handshake that takes too long, and say so', () => {
    for (const phase of ['dialling', 'handshake']) {
      const bench = new Bench();
      if (phase === 'handshake') bench.latest.connected();
      bench.clock.increment(2_000);
      expect(bench.hangUps).to.equal(1);
      expect(bench.links.status()['b']).to.deep.include({ state: 'waiting', hello: null });
      expect(bench.links.status()['b']?.lastError?.code).to.equal('ERR_HANDSHAKE_TIMEOUT');
      expect(bench.told).to.deep.equal([]);
    }
  });

  it('hang up once when stopped twice, and dial no more', () => {
    const bench = new Bench();
    bench.open();
    bench.links.stop();
    bench.links.stop();
    bench.clock.increment(100_000);
    expect(bench.hangUps).to.equal(1);
    expect(bench.dials).to.have.length(1);
    expect(bench.links.status()['b']?.state).to.equal('stopped');
  });

  it('report an actor that failed instead of going quiet', () => {
    const bench = new Bench(() => {
      throw new Error('a bug in a dialer');
    });
    expect(bench.told).to.deep.equal(['ERR_LINK_FAILED']);
  });
});
