/** put, get, del, list and status against a running server: data on stdout, trouble on stderr. */
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import type { Node } from '../../actors/node.ts';
import { freePorts } from '../../apps/cli/cluster/free-ports.ts';
import { cli, singleNode, start, temporaryFolder, type Ran } from './support.ts';

/** What the command wrote to stdout, as JSON. */
function dataOf({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}

/** The error it wrote to stderr, as JSON. */
function errorOf({ err }: Ran): Record<string, unknown> {
  return (JSON.parse(err) as { error: Record<string, unknown> }).error;
}

describe('cli: client commands', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let at: string[];
  /** Where nobody listens. */
  let nowhere: string;

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(folder.path);
    at = ['--endpoints', node.addresses.client];
    nowhere = `127.0.0.1:${String((await freePorts(20_000, 1))[0])}`;
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  it('put acknowledges with the revision, and get prints the value and nothing else', async () => {
    const put = await cli('put', 'greeting', 'hello', ...at);
    expect(put.err).to.equal('');
    expect(put.out).to.match(/^OK rev \d+\n$/);

    expect(await cli('get', 'greeting', ...at)).to.deep.equal({ code: 0, out: 'hello\n', err: '' });
  });

  it('get and put agree on the revision in JSON', async () => {
    const put = dataOf(await cli('put', 'a', '1', '-o', 'json', ...at));
    const get = dataOf(await cli('get', 'a', '-o', 'json', ...at));
    const del = dataOf(await cli('del', 'a', '-o', 'json', ...at));

    expect(put).to.include({ key: 'a', previousRevision: null });
    expect(get).to.deep.equal({ key: 'a', value: '1', revision: put['revision'] });
    expect(del).to.include({ key: 'a', deleted: true, previousRevision: put['revision'] });
  });

  it('a missing key is exit code 6 for get and del, unless it is allowed', async () => {
    for (const command of ['get', 'del']) {
      const text = await cli(command, 'nothing', ...at);
      expect(text).to.include({ code: 6, out: '' });
      expect(text.err).to.match(/^Error: ERR_KEY_NOT_FOUND: There is no key "nothing"\. .*\n$/);

      const json = await cli(command, 'nothing', '-o', 'json', ...at);
      expect(json).to.include({ code: 6, out: '' });
      expect(errorOf(json)).to.include({ code: 'ERR_KEY_NOT_FOUND', retryable: false });

      const allowed = await cli(command, 'nothing', '--allow-missing', '-o', 'json', ...at);
      expect(allowed).to.include({ code: 0, err: '' });
      expect(dataOf(allowed)).to.include({ key: 'nothing' });
    }
  });

  it('list keeps the order of keys, a line each, whatever the values hold', async () => {
    await cli('put', 'l/b', 'two\nlines', ...at);
    await cli('put', 'l/a', 'one', ...at);
    await cli('put', 'm', 'outside the prefix', ...at);

    const text = await cli('list', 'l/', ...at);
    expect(text).to.deep.equal({ code: 0, out: 'l/a\tone\nl/b\t"two\\nlines"\n', err: '' });

    const json = dataOf(await cli('list', 'l/', '--limit', '1', '-o', 'json', ...at));
    expect(json['more']).to.equal(true);
    expect(json['entries']).to.have.nested.property('[0].key', 'l/a');
    expect(json['entries']).to.have.length(1);
  });

  it('prints values that JSON has no word for', async () => {
    const client = await connect([node.addresses.client]);
    await client.put('odd', { big: 10n, when: new Date(0), none: undefined, few: new Set([1]) });
    client.stop();

    const { out } = await cli('get', 'odd', ...at);
    expect(out).to.equal('{"big":"10","when":"1970-01-01T00:00:00.000Z","none":null,"few":[1]}\n');
  });

  it('takes hostile keys and values as they are', async () => {
    for (const [key, value] of [
      ['__proto__', 'polluted'],
      ['', ''],
      ['🦊', '{"json":1}'],
    ] as const) {
      expect(await cli('put', key, value, ...at)).to.include({ code: 0 });
      const got = dataOf(await cli('get', key, '-o', 'json', ...at));
      expect(got).to.include({ key, value });
    }
  });

  it('refuses a key that is too long with exit code 3, as the server says', async () => {
    const ran = await cli('put', 'k'.repeat(1_025), 'v', '-o', 'json', ...at);
    expect(ran).to.include({ code: 3, out: '' });
    expect(errorOf(ran)).to.include({ code: 'ERR_INVALID_COMMAND', outcome: 'not-applied' });
  });

  it('finds the servers through STATECRAFT_ENDPOINTS; --endpoints wins over it', async () => {
    const env = { STATECRAFT_ENDPOINTS: node.addresses.client };
    expect(await start(['list'], { env }).done).to.include({ code: 0, err: '' });

    const wrong = { STATECRAFT_ENDPOINTS: 'nonsense' };
    expect((await start(['list'], { env: wrong }).done).err).to.include('STATECRAFT_ENDPOINTS');
    expect(await start(['list', ...at], { env: wrong }).done).to.include({ code: 0, err: '' });
  });

  it('nobody there is exit code 2, with where it looked and what to do', async () => {
    for (const argv of [['get', 'a'], ['put', 'a', 'b'], ['status']]) {
      const options = ['--endpoints', nowhere, '--timeout', '200ms', '-o', 'json'];
      const ran = await cli(...argv, ...options);
      expect(ran).to.include({ code: 2, out: '' });
      const error = errorOf(ran);
      expect(error).to.include({
        code: 'ERR_UNREACHABLE',
        outcome: 'not-applied',
        retryable: true,
      });
      expect(error['message']).to.include(nowhere).and.include('--endpoints');
    }
  });

  it('one dead endpoint among living ones costs nothing but time', async () => {
    const ran = await cli('get', 'greeting', '--endpoints', `${nowhere},${node.addresses.client}`);
    expect(ran).to.deep.equal({ code: 0, out: 'hello\n', err: '' });
  });

  it('Ctrl-C ends a call at once with 130, SIGTERM with 143, and says what is known', async () => {
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      const session = start(['put', 'a', 'b', '--endpoints', nowhere, '--timeout', '1m']);
      session.signal(signal);
      expect(await session.done).to.deep.equal({ code, out: '', err: 'Interrupted.\n' });
    }
  });
});
