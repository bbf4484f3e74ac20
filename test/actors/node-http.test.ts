/** A node over plain HTTP: health in etcd's shapes, keys with conditions, and who leads instead. */
import { expect } from 'chai';
import { createNode, StatecraftError, type Node } from '../../actors/node.ts';
import { answerFailure } from '../../actors/node/http-failure.ts';
import { answerKeys, type OwnClients, type Whereabouts } from '../../actors/node/http-kv.ts';
import { leaderInTouch } from '../../actors/node/status.ts';
import type { HttpRequest } from '../../transport/http.ts';
import { singleNode, temporaryFolder } from '../cli/support.ts';
import { aCandidate, aFollower, aLeader, fire, step } from '../support/step.ts';

/** A request as the border lets it through. */
function aRequest(method: string, path: string, search = ''): HttpRequest {
  const query = new URLSearchParams(search);
  const { signal } = new AbortController();
  return { method, path, query, headers: {}, body: new Uint8Array(), signal };
}

const noClient: OwnClients = {
  any: () => Promise.reject(new Error('a client was asked for')),
  local: () => Promise.reject(new Error('this very server was asked')),
};

/** What a follower of `leader` knows. */
function following(leader: string | null): Whereabouts {
  return { id: 'n1', leader: leader === null ? null : { id: leader, client: '127.0.0.1:7402' } };
}

