/** `statecraft check-history`: verdicts by exit code, and files that are no history, by line. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { cli, temporaryFolder, type Ran } from './support.ts';

const good = [
  '{"format":"statecraft-history","version":1}',
  '{"client":"c1","op":"put","key":"a","value":"1","invokedAtMs":0,"returnedAtMs":1,"outcome":"ok","revision":4,"previous":null}',
  '{"client":"c2","op":"put","key":"a","value":{"x":1,"y":2},"invokedAtMs":2,"outcome":"unknown"}',
  '',
  '{"client":"c1","op":"get","key":"a","value":{"y":2,"x":1},"invokedAtMs":3,"returnedAtMs":4,"outcome":"ok"}',
];
const stale =
  '{"client":"c3","op":"get","key":"a","value":"1","invokedAtMs":5,"returnedAtMs":6,"outcome":"ok"}';

describe('cli: check-history', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  async function check(lines: readonly string[], ...options: string[]): Promise<Ran> {
    const file = join(folder.path, 'history.jsonl');
    await writeFile(file, lines.join('\n'));
    return cli('check-history', file, ...options);
  }

  it('exits with 0 for a linearizable history', async () => {
    const ran = await check(good);
    expect(ran).to.deep.equal({ code: 0, out: 'Linearizable: 3 operations on 1 keys.\n', err: '' });
  });

  it('exits with 20 and a counter-example that names the lines', async () => {
    const { code, out, err } = await check([...good, stale]);
    expect({ code, err }).to.deep.equal({ code: 20, err: '' });
    expect(out).to.include('line 6 ✗').and.to.include('Possible would have been: get → {"x":1');
  });

  it('does with the examples of its page what the page says', async () => {
    const page = await readFile('docs/history-format.md', 'utf8');
    const [, example = '', drawing = ''] = /```\n([{][^`]+)```[^]+```\n(Not linear[^`]+)```/.exec(
      page,
    )!;
    expect(await check(example.split('\n'))).to.include({ code: 0 });
    const operation = (client: string, op: string, value: string, at: number) =>
      JSON.stringify({
        ...{ client, op, key: 'a', value, outcome: 'ok' },
        ...{ invokedAtMs: at, returnedAtMs: at + 1 },
      });
    const drawn = await check([
      operation('c1', 'put', '1', 0),
      operation('c2', 'put', '2', 2),
      operation('c3', 'get', '1', 4),
    ]);
    expect(drawn).to.deep.equal({ code: 20, out: drawing, err: '' });
  });

  it('tells the same as one line of JSON', async () => {
    const { code, out } = await check([...good, stale], '-o', 'json');
    expect(code).to.equal(20);
    const told = JSON.parse(out) as { verdict: string; counterExample: { culprit: object } };
    expect(told.verdict).to.equal('violation');
    expect(told.counterExample.culprit).to.include({ client: 'c3', line: 6 });
  });

  it('exits with 8 when time runs out: not decided is not linearizable', async () => {
    // 300 concurrent writes, and two reads which no order of them can satisfy.
    const open = Array.from({ length: 300 }, (_, i) =>
      JSON.stringify({
        client: `c${i}`,
        op: 'put',
        key: 'a',
        value: i % 150,
        invokedAtMs: 0,
        returnedAtMs: 9,
        outcome: 'ok',
      }),
    );
    const last = (value: number) =>
      `{"client":"r","op":"get","key":"a","value":${value},"invokedAtMs":10,"returnedAtMs":11,"outcome":"ok"}`;
    const { code, out } = await check([...open, last(1), last(2)], '--time-limit', '50ms');
    expect(code).to.equal(8);
    expect(out).to.match(/^Not decided in time: 1 keys \("a"\) of 302 operations/);
  });

  const broken: readonly (readonly [says: string, line: string])[] = [
    ['it is not JSON', '{"client":'],
    ['it is not a JSON object', '[]'],
    ['"client" must be a string', '{}'],
    ['there is no field "extra"', stale.replace('}', ',"extra":1}')],
    ['"outcome" must be "ok", "failed" or "unknown"', stale.replace('"ok"', '"fine"')],
    ['what is ok has a "returnedAtMs"', stale.replace('"returnedAtMs":6,', '')],
    ['"returnedAtMs" is before', stale.replace('"returnedAtMs":6', '"returnedAtMs":4')],
    ['"op" is put, get, delete or cas, not "add"', stale.replace('"get"', '"add"')],
    ['a get that is ok has a "value"', stale.replace('"value":"1",', '')],
    ['"revision" must be', stale.replace('}', ',"revision":-1}')],
  ];
  for (const [says, line] of broken) {
    it(`exits with 3 and the number of the line: ${says}`, async () => {
      const { code, out, err } = await check([...good, line]);
      expect({ code, out }, err).to.deep.equal({ code: 3, out: '' });
      expect(err).to.match(/^Error: ERR_BAD_HISTORY: Line 6: .+docs\/history-format\.md\.\n$/);
      expect(err).to.include(says);
    });
  }

  it('exits with 3 when there is nothing to judge: no operation proves nothing', async () => {
    for (const lines of [[], [''], ['{"format":"statecraft-history","version":1}', '']]) {
      const { code, out, err } = await check(lines);
      expect({ code, out }).to.deep.equal({ code: 3, out: '' });
      expect(err).to.match(/^Error: ERR_BAD_HISTORY: .*history\.jsonl holds no operation\. /);
    }
  });

  it('exits with 3 for another version, and for a file that is not there', async () => {
    const newer = await check(['{"format":"statecraft-history","version":2}']);
    expect(newer).to.include({ code: 3 });
    expect(newer.err).to.include('Line 1: the header is not');
    const missing = await cli('check-history', join(folder.path, 'nowhere'));
    expect(missing).to.include({ code: 3 });
    expect(missing.err).to.match(
      /^Error: ERR_INVALID_ARGUMENT: .*nowhere cannot be read \(ENOENT\)/,
    );
  });
});
