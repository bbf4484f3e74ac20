/** put, get, del, list and status against a running server: data on stdout, trouble on stderr. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, maxCommandBytes } from '../../actors/client.ts';
import type { Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { defaultClientLimits } from '../../transport/limits.ts';
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
    nowhere = `127.0.0.1:${String((await anyFreePorts(1))[0])}`;
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

  it('move-leader says of a cluster of one that nobody else can lead', async () => {
    const { code, out, err } = await cli('move-leader', ...at);
    expect({ code, out }).to.deep.equal({ code: 4, out: '' });
    expect(err).to.match(/^Error: ERR_TRANSFER_FAILED: The cluster has one voter/);
  });

  it('get and list read as weakly as they are told, but no earlier than a revision', async () => {
    const { revision } = dataOf(await cli('put', 'read/a', '1', '-o', 'json', ...at));
    for (const consistency of ['linearizable', 'lease', 'local']) {
      const how = ['--consistency', consistency, '--at-least', String(revision), ...at];
      expect(await cli('get', 'read/a', ...how)).to.deep.equal({ code: 0, out: '1\n', err: '' });
      const list = await cli('list', 'read/', ...how);
      expect(list).to.deep.equal({ code: 0, out: 'read/a\t1\n', err: '' });
    }
    // Nobody has written that yet: not an old value, but no value.
    const ahead = ['--consistency', 'local', '--at-least', '1000000', '--timeout', '50ms'];
    const early = await cli('get', 'read/a', ...ahead, '-o', 'json', ...at);
    expect(early).to.include({ code: 5, out: '' });
    expect(errorOf(early)).to.include({ code: 'ERR_TIMEOUT', outcome: 'not-applied' });
  });

  it('get refuses a consistency that is none, and names those that there are', async () => {
    const ran = await cli('get', 'a', '--consistency', 'strong', ...at);
    expect(ran).to.include({ code: 64, out: '' });
    expect(ran.err).to.include('Allowed choices are linearizable, lease, local');
    expect(await cli('get', 'a', '--at-least', 'now', ...at)).to.include({ code: 3, out: '' });
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

  it('put and cas take a value from stdin or a file, byte for byte', async () => {
    const file = join(folder.path, 'value');
    await writeFile(file, 'from a file\n');
    expect(await cli('put', 'v/file', '--file', file, ...at)).to.include({ code: 0 });
    const input = [Buffer.from('from '), Buffer.from('stdin, é'.slice(0, 7)), Buffer.from('é\n')];
    expect(await start(['put', 'v/stdin', '-', ...at], { input }).done).to.include({ code: 0 });
    const cas = ['cas', 'v/cas', '-', '--absent', ...at];
    expect(await start(cas, { input }).done).to.include({ code: 0 });

    const { entries } = dataOf(await cli('list', 'v/', '-o', 'json', ...at));
    expect((entries as { value: string }[]).map(({ value }) => value)).to.deep.equal([
      'from stdin, é\n',
      'from a file\n',
      'from stdin, é\n',
    ]);
  });

  const noValues: readonly (readonly [code: number, says: string, ...argv: string[]])[] = [
    [64, "Missing required argument 'value'. Give a VALUE", 'put', 'a'],
    [64, 'There is a VALUE and a --file', 'put', 'a', 'b', '--file', 'c'],
    [3, 'ERR_INVALID_ARGUMENT: --file nowhere cannot be read (ENOENT)', 'put', 'a', '--file'],
    [3, 'ERR_INVALID_VALUE: What stdin holds is not UTF-8', 'put', 'a', '-'],
  ];
  for (const [code, says, ...argv] of noValues) {
    it(`"${argv.join(' ')}" exits with ${code} and says: ${says}`, async () => {
      const words = argv.at(-1) === '--file' ? [...argv, 'nowhere'] : argv;
      const ran = await start([...words, ...at], { input: [Buffer.from([0xff])] }).done;
      expect({ code: ran.code, out: ran.out }).to.deep.equal({ code, out: '' });
      expect(ran.err).to.include(says);
    });
  }

  it('reads no more of an endless stdin than a value may have', async () => {
    const chunk = Buffer.alloc(1 << 16, 'x');
    let read = 0;
    const endless = {
      *[Symbol.iterator]() {
        for (;;) {
          read += 1;
          yield chunk;
        }
      },
    };
    const { code, err } = await start(['put', 'a', '-', ...at], { input: endless }).done;
    expect(code).to.equal(3);
    expect(err).to.match(/^Error: ERR_TOO_LARGE: What was given has more than 1048576 bytes\. /);
    expect(read * chunk.length).to.be.lessThan(2 << 20);
  });

  it('a size that one way in refuses is refused by all, in the same words', async () => {
    const value = 'x'.repeat(maxCommandBytes);
    const error = errorOf(await cli('put', 'a', value, '-o', 'json', ...at));
    expect(error).to.include({ code: 'ERR_TOO_LARGE', outcome: 'not-applied' });
    const body = value.slice(0, -10);
    const put = await fetch(`http://${node.addresses.client}/v1/kv/a`, { method: 'PUT', body });
    const told = ((await put.json()) as { error: Record<string, unknown> }).error;
    expect(told).to.deep.include({ code: 'ERR_TOO_LARGE', message: error['message'] });
    expect(defaultClientLimits.maxHttpBodyBytes).to.equal(maxCommandBytes);
    const fits = value.slice(0, -300);
    expect(await cli('put', 'a', fits, ...at)).to.include({ code: 0 });
    expect(await cli('del', 'a', ...at)).to.include({ code: 0 });
  });

  it('a revision that was never given is said to be none at once, and waited for by no one', async () => {
    const { revision } = dataOf(await cli('put', 'seen', '1', '-o', 'json', ...at));
    const atLeast = (index: number) => ['seen', '--at-least', String(index), '-o', 'json', ...at];
    expect(await cli('get', ...atLeast(Number(revision)))).to.include({ code: 0 });
    const beyond = await cli('get', ...atLeast(Number(revision) + 1_000));
    expect(beyond).to.include({ code: 4, out: '' });
    expect(errorOf(beyond)).to.include({ code: 'ERR_FUTURE_REVISION', retryable: false });
    const list = await cli('list', ...atLeast(Number(revision) + 1_000));
    expect(errorOf(list)).to.include({ code: 'ERR_FUTURE_REVISION' });
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
      ['empty', ''],
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
    for (const argv of [['get', 'a'], ['put', 'a', 'b'], ['status'], ['watch', 'a']]) {
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
