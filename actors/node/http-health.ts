/**
 * Whether a node lives and is ready, in etcd's shapes: `/livez` and `/readyz` answer `ok` or 503, with
 * a line for each check when it is wanted (`?verbose`) or when one failed; `/health` is JSON.
 */
import type { HttpAnswer } from '../../transport/http.ts';
import { StatecraftError } from '../errors.ts';
import type { NodeStatus } from './status.ts';

export interface Check {
  readonly name: string;
  /** null: all is well; else why not. Never rejects. */
  readonly run: () => Promise<string | null>;
}

/** The checks there are. `read` is a linearizable read; null leaves the cluster out of it. */
export function checks(status: NodeStatus, read: (() => Promise<void>) | null) {
  const { role, leader } = status;
  const serves = role !== 'failed' && role !== 'stopped' && role !== 'recovering';
  return {
    process: check('process', () => (serves ? null : `the role is ${role}`)),
    leader: check('leader', () =>
      leader === null && read !== null ? 'no leader is known here' : null,
    ),
    read: check('linearizable_read', async () => (read === null ? null : whyNot(read))),
  };
}

function check(name: string, run: () => Promise<string | null> | string | null): Check {
  return { name, run: async () => run() };
}

async function whyNot(read: () => Promise<void>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (!(error instanceof StatecraftError)) throw error;
    // A node without the key-value store has answered all the same, and as a leader.
    if (error.code === 'ERR_UNKNOWN_MACHINE') return null;
    return `${error.code}: ${error.message}`;
  }
}

/** `ok`, or a line for each check; `?exclude=NAME`, any number of times, leaves one out. */
export async function probe(query: URLSearchParams, all: readonly Check[]): Promise<HttpAnswer> {
  const excluded = new Set(query.getAll('exclude'));
  let failed = false;
  let lines = '';
  for (const { name, run } of all) {
    const reason = excluded.has(name) ? null : await run();
    failed ||= reason !== null;
    const result = excluded.has(name) ? 'excluded: ok' : 'ok';
    lines += reason === null ? `[+]${name} ${result}\n` : `[-]${name} failed: ${reason}\n`;
  }
  if (failed) return { status: 503, body: `${lines}not ok\n` };
  return { status: 200, body: query.has('verbose') ? `${lines}ok\n` : 'ok\n' };
}

/** `{"health":"true","reason":""}`, or 503 with the first reason. */
export async function health(all: readonly Check[]): Promise<HttpAnswer> {
  for (const { name, run } of all) {
    const reason = await run();
    if (reason === null) continue;
    return { status: 503, body: { health: 'false', reason: `${name}: ${reason}` } };
  }
  return { status: 200, body: { health: 'true', reason: '' } };
}
