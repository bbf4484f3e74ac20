/** cas, txn, watch and ranges against a running server: what is told, and by which exit code. */
import { expect } from 'chai';
import type { Node } from '../../actors/node.ts';
import { cli, singleNode, start, temporaryFolder, type Ran } from './support.ts';

function dataOf({ out }: Ran): Record<string, unknown> {
  return JSON.parse(out) as Record<string, unknown>;
}

describe('cli: compare, transact, watch', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let at: string[];

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(folder.path);
    at = ['--endpoints', node.addresses.client];
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  const put = async (key: string, value: string): Promise<number> =>
    Number(dataOf(await cli('put', key, value, '-o', 'json', ...at))['revision']);

  it('cas writes what is still at its revision, and exits with 7 when it is not', async () => {
    const revision = await put('c', 'one');
    const first = await cli('cas', 'c', 'two', '--revision', String(revision), ...at);
    expect(first).to.include({ code: 0, err: '' });
    expect(first.out).to.match(/^OK rev \d+\n$/);

    const second = await cli('cas', 'c', 'three', '--revision', String(revision), ...at);
    expect(second).to.include({ code: 7, out: '' });
    expect(second.err).to.match(/^Error: ERR_CAS_FAILED: The key "c" has revision \d+/);
    expect((await cli('get', 'c', ...at)).out).to.equal('two\n');
  });

  it('cas --absent takes one of two that want to be first', async () => {
    const both = await Promise.all(
      ['n1', 'n2'].map((id) => cli('cas', 'job', id, '--absent', ...at)),
    );
    expect(both.map(({ code }) => code).sort()).to.deep.equal([0, 7]);
  });

  it('cas asks what the key must be, before it asks a server', async () => {
    for (const flags of [[], ['--absent', '--revision', '1']]) {
      const { code, err } = await cli('cas', 'c', 'x', ...flags);
      expect(code).to.equal(3);
      expect(err).to.include('--absent');
    }
  });

  it('txn does one branch, all at one revision; the else exits with 7 and is data', async () => {
    const txn = JSON.stringify({
      if: [{ key: 't', exists: false }],
      then: [{ put: { key: 't', value: 'new' } }, { get: { key: 'nothing' } }],
      else: [{ get: { key: 't' } }],
    });
    const first = await cli('txn', txn, '-o', 'json', ...at);
    expect(first).to.include({ code: 0, err: '' });
    const { ok, revision, results } = dataOf(first);
    expect({ ok, results }).to.deep.equal({
      ok: true,
      results: [{ revision, previousRevision: null }, null],
    });

    const second = await cli('txn', txn, '-o', 'json', ...at);
    expect(second).to.include({ code: 7, err: '' });
    expect(dataOf(second)['results']).to.deep.equal([{ value: 'new', revision }]);
    expect((await cli('txn', txn, ...at)).out).to.match(
      /^Not so, else was done, rev \d+\nt: new\n$/,
    );
  });

  it('txn says where its JSON is wrong, without asking a server', async () => {
    for (const [text, says] of [
      ['{', 'not JSON'],
      ['{"fi":[]}', 'wrong: Unrecognized key'],
      ['{"then":[{"zap":1}]}', 'wrong at "then.0": an operation is {"put"'],
      ['{"then":[{"put":{"key":"a"}}]}', 'wrong at "then.0.put.value": is missing'],
      ['{"if":[{"key":1,"exists":true}]}', 'wrong at "if.0"'],
    ] as const) {
      const { code, err } = await cli('txn', text, ...at);
      expect(code).to.equal(3);
      expect(err).to.include(says);
    }
  });

  it('watch tells each change from a revision on, in order, with deletions', async () => {
    const from = await put('w/a', 'one');
    await put('w/b', 'two\nlines');
    await put('other', 'not followed');
    await cli('del', 'w/a', ...at);

    const options = ['--prefix', '--from', String(from), '--count', '3'];
    const text = await cli('watch', 'w/', ...options, ...at);
    expect(text).to.include({ code: 0, err: '' });
    expect(text.out.replace(/^\d+/gm, 'N')).to.equal(
      'N\tput\tw/a\tone\nN\tput\tw/b\t"two\\nlines"\nN\tdelete\tw/a\n',
    );
    const json = await cli('watch', 'w/', ...options, '-o', 'json', ...at);
    const lines = json.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(lines.filter((line) => 'key' in line)).to.have.length(3);
    expect(lines[0]).to.include({ type: 'put', key: 'w/a', value: 'one', revision: from });
  });

  it('txn reads stdin for "-", as put does', async () => {
    const txn = JSON.stringify({ then: [{ put: { key: 'piped', value: '1' } }] });
    const { code, out } = await start(['txn', '-', ...at], { input: [Buffer.from(txn)] }).done;
    expect(code).to.equal(0);
    expect(out).to.match(/^OK rev \d+\npiped: was not there\n$/);
  });

  it('watch from a revision that never was says so, and not that nobody answers', async () => {
    const { code, err } = await cli('watch', 'w', '--from', '999999', '--timeout', '300ms', ...at);
    expect(code).to.equal(4);
    expect(err).to.include('ERR_FUTURE_REVISION');
  });

  it('watch lasts until Ctrl-C, which is 130 as for every program', async () => {
    const from = String(await put('live', '0'));
    const session = start(['watch', 'live', '--from', from, ...at]);
    session.signal('SIGINT');
    expect((await session.done).code).to.equal(130);
  });

  it('list takes a range, and tells where to go on', async () => {
    for (const key of ['r/1', 'r/2', 'r/3', 'r/4']) await put(key, key);
    const range = await cli('list', '--from', 'r/2', '--to', 'r/4', ...at);
    expect(range.out).to.equal('r/2\tr/2\nr/3\tr/3\n');

    const page = await cli('list', 'r/', '--limit', '2', ...at);
    expect(page.err).to.include('--from "r/3"');
    const next = dataOf(await cli('list', 'r/', '--from', 'r/3', '-o', 'json', ...at));
    expect(next).to.deep.include({ more: false, next: null });
    expect(next['entries']).to.have.length(2);
    expect((await cli('list', 'r/', '--to', 'x', ...at)).code).to.equal(3);
  });
});
