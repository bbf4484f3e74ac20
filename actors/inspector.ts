/**
 * The inspector of a node: its event stream for whoever watches (docs/inspect.md).
 *
 * The charts are inspected from the first watcher until a while after the last, so that nobody pays
 * while nobody watches, and one who reconnects goes on where the connection broke. Frames leave at
 * most 20 times a second. What is told is inspect/observer.ts; sockets are transport/'s.
 */
import type { AnyActorRef } from 'xstate';
import type { LogIndex, Message, ServerId } from '../machines/messages.ts';
import { inspectProtocol, type InspectFrame, type NodeFact } from './inspect/events.ts';
import { NodeView } from './inspect/node-view.ts';
import { Observer } from './inspect/observer.ts';
import { defaultRingSize, EventRing } from './inspect/ring.ts';
import { createTap, type Tap } from './inspect/tap.ts';
import { Watchers, type WatchRequest, type WatchSink } from './inspect/watchers.ts';
import type { Clock } from './ports.ts';

/** Times in milliseconds. */
export interface InspectorLimits {
  /** Events that are kept for who resumes; past it the oldest is overwritten. */
  readonly ringSize: number;
  /** Between two frames. */
  readonly frameIntervalMs: number;
  /** Events in one frame. */
  readonly maxFrameEvents: number;
  /** How long events are recorded after the last watcher left. */
  readonly lingerMs: number;
}

export const defaultInspectorLimits: InspectorLimits = {
  ringSize: defaultRingSize,
  frameIntervalMs: 50,
  maxFrameEvents: 2_048,
  lingerMs: 10_000,
};

/** How a process does while somebody watches it. */
export interface Vitals {
  /** Since the last call, in milliseconds: the 99th percentile of how late its event loop was. */
  takeLoopDelayMs(): number;
  stop(): void;
}

/** Milliseconds between two tellings of that. */
const vitalsEveryMs = 1_000;

export interface InspectorOptions {
  readonly node: ServerId;
  readonly cluster: string;
  /** Drawn at each start of the node: sequence numbers belong to it. */
  readonly stream: string;
  readonly clock: Clock;
  /** Unix time in milliseconds. */
  now(): number;
  appliedIndex(): LogIndex;
  /** Where clients reach the servers that the node has met, itself included; none unless given. */
  clients?(): Readonly<Record<ServerId, string>>;
  /** Measures the process from now on; not told unless given. */
  vitals?(): Vitals;
  /** The inspector threw, which is a bug here: it stops, and the node goes on. */
  onFailed(error: unknown): void;
  readonly limits?: InspectorLimits;
}

export interface Inspector {
  /** Root actors whose systems belong to this node, for other listeners too. */
  readonly tap: Tap;
  /** Whether the charts are inspected now. */
  readonly isRecording: boolean;
  /** A message leaves for its peer. */
  sent(message: Message): void;
  /** Entries through `index` were applied. */
  applied(index: LogIndex): void;
  /** Sends frames until the returned function is called, or the sink is ended. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
  stop(): void;
}

export function createInspector(options: InspectorOptions, roots: AnyActorRef[] = []): Inspector {
  const { node, cluster, stream, clock } = options;
  const limits = options.limits ?? defaultInspectorLimits;
  const tap = createTap();
  for (const root of roots) tap.add(root);
  const ring = new EventRing(limits.ringSize);
  let recording: Recording | null = null;
  let linger: unknown = null;

  const frame = (content: InspectFrame): string => JSON.stringify(content);
  const hello = (): string => {
    const about = { protocol: inspectProtocol, stream, node, cluster, nowMs: options.now() };
    return frame({ type: 'hello', ...about });
  };
  const addresses = (): string => frame({ type: 'addresses', clients: options.clients?.() ?? {} });

  const watchers = new Watchers({
    ring,
    clock,
    limits,
    beforeFrame: () => recording?.observer.completeFrame(),
    sendState: (to) => {
      if (recording === null) return;
      const { view, observer } = recording;
      const machines = new Set([...view.actors.values()].map(({ machine }) => machine));
      const definitions = [...observer.definitions.values()].filter(({ hash }) =>
        machines.has(hash),
      );
      const nowMs = options.now();
      to.send(frame({ type: 'state', nowMs, state: view.state(), definitions }));
    },
  });

  const tell = (fact: NodeFact): void => {
    const event = { ...fact, seq: ring.last + 1, atMs: options.now() };
    ring.push(JSON.stringify(event));
    recording?.view.apply(event);
    watchers.wake();
  };

  const record = (): void => {
    const view = new NodeView({
      seq: ring.last,
      appliedIndex: options.appliedIndex(),
      actors: {},
    });
    const onFailed = (error: unknown): void => {
      watchers.end('ERR_INSPECT_FAILED');
      forget();
      options.onFailed(error);
    };
    const observer = new Observer({ node, now: () => options.now(), tell, onFailed });
    const begun: Recording = { view, observer, detach: () => undefined };
    recording = begun;
    begun.detach = tap.attach(observer);
    // It may have failed at the first actor, and was forgotten.
    if (recording === begun) tellVitals(begun);
  };

  const tellVitals = (of: Recording): void => {
    const vitals = options.vitals?.();
    if (vitals === undefined) return;
    let told = addresses();
    const next = (): void => {
      of.timer = clock.setTimeout(() => {
        tell({ type: 'process', loopDelayMs: vitals.takeLoopDelayMs() });
        const met = addresses();
        if (met !== told) watchers.tell(met);
        told = met;
        next();
      }, vitalsEveryMs);
    };
    next();
    const { detach } = of;
    of.detach = () => {
      vitals.stop();
      clock.clearTimeout(of.timer);
      detach();
    };
  };

  const forget = (): void => {
    clock.clearTimeout(linger);
    recording?.detach();
    recording = null;
    ring.interrupt();
  };

  return {
    tap,
    get isRecording() {
      return recording !== null;
    },
    sent(message) {
      recording?.observer.sent(message);
    },
    applied(index) {
      if (recording !== null) tell({ type: 'log.applied', index });
    },
    watch(request, sink) {
      clock.clearTimeout(linger);
      if (recording === null) record();
      if (recording === null) {
        sink.end('ERR_INSPECT_FAILED');
        return () => undefined;
      }
      sink.send(hello());
      sink.send(addresses());
      const leave = watchers.add(request, stream, sink);
      return () => {
        leave();
        if (watchers.count > 0 || recording === null) return;
        clock.clearTimeout(linger);
        linger = clock.setTimeout(forget, limits.lingerMs);
      };
    },
    stop() {
      watchers.end('ERR_STOPPED');
      if (recording !== null) forget();
    },
  };
}

interface Recording {
  readonly view: NodeView;
  readonly observer: Observer;
  timer?: unknown;
  detach: () => void;
}
