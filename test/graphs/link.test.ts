/**
 * Paths through the link chart, each walked by a real link over the in-memory network, on a clock
 * that the test holds.
 */
import { expect } from 'chai';
import { backOffMs, defaultLinkTiming } from '../../actors/links/link.ts';
import { createLinks, type Links } from '../../actors/links/links.ts';
import { linkMachine, type LinkEvent } from '../../machines/link.machine.ts';
import { createMemoryNetwork, type MemoryNetwork } from '../../transport/memory.ts';
import type { ConnectionHandlers, Hello } from '../../transport/transport.ts';
import {
  Coverage,
  machineModel,
  runPath,
  simplePaths,
  transitionPaths,
  type MachineState,
  type SystemUnderTest,
} from '../../simulation/graph-tests/index.ts';
import { AlarmClock } from './alarm-clock.ts';

const why = { code: 'ERR_STOPPED', message: 'the listener stopped' };
const timing = { ...defaultLinkTiming, dialTimeoutMs: 1_000 };
const hello = (node: string): Hello => ({
  ...{ protocol: 2, cluster: 'c', group: 'main', node },
  ...{ incarnation: node, boot: 1, nonce: node, peerAddress: '', clientAddress: '' },
});

interface View {
  readonly state: unknown;
  readonly attempts: number;
  readonly lastError: string | null;
  /** Of the timers that run. */
  readonly timersMs: readonly string[];
}

/** `a` has a link to `b`, who listens or not as the event wants it. */
class RealLink implements SystemUnderTest<LinkEvent, View> {
  readonly coverage: Coverage;
  #clock = new AlarmClock(String);
  #tasks: (() => void)[] = [];
  #network: MemoryNetwork | null = null;
  #unlisten: (() => void) | null = null;
  #dialled: ConnectionHandlers | null = null;
  #links: Links | null = null;
  #open = 0;
  readonly faults: string[] = [];

  constructor(coverage: Coverage) {
    this.coverage = coverage;
  }

  start(): void {
    this.#clock = new AlarmClock(String);
    this.#tasks = [];
    this.#unlisten = null;
    this.#open = 0;
    const network = createMemoryNetwork({
      defer: (task) => this.#tasks.push(task),
      maxQueuedBytes: 1_000,
    });
    this.#network = network;
    const dialer = network.dialer(hello('a'));
    this.#links = createLinks({
      self: hello('a'),
      peers: { b: 'b:1' },
      dialer: {
        dial: (address, peer, handlers) => {
          this.#dialled = handlers;
          return dialer.dial(address, peer, handlers);
        },
      },
      clock: this.#clock,
      random: () => 0,
      onOpened: () => (this.#open += 1),
      onClosed: () => (this.#open -= 1),
      onFault: ({ code }) => this.faults.push(code),
      timing,
    });
    this.#links.actors[0]?.system.inspect(this.coverage.observe);
  }

  send(event: LinkEvent): void {
    const state = this.#state();
    if (event.type === 'admin.stop') this.#links?.stop();
    else if (event.type === 'peer.dialled') this.#links?.dialledBy('b');
    else if (event.type === 'socket.connected' && state === 'dialling') {
      this.#listen();
      this.#flight();
    } else if (event.type === 'socket.opened' && state === 'handshake') {
      // Its hello, and ours.
      this.#flight();
      this.#flight();
    } else if (event.type === 'socket.closed' && state === 'open') {
      this.#unlisten?.();
      this.#unlisten = null;
      this.#flight();
    } else this.#misbehave(event);
  }

  fireTimer(delay: string): void {
    const { attempts } = this.#snapshot().context;
    const waits: Record<string, number> = {
      dialTimeout: timing.dialTimeoutMs,
      handshakeTimeout: timing.handshakeTimeoutMs,
      settleTime: timing.settleTimeMs,
      backOff: backOffMs(timing, attempts, 0),
    };
    this.#clock.fire(String(waits[delay]));
  }

  read(): View {
    const { attempts, lastError } = this.#snapshot().context;
    // A link is open for its owner while the chart says so; of a stopped one it hears nothing.
    const { state } = this.#links!.status()['b']!;
    if (state !== 'stopped') expect(this.#open).to.equal(state === 'open' ? 1 : 0);
    expect(this.faults).to.deep.equal([]);
    return {
      state: this.#snapshot().value,
      attempts,
      lastError: lastError?.code ?? null,
      timersMs: this.#clock.running,
    };
  }

  stop(): void {
    this.#links?.stop();
    expect(this.#clock.running, 'a stopped link leaves no timer').to.deep.equal([]);
  }

  #listen(): void {
    const quiet = { message: () => {}, peerOpened: () => {}, peerClosed: () => {} };
    this.#unlisten ??= this.#network!.listen('b:1', hello('b'), quiet);
  }

  /** What a dialer must not say in this state, or says too late: it is said all the same. */
  #misbehave(event: LinkEvent): void {
    if (event.type === 'socket.connected') this.#dialled?.connected();
    if (event.type === 'socket.opened') this.#dialled?.opened(hello('b'));
    if (event.type === 'socket.closed') this.#dialled?.closed(event.why);
  }

  #flight(): void {
    for (const task of this.#tasks.splice(0)) task();
  }

  #state = () => this.#links?.status()['b']?.state;
  #snapshot = () => this.#links!.actors[0]!.getSnapshot() as State['snapshot'];
}

type State = MachineState<typeof linkMachine>;

/** Timers go on for ever: explored are the first attempts. */
const upTo = (maxAttempts: number) => ({
  input: { peer: 'b' },
  within: ({ context }: State['snapshot']) => context.attempts <= maxAttempts,
  events: (): LinkEvent[] => [
    { type: 'socket.connected' },
    { type: 'socket.opened' },
    { type: 'socket.closed', why },
    { type: 'peer.dialled' },
    { type: 'admin.stop' },
  ],
});

/** What a link in this state must look like from outside. */
function expected({ snapshot, timers }: State): View {
  const { value, context } = snapshot;
  const waits: Record<string, number> = {
    dialTimeout: timing.dialTimeoutMs,
    handshakeTimeout: timing.handshakeTimeoutMs,
    settleTime: timing.settleTimeMs,
    backOff: backOffMs(timing, context.attempts, 0),
  };
  return {
    state: value,
    attempts: context.attempts,
    lastError: context.lastError?.code ?? null,
    timersMs: timers.map((timer) => String(waits[timer.split('.')[2] ?? ''])),
  };
}

describe('graphs: the link', () => {
  const coverage = new Coverage(linkMachine);

  it('does what the chart says, event by event and timer by timer', async () => {
    const model = machineModel(linkMachine, upTo(3));
    const paths = transitionPaths(model);
    for (const path of paths) await runPath(model, path, new RealLink(coverage), expected);
    expect(paths).not.to.deep.equal([]);
  });

  it('does so on every way without a circle, too', async () => {
    const model = machineModel(linkMachine, upTo(0));
    const paths = simplePaths(model);
    for (const path of paths) await runPath(model, path, new RealLink(coverage), expected);
    expect(paths.length).to.be.greaterThan(5);
  });

  it('is covered: states, transitions, guards, and every event in every state', () => {
    const { missing, idleReasons, table } = coverage.report();
    console.log(table);
    expect({ missing, idleReasons }).to.deep.equal({ missing: [], idleReasons: [] });
  });
});
