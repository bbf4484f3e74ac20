/**
 * The key-value store over HTTP: `GET`, `PUT` and `DELETE /v1/kv/KEY`, and a list (docs/http.md).
 *
 * The key is all that follows `/v1/kv/`, percent-decoded; slashes may stand as they are. `If-Match`
 * compares with a revision. A server that does not lead sends on with 307, or asks the leader itself
 * with `?forward=true`; what is asked as `?consistency=local` it answers by itself.
 */
import { refusal, type HttpAnswer, type HttpRequest } from '../../transport/http.ts';
import type { ServerId } from '../../machines/messages.ts';
import { consistencies, type LeaderHint } from '../../transport/client-protocol.ts';
import { isJson } from '../../transport/http-endpoint.ts';
import type { CallOptions, Client, Modified, ReadOptions } from '../client.ts';
import { StatecraftError } from '../errors.ts';
import { notLeader } from '../failures.ts';
import { answerFailure, leaderHeader } from './http-failure.ts';
import { parameterTrouble } from './http-parameters.ts';
import { toPlainJson } from '../client/json.ts';

const prefix = '/v1/kv/';

/** The node's clients: `any` goes where the leader is, `local` stays with this very server. */
export interface OwnClients {
  any(): Promise<Client>;
  local(): Promise<Client>;
}

/** Who is asked, and where clients find whoever leads; null: nobody, or it has fallen silent. */
export interface Whereabouts {
  readonly id: ServerId;
  readonly leader: LeaderHint | null;
}

/** Rejects with a `StatecraftError`. */
export async function answerKeys(
  request: HttpRequest,
  whereabouts: Whereabouts,
  clients: OwnClients,
): Promise<HttpAnswer> {
  const { method, path, signal } = request;
  const isList = path === prefix.slice(0, -1);
  if (!isRead(method) && (isList || !['PUT', 'DELETE'].includes(method))) return notAllowed;
  const trouble = parameterTrouble(method, isList, request.query);
  if (trouble !== null) throw badRequest(trouble);
  const terms = isRead(method) ? readTermsOf(request) : null;
  const isLocal = terms?.consistency === 'local';
  const sentOn = isLocal ? null : sendOn(request, whereabouts);
  if (sentOn !== null) return sentOn;
  const client = await (isLocal ? clients.local() : clients.any());
  if (terms !== null && isList) return list(client, request, terms);
  const key = keyOf(path);
  if (terms !== null) return get(client, key, request, terms);
  if (method === 'PUT') return changed(key, await put(client, key, request));
  const done = await remove(client, key, expectedOf(request), { signal });
  if (done.previous === null) throw notFound(key, 'applied');
  return changed(key, done);
}

/** To the leader, or 503 when nobody knows one; null when the request is served here. */
function sendOn({ path, query }: HttpRequest, { id, leader }: Whereabouts): HttpAnswer | null {
  if (leader?.id === id || query.get('forward') === 'true') return null;
  const { code, ...refused } = notLeader(leader);
  if (leader === null) return answerFailure(new StatecraftError(code, refused.message, refused));
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return {
    status: 307,
    headers: { location: `http://${leader.client}${path}${search}`, [leaderHeader]: leader.id },
    body: `The leader is ${leader.id}, at ${leader.client}.\n`,
  };
}

async function get(
  client: Client,
  key: string,
  { query, signal }: HttpRequest,
  terms: ReadTerms,
): Promise<HttpAnswer> {
  const found = await client.get(key, { signal, ...terms });
  if (found === null) throw notFound(key, 'not-applied');
  const { revision } = found;
  const value = toPlainJson(found.value);
  const headers = { etag: `"${revision}"` };
  if (query.get('raw') !== 'true') return { status: 200, headers, body: { key, value, revision } };
  return { status: 200, headers, body: typeof value === 'string' ? value : JSON.stringify(value) };
}

async function list(
  client: Client,
  { query, signal }: HttpRequest,
  terms: ReadTerms,
): Promise<HttpAnswer> {
  const limit = Number(query.get('limit') ?? 1_000);
  const start = query.get('start') ?? '';
  const end = query.get('end');
  const listed =
    end === null
      ? await client.list(query.get('prefix') ?? '', { start, limit, signal, ...terms })
      : await client.range({ start, end }, { limit, signal, ...terms });
  const entries = listed.entries.map((entry) => ({ ...entry, value: toPlainJson(entry.value) }));
  return { status: 200, body: { ...listed, entries } };
}