describe('node: http', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let url: string;

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(folder.path);
    url = `http://${node.addresses.client}`;
    // Waits for its election, as the others are answered by a leader only.
    await fetch(`${url}/v1/kv/a?forward=true`);
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  const put = (key: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/v1/kv/${key}`, { method: 'PUT', body, headers });
  const json = async (response: Response) => (await response.json()) as Record<string, unknown>;
  const codeOf = async (response: Response) =>
    ((await json(response))['error'] as { code: string }).code;

  it('keeps hostile and encoded keys apart', async () => {
    for (const key of ['__proto__', 'a/b', 'a b', '🦊', '%', '.a']) {
      const at = encodeURIComponent(key);
      expect((await put(at, `of ${key}`)).status, key).to.equal(200);
      const read = await json(await fetch(`${url}/v1/kv/${at}`));
      expect(read).to.include({ key, value: `of ${key}` });
    }
    expect((await fetch(`${url}/v1/kv/%ff`)).status).to.equal(400);
  });

  it('keeps JSON as JSON, and refuses what is none with 400', async () => {
    const type = { 'content-type': 'application/json' };
    expect((await put('json', '{"n":[1,null]}', type)).status).to.equal(200);
    expect(await json(await fetch(`${url}/v1/kv/json`))).to.deep.include({
      value: { n: [1, null] },
    });
    expect(await codeOf(await put('json', '{', type))).to.equal('ERR_BAD_REQUEST');
    expect(await codeOf(await put('json', '{"__proto__":1}', type))).to.equal('ERR_INVALID_VALUE');
  });

  it('writes nothing when a condition is none or does not hold', async () => {
    const { revision } = await json(await put('c', 'first'));
    for (const [headers, status] of [
      [{ 'if-match': `"${String(Number(revision) - 1)}"` }, 412],
      [{ 'if-none-match': '*' }, 412],
      [{ 'if-match': '*' }, 400],
      [{ 'if-match': 'W/"1"' }, 400],
      [{ 'if-match': '"1"', 'if-none-match': '*' }, 400],
    ] as const) {
      expect((await put('c', 'second', headers)).status).to.equal(status);
      const deleted = await fetch(`${url}/v1/kv/c`, { method: 'DELETE', headers });
      expect(deleted.status).to.equal('if-none-match' in headers ? 400 : status);
    }
    const read = await fetch(`${url}/v1/kv/c`);
    expect(read.headers.get('etag')).to.equal(`"${String(revision)}"`);
    expect(await json(read)).to.include({ value: 'first', revision });
  });

  it('takes one of many conditional writes that race', async () => {
    const { revision } = await json(await put('race', '0'));
    const ifMatch = { 'if-match': `"${String(revision)}"` };
    const all = await Promise.all([1, 2, 3, 4, 5].map((n) => put('race', `${n}`, ifMatch)));
    expect(all.map(({ status }) => status).sort()).to.deep.equal([200, 412, 412, 412, 412]);
  });

  it('answers other methods with 405 and what is allowed', async () => {
    const post = await fetch(`${url}/v1/kv/a`, { method: 'POST', body: 'x' });
    expect(post.status).to.equal(405);
    expect(post.headers.get('allow')).to.equal('GET, HEAD, PUT, DELETE');
    expect((await fetch(`${url}/health`, { method: 'PUT', body: '' })).status).to.equal(405);
    expect((await fetch(`${url}/v1/kv/`, { method: 'HEAD' })).status).to.be.oneOf([200, 404]);
  });

  it('refuses a value too large for the log with 413', async () => {
    const body = 'x'.repeat((1 << 20) - 10);
    expect(await codeOf(await put('large', body))).to.equal('ERR_TOO_LARGE');
  });

  it('says its version and its status as the client sees them', async () => {
    const status = await json(await fetch(`${url}/status`));
    expect(status).to.include({ id: 'n1', cluster: 'demo', role: 'leader' });
    const version = await json(await fetch(`${url}/version`));
    expect(version).to.include({ statecraft: status['version'], node: process.version });
  });

  it('is alive but not ready while it has no leader, and says which check failed', async () => {
    const other = await temporaryFolder();
    const alone = await createNode({
      id: 'n1',
      peers: { n1: '127.0.0.1:0', n2: '127.0.0.1:1' },
      client: '127.0.0.1:0',
      dataDir: other.path,
    });
    const at = `http://${alone.addresses.client}`;
    expect((await fetch(`${at}/livez`)).status).to.equal(200);

    const ready = await fetch(`${at}/readyz?exclude=linearizable_read`);
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.include('[-]leader failed: no leader is known here');
    const health = await fetch(`${at}/health`);
    expect(health.status).to.equal(503);
    expect(await json(health)).to.include({ health: 'false' });
    expect((await fetch(`${at}/health?serializable=true`)).status).to.equal(200);

    const write = await fetch(`${at}/v1/kv/a`, { method: 'PUT', body: 'x' });
    expect(write.status).to.equal(503);
    expect(write.headers.get('retry-after')).to.equal('1');
    expect(await codeOf(write)).to.equal('ERR_NOT_LEADER');
    await alone.stop();
    await other.remove();
  });

  it('a stop answers a request that waits, and does not cut it off', async () => {
    const other = await temporaryFolder();
    const alone = await createNode({
      id: 'n1',
      peers: { n1: '127.0.0.1:0', n2: '127.0.0.1:1' },
      client: '127.0.0.1:0',
      dataDir: other.path,
    });
    const at = `http://${alone.addresses.client}`;
    const waits = fetch(`${at}/v1/kv/a?forward=true`);
    await fetch(`${at}/livez`);
    await alone.stop();
    const response = await waits;
    expect(response.status).to.equal(503);
    expect(await codeOf(response)).to.equal('ERR_STOPPED');
    await other.remove();
  });

  it('sends on to the leader with 307, path and query kept', async () => {
    const request = aRequest('PUT', '/v1/kv/a%2Fb', 'ttlMs=1');
    const { status, headers } = await answerKeys(request, following('n2'), noClient);
    expect(status).to.equal(307);
    expect(headers).to.deep.equal({
      location: 'http://127.0.0.1:7402/v1/kv/a%2Fb?ttlMs=1',
      'x-statecraft-leader': 'n2',
    });
  });

  it('names a leader while it is heard, and nobody once it has fallen silent', async () => {
    const fresh = aFollower({ leader: 'b' });
    expect(leaderInTouch(fresh)).to.equal('b');
    const [stale] = step(fresh, fire('freshness', 'role.follower.contact.fresh'));
    expect(stale.context.leader, 'it is remembered').to.equal('b');
    expect(leaderInTouch(stale)).to.equal(null);
    expect([leaderInTouch(aCandidate()), leaderInTouch(aLeader())]).to.deep.equal([null, 'a']);

    const request = aRequest('PUT', '/v1/kv/a');
    const { status, headers } = await answerKeys(request, following(null), noClient);
    expect(status, 'a 307 would have curl wait for a dead server').to.equal(503);
    expect(headers).to.include({ 'x-statecraft-error': 'ERR_NOT_LEADER', 'retry-after': '1' });
  });

  it('asks the leader itself when that is wished, and not else', async () => {
    const request = aRequest('GET', '/v1/kv/a', 'forward=true');
    const error = await answerKeys(request, following('n2'), noClient).catch(String);
    expect(error).to.equal('Error: a client was asked for');
    const unknown = await answerKeys(aRequest('GET', '/v1/kv/a'), following(null), noClient);
    expect(unknown.status).to.equal(503);
  });

  it('keeps a local read to itself, whoever leads and if nobody does', async () => {
    for (const leader of ['n2', null]) {
      for (const path of ['/v1/kv/a', '/v1/kv']) {
        const request = aRequest('GET', path, 'consistency=local');
        const error = await answerKeys(request, following(leader), noClient).catch(String);
        expect(error).to.equal('Error: this very server was asked');
      }
    }
    for (const consistency of ['lease', 'linearizable']) {
      const request = aRequest('GET', '/v1/kv/a', `consistency=${consistency}`);
      expect((await answerKeys(request, following('n2'), noClient)).status).to.equal(307);
    }
  });

  it('serves a read as it is asked for, and refuses levels and revisions that are none', async () => {
    const { revision } = await json(await put('level', 'x'));
    for (const consistency of ['linearizable', 'lease', 'local']) {
      const query = `consistency=${consistency}&atLeast=${String(revision)}`;
      const read = await json(await fetch(`${url}/v1/kv/level?${query}`));
      expect(read, consistency).to.include({ value: 'x', revision });
      const list = await json(await fetch(`${url}/v1/kv?prefix=level&${query}`));
      expect(list['entries'], consistency).to.have.length(1);
    }
    for (const consistency of ['linearizable', 'lease']) {
      const beyond = await fetch(`${url}/v1/kv/level?atLeast=9999&consistency=${consistency}`);
      expect(beyond.status).to.equal(400);
      expect(await codeOf(beyond)).to.equal('ERR_FUTURE_REVISION');
    }
    for (const query of ['consistency=', 'consistency=strong', 'atLeast=', 'atLeast=-1']) {
      for (const path of ['/v1/kv/level', '/v1/kv']) {
        const refused = await fetch(`${url}${path}?${query}`);
        expect(refused.status, query).to.equal(400);
        expect(await codeOf(refused), query).to.equal('ERR_BAD_REQUEST');
      }
    }
  });

  it('refuses a parameter that it does not know, by name: a typing error would ask for less', async () => {
    const asked: readonly (readonly [method: string, path: string])[] = [
      ['GET', '/v1/kv/level?consistancy=local'],
      ['GET', '/v1/kv?prefx=a'],
      ['PUT', '/v1/kv/level?ttl=1'],
      ['DELETE', '/v1/kv/level?consistency=local'],
    ];
    for (const [method, path] of asked) {
      const refused = await fetch(`${url}${path}`, { method });
      expect(refused.status, path).to.equal(400);
      const { error } = (await refused.json()) as { error: { code: string; message: string } };
      expect(error.code).to.equal('ERR_BAD_REQUEST');
      expect(error.message).to.include(`"${/\?(\w+)/.exec(path)![1]}" is unknown here`);
    }
  });

  it('leads from / to the page', async () => {
    const answer = await fetch(`${url}/`, { redirect: 'manual' });
    expect(answer.status).to.equal(308);
    expect(answer.headers.get('location')).to.equal('/ui/');
  });

  it('tells an unknown outcome as 504, which no proxy repeats', () => {
    const { status, headers } = answerFailure(
      new StatecraftError('ERR_LEADER_LOST', 'x', {
        outcome: 'unknown',
        retryable: true,
        leader: { id: 'n2', client: '127.0.0.1:7402' },
      }),
    );
    expect(status).to.equal(504);
    expect(headers).to.deep.equal({
      'x-statecraft-error': 'ERR_LEADER_LOST',
      'x-statecraft-leader': 'n2',
    });
  });
});
