/**
 * A node's inspector at its edge: the real clock, the token, and the paths of the client listener.
 */
import { randomBytes } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ServerId } from '../../machines/messages.ts';
import { inspectRoutes, statelyPath } from '../../transport/inspect-listener.ts';
import type { Route } from '../../transport/websocket-server.ts';
import { feedStately } from '../inspect/stately.ts';
import { createInspector, type Inspector, type Vitals } from '../inspector.ts';
import type { Logger } from './options.ts';
import { realClock } from '../time/real-clock.ts';

/** Bytes of chance in what identifies a stream, and in a token. */
const randomLength = 16;

export interface NodeInspector extends Inspector {
  /** What the client listener serves for it. */
  readonly routes: readonly Route[];
  /** Lets Stately's inspector in; returns the URL for a viewer, with the token of this start. */
  inspect(address: string, options: InspectOptions): string;
}

/** What `node.inspect` takes. */
export interface InspectOptions {
  /** Shows heartbeats that change nothing, too; false unless told otherwise. */
  readonly heartbeats?: boolean;
}

export function createNodeInspector(options: {
  readonly node: ServerId;
  readonly cluster: string;
  readonly logger: Logger;
  appliedIndex(): number;
  clients(): Readonly<Record<ServerId, string>>;
}): NodeInspector {
  const { node, cluster, logger } = options;
  const now = (): number => Date.now();
  const onFailed = (error: unknown): void => {
    logger.error({ code: 'ERR_INSPECT_FAILED', error: String(error) }, 'the inspector stopped');
  };
  const inspector = createInspector({
    node,
    cluster,
    stream: randomBytes(randomLength).toString('hex'),
    clock: realClock,
    now,
    appliedIndex: () => options.appliedIndex(),
    clients: () => options.clients(),
    vitals: measureProcess,
    onFailed,
  });
  let token: string | null = null;
  let heartbeats = false;

  const routes = inspectRoutes({
    watch: (request, sink) => inspector.watch(request, sink),
    stately: (sink) =>
      feedStately(inspector.tap, {
        node,
        heartbeats,
        now,
        send: (message) => sink.send(message),
        onFailed: (error) => {
          sink.end('ERR_INSPECT_FAILED');
          onFailed(error);
        },
      }),
    statelyToken: () => token,
  });
  return Object.assign(inspector, {
    routes,
    inspect(address: string, asked: InspectOptions): string {
      token ??= randomBytes(randomLength).toString('hex');
      heartbeats = asked.heartbeats ?? false;
      return `ws://${address}${statelyPath}?token=${token}`;
    },
  });
}

/** Milliseconds between two looks at the event loop; its own lateness is told as none. */
const loopLookMs = 10;

function measureProcess(): Vitals {
  const delays = monitorEventLoopDelay({ resolution: loopLookMs });
  delays.enable();
  return {
    takeLoopDelayMs() {
      const lateMs = delays.percentile(99) / 1e6 - loopLookMs;
      delays.reset();
      return Math.max(0, Math.round(lateMs * 10) / 10);
    },
    stop: () => void delays.disable(),
  };
}