async function put(client: Client, key: string, request: HttpRequest): Promise<Modified> {
  const { signal } = request;
  const value = valueOf(request);
  const options = { signal, ...ttlOf(request) };
  const expected = expectedOf(request);
  if (expected === null) return client.put(key, value, options);
  return client.cas(key, expected === 'absent' ? expected : { revision: expected }, value, options);
}

async function remove(
  client: Client,
  key: string,
  expected: number | 'absent' | null,
  options: CallOptions,
): Promise<Modified> {
  if (expected === null) return client.delete(key, options);
  if (expected === 'absent') throw badRequest('A deletion cannot expect that there is no such key');
  const compared = await client.txn(
    { if: [{ key, revision: expected }], then: [{ delete: { key } }], else: [{ get: { key } }] },
    options,
  );
  const [result = null] = compared.results;
  if (compared.ok && result !== null && 'previous' in result) return result;
  const revision = result?.revision ?? null;
  const is = revision === null ? 'is not there' : `has revision ${revision}`;
  const message = `The key ${JSON.stringify(key)} ${is}, so it was not deleted.`;
  throw new StatecraftError('ERR_CAS_FAILED', message, { revision });
}

function changed(key: string, { revision, previous }: Modified): HttpAnswer {
  const body = { key, revision, previousRevision: previous };
  return { status: 200, headers: { etag: `"${revision}"` }, body };
}

function keyOf(path: string): string {
  try {
    return decodeURIComponent(path.slice(prefix.length));
  } catch {
    throw badRequest('The key is not percent-encoded UTF-8');
  }
}

/** JSON when the request says so, else the text of the body. */
function valueOf({ headers, body }: HttpRequest): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
    return isJson(headers['content-type']) ? (JSON.parse(text) as unknown) : text;
  } catch {
    throw badRequest('The body is not what its content-type says, or not UTF-8');
  }
}

/** `ttlMs=MILLISECONDS`; what is no time to live is refused by the store. */
function ttlOf({ query }: HttpRequest): { readonly ttlMs?: number } {
  const ttlMs = query.get('ttlMs');
  if (ttlMs === null) return {};
  if (/^\d{1,15}$/.test(ttlMs)) return { ttlMs: Number(ttlMs) };
  throw badRequest('"ttlMs" is whole milliseconds');
}

type ReadTerms = Pick<ReadOptions, 'consistency' | 'atLeast'>;

/** `consistency=LEVEL` and `atLeast=REVISION`, as of the client. */
function readTermsOf({ query }: HttpRequest): ReadTerms {
  const level = query.get('consistency');
  const consistency = consistencies.find((one) => one === level);
  if (level !== null && consistency === undefined) {
    throw badRequest(`"consistency" is ${consistencies.join(', ')}, not ${JSON.stringify(level)}`);
  }
  const atLeast = query.get('atLeast');
  if (atLeast !== null && !/^\d{1,15}$/.test(atLeast)) throw badRequest('"atLeast" is a revision');
  return {
    ...(consistency === undefined ? {} : { consistency }),
    ...(atLeast === null ? {} : { atLeast: Number(atLeast) }),
  };
}

/** The revision in `If-Match`, 'absent' for `If-None-Match: *`, or null. */
function expectedOf({ headers }: HttpRequest): number | 'absent' | null {
  const match = headers['if-match'];
  const none = headers['if-none-match'];
  if (match === undefined && none === undefined) return null;
  if (none === '*' && match === undefined) return 'absent';
  const revision = /^"?([1-9]\d{0,15})"?$/.exec(match ?? '')?.[1];
  if (revision !== undefined && none === undefined) return Number(revision);
  throw badRequest('Conditions are If-Match: "REVISION" or If-None-Match: *');
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

function badRequest(what: string): StatecraftError {
  return new StatecraftError('ERR_BAD_REQUEST', `${what}. See docs/http.md.`);
}

function notFound(key: string, outcome: 'applied' | 'not-applied'): StatecraftError {
  const message = `There is no key ${JSON.stringify(key)}.`;
  return new StatecraftError('ERR_KEY_NOT_FOUND', message, { outcome });
}

const notAllowed: HttpAnswer = {
  ...refusal(
    405,
    'ERR_BAD_REQUEST',
    'A key is read with GET, written with PUT and removed with DELETE.',
  ),
  headers: { allow: 'GET, HEAD, PUT, DELETE' },
};
