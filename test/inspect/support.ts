/** A held replica with an inspector on the same clock, and watchers that keep what they are sent. */
import type { InspectFrame, NodeEvent } from '../../actors/inspect/events.ts';
import { NodeView } from '../../actors/inspect/node-view.ts';
import type { WatchRequest } from '../../actors/inspect/watchers.ts';
import {
  createInspector,
  defaultInspectorLimits,
  type Inspector,
  type InspectorLimits,
} from '../../actors/inspector.ts';
import type { Timer } from '../../simulation/clock.ts';
import { HeldReplica, type HeldOptions } from '../support/held-replica.ts';

export class Inspected {
  readonly held: HeldReplica;
  readonly inspector: Inspector;
  readonly failures: unknown[] = [];
  /** Whether the process is measured now. */
  measuring = false;
  /** Where clients reach the servers that it has met. */
  readonly clients: Record<string, string> = { a: '127.0.0.1:1' };

  constructor(options: HeldOptions = {}, limits: Partial<InspectorLimits> = {}) {
    const held = new HeldReplica(options);
    const { clock } = held;
    this.held = held;
    this.inspector = createInspector({
      node: held.id,
      cluster: 'test',
      stream: 'this start',
      clock: {
        setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
        clearTimeout: (timer) => timer !== null && clock.clearTimeout(timer as Timer),
      },
      now: () => clock.now,
      appliedIndex: () => held.replica.lastApplied,
      clients: () => this.clients,
      vitals: () => {
        this.measuring = true;
        return { takeLoopDelayMs: () => 7, stop: () => void (this.measuring = false) };
      },
      onFailed: (error) => this.failures.push(error),
      limits: { ...defaultInspectorLimits, ...limits },
    });
    this.inspector.tap.add(held.replica.server);
  }

  watch(request: Partial<WatchRequest> = {}): TestWatcher {
    return new TestWatcher(this.inspector, { since: null, stream: null, ...request });
  }

  /** Messages leave, and time passes until a frame has left, too. */
  frame(): this {
    for (const message of this.held.take()) this.inspector.sent(message);
    this.held.pass(defaultInspectorLimits.frameIntervalMs);
    return this;
  }
}

export class TestWatcher {
  readonly frames: InspectFrame[] = [];
  readonly texts: string[] = [];
  readonly ends: string[] = [];
  readonly leave: () => void;
  view: NodeView | null = null;

  constructor(inspector: Inspector, request: WatchRequest) {
    this.leave = inspector.watch(request, {
      send: (text) => this.#hear(text),
      end: (code) => this.ends.push(code),
    });
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as InspectFrame;
    this.texts.push(text);
    this.frames.push(frame);
    if (frame.type === 'state') this.view = new NodeView(frame.state);
    if (frame.type === 'events') for (const event of frame.events) this.view?.apply(event);
  }

  get types(): string[] {
    return this.frames.map(({ type }) => type);
  }

  get events(): NodeEvent[] {
    return this.frames.flatMap((frame) => (frame.type === 'events' ? frame.events : []));
  }

  /** The events so far in words. */
  get story(): string[] {
    return this.events.flatMap((event) => tellEvent(event));
  }
}

function tellEvent(event: NodeEvent): string[] {
  switch (event.type) {
    case 'actor.started':
      return [`${event.actor} starts`];
    case 'actor.stopped':
      return [`${event.actor} ends: ${event.status}`];
    case 'step': {
      const guards = Object.entries(event.guards).map(
        ([name, yes]) => `${name}? ${yes ? 'yes' : 'no'}`,
      );
      const value = event.value === undefined ? '' : ` -> ${inWords(event.value)}`;
      return [`${event.actor}: ${short(event.cause.type)} [${guards.join(', ')}]${value}`];
    }
    case 'timers':
      return event.armed.map(
        ({ delay, deadlineMs }) =>
          `${event.actor} waits: ${delay} for ${Math.round(deadlineMs - event.atMs)} ms`,
      );
    case 'message.sent':
      return [`sends ${event.message.type} to ${String(event.message['to'])}`];
    case 'message.received':
      return [`hears ${event.message.type} from ${String(event.message['from'])}`];
    case 'log.appended':
    case 'log.truncated':
      return [`${event.type} ${event.firstIndex}-${event.lastIndex}`];
    case 'log.persisted':
    case 'log.committed':
    case 'log.applied':
      return [`${event.type} ${event.index}`];
    case 'process':
      return [`is ${event.loopDelayMs} ms late`];
    case 'digest':
    case 'counted':
      return [];
  }
}

function short(type: string): string {
  return type.replace(/^(xstate\.after\.\w+)\..*/, '$1');
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return value;
  return Object.entries(value as object)
    .map(([name, inner]) => `${name}.${inWords(inner)}`)
    .join(' ');
}
