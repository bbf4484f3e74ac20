/**
 * What a node answers over plain HTTP (docs/http.md): whether it lives and is ready, how it is, its
 * metrics, the key-value store for curl, and the page. Paths and shapes are etcd's where it has them.
 *
 * The store is reached through a client of the node's own, so that retries, sessions and outcomes are
 * the same as for everyone else. Health is http-health.ts's, keys are http-kv.ts's.
 */
import type { LeaderHint } from '../../transport/client-protocol.ts';
import {
  refusal,
  type HttpAnswer,
  type HttpHandler,
  type HttpRequest,
} from '../../transport/http.ts';
import { connect, type Client } from '../client.ts';
import { answerFailure } from './http-failure.ts';
import { checks, health, probe } from './http-health.ts';
import { answerKeys } from './http-kv.ts';
import type { MetricsRegistry } from './metrics/registry.ts';
import type { NodeStatus } from './status.ts';
import { createNodeUi } from './ui.ts';
import { version } from './version.ts';

/** Milliseconds that one request may take in the cluster; a probe gives up sooner. */
const requestTimeoutMs = 5_000;
const probeTimeoutMs = 2_000;

export interface NodeHttpOptions {
  readonly status: () => NodeStatus;
  /** Where clients find whoever leads; null: nobody, or it has fallen silent. */
  readonly leader: () => LeaderHint | null;
  readonly metrics: MetricsRegistry;
}

export interface NodeHttp {
  readonly handler: HttpHandler;
  /** Answers what is under way, and what comes later, with ERR_STOPPED; resolves when that is done. */
  stop(): Promise<void>;
}

export function createNodeHttp({ status, leader, metrics }: NodeHttpOptions): NodeHttp {
  const client = lazily(() => connect([status().client], { timeoutMs: requestTimeoutMs }));
  // Another one, since a client that was sent to the leader stays there.
  const local = lazily(() => connect([status().client], { timeoutMs: requestTimeoutMs }));
  const page = createNodeUi();
  const underWay = new Set<Promise<HttpAnswer>>();
  let stopped = false;

  async function read(signal: AbortSignal): Promise<void> {
    // Any key will do: what counts is that a majority confirmed the leader that answers.
    await (await client.get()).get('', { signal, timeoutMs: probeTimeoutMs });
  }

  function route(request: HttpRequest): Promise<HttpAnswer> | HttpAnswer | null {
    const { path, query, signal } = request;
    if (path === '/v1/kv' || path.startsWith('/v1/kv/')) {
      return answerKeys(
        request,
        { id: status().id, leader: leader() },
        { any: client.get, local: local.get },
      );
    }
    const alone = query.get('serializable') === 'true';
    const all = checks(status(), alone ? null : () => read(signal));
    switch (path) {
      case '/livez':
        return probe(query, [all.process]);
      case '/readyz':
        return probe(query, [all.process, all.leader, all.read]);
      case '/health':
        return health([all.process, all.leader, all.read]);
      case '/version':
        return { status: 200, body: { statecraft: version, node: process.version } };
      case '/status':
        return { status: 200, body: status() };
      case '/metrics':
        return scrape(metrics, query.get('format') === 'json');
      default:
        return page(path, request.headers['accept-encoding']?.toString());
    }
  }

  async function answer(request: HttpRequest, found: ReturnType<typeof route>) {
    const { method, path } = request;
    if (!path.startsWith('/v1/') && method !== 'GET' && method !== 'HEAD') return onlyRead;
    try {
      return (await found) ?? onlyRead;
    } catch (error) {
      return answerFailure(error);
    }
  }

  return {
    handler(request) {
      if (stopped) return Promise.resolve(isStopping);
      const found = route(request);
      if (found === null) return null;
      const answered = answer(request, found);
      underWay.add(answered);
      return answered.finally(() => underWay.delete(answered));
    },
    async stop() {
      stopped = true;
      await Promise.all([client.stop(), local.stop()]);
      await Promise.all(underWay);
      // The answers are written before the turn ends, and the sockets closed after it.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

/** A client that is made at the first request that needs it: a node that is never asked has none. */
function lazily(make: () => Promise<Client>) {
  let made: Promise<Client> | null = null;
  return {
    get: (): Promise<Client> => (made ??= make()),
    stop: async (): Promise<void> => (await made)?.stop(),
  };
}

async function scrape(metrics: MetricsRegistry, asJson: boolean): Promise<HttpAnswer> {
  if (asJson) return { status: 200, body: { metrics: await metrics.data() } };
  const headers = { 'content-type': metrics.contentType };
  return { status: 200, headers, body: await metrics.text() };
}

const onlyRead: HttpAnswer = {
  ...refusal(405, 'ERR_BAD_REQUEST', 'This path can only be read: use GET.'),
  headers: { allow: 'GET, HEAD' },
};
const isStopping = refusal(503, 'ERR_STOPPED', 'This server is stopping. Ask another one.');
