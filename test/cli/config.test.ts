/** Settings: flag over environment over file over default, and no typing error is ignored. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { start, temporaryFolder, type Ran } from './support.ts';

interface Row {
  readonly name: string;
  readonly value: unknown;
  readonly source: string | null;
  readonly origin: string | null;
}

const yaml = `
# Three servers on one machine.
id: n1
data-dir: ./n1
client: "127.0.0.1:7401"
peers:
  n1: 127.0.0.1:7501
  n2: 127.0.0.1:7502
heartbeat: 20ms
endpoints: [127.0.0.1:7401, 127.0.0.1:7402]
`;

describe('cli: config', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  before(async () => {
    folder = await temporaryFolder();
  });
  after(() => folder.remove());

  async function fileOf(name: string, text: string): Promise<string> {
    const path = join(folder.path, name);
    await writeFile(path, text);
    return path;
  }

  function print(env: Record<string, string>, ...flags: string[]): Promise<Ran> {
    return start(['config', 'print', '-o', 'json', ...flags], { env }).done;
  }

  function settingsIn({ out }: Ran): Map<string, Row> {
    const { settings } = JSON.parse(out) as { settings: Row[] };
    return new Map(settings.map((row) => [row.name, row]));
  }

  it('the flag wins over the environment, that over the file, that over the default', async () => {
    const file = await fileOf('n1.yaml', yaml);
    const env = { STATECRAFT_HEARTBEAT: '30ms', STATECRAFT_CLUSTER: '', STATECRAFT_ID: 'n2' };
    const found = settingsIn(await print(env, '--config', file, '--id', 'n3'));

    expect(found.get('id')).to.deep.include({ value: 'n3', source: 'flag', origin: '--id' });
    const origin = 'STATECRAFT_HEARTBEAT';
    expect(found.get('heartbeat')).to.deep.include({ value: 30, source: 'env', origin });
    expect(found.get('client')).to.deep.include({ source: 'file', origin: `${file}: client` });
    expect(found.get('snapshot-bytes')).to.deep.include({ value: 64 << 20, source: 'default' });
    expect(found.get('cluster')).to.deep.include({ value: 'statecraft', source: 'default' });
  });

  it('YAML and JSON say the same: peers as a map, endpoints as a list', async () => {
    const asYaml = settingsIn(await print({}, '--config', await fileOf('a.yml', yaml)));
    const json = JSON.stringify({
      id: 'n1',
      'data-dir': './n1',
      client: '127.0.0.1:7401',
      peers: { n1: '127.0.0.1:7501', n2: '127.0.0.1:7502' },
      heartbeat: '20ms',
      endpoints: ['127.0.0.1:7401', '127.0.0.1:7402'],
    });
    const asJson = settingsIn(await print({ STATECRAFT_CONFIG: await fileOf('a.json', json) }));
    const values = (rows: Map<string, Row>) => [...rows.values()].map(({ value }) => value);
    expect(values(asJson)).to.deep.equal(values(asYaml));
    expect(asYaml.get('peers')?.value).to.deep.equal({
      n1: '127.0.0.1:7501',
      n2: '127.0.0.1:7502',
    });
  });

  it('people get a table, and are told of variables that are none of ours', async () => {
    const { out, err } = await start(['config', 'print'], {
      env: { STATECRAFT_TIMEOUT: '9s', STATECRAFT_TIMEUOT: '8s' },
    }).done;
    expect(out)
      .to.match(/^timeout +9s +STATECRAFT_TIMEOUT$/m)
      .and.match(/^id +- +not set$/m);
    expect(err).to.equal('STATECRAFT_TIMEUOT is no setting, and is ignored.\n');
  });

  it('leases, the reserve of the disk and the bound on what is uncommitted are settings', async () => {
    const file = await fileOf('bounds.json', '{"leases": true, "min-free-bytes": "1GiB"}');
    const found = settingsIn(await print({ STATECRAFT_LEASES: 'off' }, '--config', file));
    expect(found.get('leases')).to.deep.include({ value: false, source: 'env' });
    expect(found.get('min-free-bytes')).to.deep.include({ value: 2 ** 30, source: 'file' });
    expect(found.get('max-uncommitted-bytes')).to.deep.include({ value: 64 << 20 });
    expect(settingsIn(await print({}, '--config', file)).get('leases')?.value).to.equal(true);
  });

  const broken: readonly (readonly [string, string, string])[] = [
    ['typo.yaml', 'heartbaet: 20ms', 'unknown key "heartbaet". Did you mean heartbeat?'],
    ['proto.json', '{"__proto__": {"id": "n1"}}', 'unknown key "__proto__"'],
    ['list.yaml', '- id', 'must hold keys and values'],
    ['empty.yaml', '', 'must hold keys and values'],
    ['null.yaml', 'id:', '"id" of'],
    ['cut.json', '{"id": ', 'cannot be understood'],
    ['twice.yaml', 'id: a\nid: b', 'cannot be understood'],
    ['bomb.yaml', 'id: &a x\nclient: *a', 'cannot be understood'],
  ];
  for (const [name, text, says] of broken) {
    it(`refuses ${JSON.stringify(text)}: ${says}`, async () => {
      const { code, out, err } = await print({}, '--config', await fileOf(name, text));
      expect({ code, out }).to.deep.equal({ code: 3, out: '' });
      expect(err).to.include('ERR_INVALID_CONFIG').and.include(name);
      expect((JSON.parse(err) as { error: { message: string } }).error.message).to.include(says);
    });
  }

  it('refuses a value that cannot be read, naming where it stands', async () => {
    const file = await fileOf('bad.yaml', 'peers: { n1: nowhere }');
    for (const [env, flags, says] of [
      [{}, ['--config', file], 'bad.yaml: peers has'],
      [{ STATECRAFT_TIMEOUT: '5' }, [], 'STATECRAFT_TIMEOUT "5" is not a duration'],
      [{}, ['--log-level', 'loud'], '--log-level "loud" is no level'],
      [{}, ['--snapshot-bytes', '64MB'], '--snapshot-bytes "64MB" is not a size above 0'],
      [{}, ['--snapshot-entries', '0'], '--snapshot-entries "0" is not a whole number from 1 to'],
      [{}, ['--snapshot-growth', '0.5'], '--snapshot-growth "0.5" is not a whole number from 1 to'],
      [{}, ['--leases', 'yes'], '--leases "yes" is neither on nor off'],
      [{ STATECRAFT_MIN_FREE_BYTES: '0' }, [], 'STATECRAFT_MIN_FREE_BYTES "0" is not a size'],
      [{ STATECRAFT_RETAINED_ENTRIES: 'all' }, [], 'STATECRAFT_RETAINED_ENTRIES "all" is not'],
    ] as const) {
      const { code, err } = await start(['config', 'print', ...flags], { env }).done;
      expect(code).to.equal(3);
      expect(err).to.include(says);
    }
    const missing = await print({}, '--config', join(folder.path, 'nowhere.json'));
    expect(missing.err).to.include('ENOENT');
  });

  it('init writes a file that start understands, with every setting, and overwrites nothing', async () => {
    const file = join(folder.path, 'sample.yaml');
    const first = await start(['config', 'init', file]).done;
    expect(first).to.include({ code: 0, err: '' });
    const text = await readFile(file, 'utf8');
    for (const [name, { value, source }] of settingsIn(await print({}, '--config', file))) {
      expect(text, name).to.match(new RegExp(`^(# )?${name}: `, 'm'));
      // What most servers do without is shown, and not set.
      if (name === 'join') {
        expect({ value, source }).to.deep.equal({ value: null, source: null });
        continue;
      }
      expect(value, name).to.not.equal(null);
      expect(source, name).to.equal(text.includes(`\n${name}: `) ? 'file' : 'default');
    }
    const uncommented = await fileOf('all.yaml', text.replace(/^# (?=[a-z-]+: )/gm, ''));
    for (const { source } of settingsIn(await print({}, '--config', uncommented)).values()) {
      expect(source).to.equal('file');
    }

    const again = await start(['config', 'init', file, '-o', 'json']).done;
    expect(again).to.include({ code: 3, out: '' });
    expect(again.err).to.include('sample.yaml exists, and was left as it is');
    expect((await start(['config', 'init', join(folder.path, 'no', 'x')]).done).code).to.equal(3);
  });

  it('start takes all of it from a file, and says what is still missing', async () => {
    const file = await fileOf(
      'one.yaml',
      `id: n1\ndata-dir: ${join(folder.path, 'one')}\npeers: { n1: 127.0.0.1:0 }\nlog-level: silent\n`,
    );
    const without = await start(['start', '--config', file]).done;
    expect(without.code).to.equal(64);
    expect(without.err).to.include("'--client <address>' not specified").and.include('--config');

    const env = { STATECRAFT_CLIENT: '127.0.0.1:0' };
    const session = start(['start', '--config', file], { env, parent: true });
    while (session.told.length === 0) await new Promise((resolve) => setImmediate(resolve));
    session.signal('SIGTERM');
    expect((await session.done).code).to.equal(0);
    expect(session.told[0]).to.include({ type: 'serving' });
  });
});
