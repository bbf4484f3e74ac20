/** `log inspect` and `log verify`: what a stopped server holds, and exactly where it is damaged. */
import { cp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { openDataDir } from '../../storage/data-dir.ts';
import { DiskStore } from '../../storage/disk-store.ts';
import { nodeFiles } from '../../storage/file-system.ts';
import { writePeerIncarnations } from '../../storage/peer-incarnations.ts';
import { save } from '../storage/snapshot-support.ts';
import { recover } from '../storage/support.ts';
import { cli, singleNode, temporaryFolder } from './support.ts';

describe('cli: log', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  /** Of a stopped server. */
  let dir: string;
  const copies = { made: 0 };

  before(async () => {
    folder = await temporaryFolder();
    dir = join(folder.path, 'n1');
    const node = await singleNode(dir);
    for (const key of ['a', 'b', 'c']) {
      await cli('put', key, 'v', '--endpoints', node.addresses.client);
    }
    const inUse = await cli('log', 'verify', dir);
    expect(inUse).to.include({ code: 9, out: '' });
    expect(inUse.err).to.include('ERR_DATA_DIR_LOCKED');
    await node.stop();
  });

  after(() => folder.remove());

  async function copy(): Promise<string> {
    const path = join(folder.path, `copy-${(copies.made += 1)}`);
    await cp(dir, path, { recursive: true });
    return path;
  }

  /** The oldest segment: what it holds was promised. */
  async function segmentOf(path: string): Promise<string> {
    const names = (await readdir(path)).filter((name) => name.startsWith('log-')).sort();
    return join(path, names[0] ?? '');
  }

  it('verify tells how far the log goes, and changes no byte', async () => {
    const path = await copy();
    const before = await Promise.all(
      (await readdir(path)).sort().map((n) => readFile(join(path, n))),
    );
    const { code, out, err } = await cli('log', 'verify', path);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.match(
      /^OK: entries 1 to 7, the last of term 1 with checksum [0-9a-f]{8}, in 1 /,
    );
    const after = await Promise.all(
      (await readdir(path)).sort().map((n) => readFile(join(path, n))),
    );
    expect(after).to.deep.equal(before);
  });

  it('verify and inspect tell of the newest snapshot, and where it is damaged', async () => {
    const path = await copy();
    const { cluster, node } = JSON.parse((await cli('log', 'verify', path, '-o', 'json')).out) as {
      readonly cluster: string;
      readonly node: string;
    };
    const store = new DiskStore(await openDataDir({ dir: path, cluster, node, voters: ['n1'] }));
    await recover(store);
    await save(store, 5, ['{"hash":1}']);
    store.stop();
    await store.closed();

    const name = 'snapshot-000000000005.jsonl';
    const inspected = await cli('log', 'inspect', path);
    expect(inspected.out).to.include(`snapshot of entry 5 in ${name}, entries 1 to 7`);
    const verified = await cli('log', 'verify', path, '-o', 'json');
    const { snapshot } = JSON.parse(verified.out) as { snapshot: { hash: string } };
    expect(snapshot).to.include({ file: name, index: 5, term: 1 });
    expect(snapshot.hash).to.match(/^[0-9a-f]{8}$/);

    const bytes = await readFile(join(path, name));
    bytes[bytes.indexOf('"hash":1')]! ^= 1;
    await writeFile(join(path, name), bytes);
    const damaged = await cli('log', 'verify', path);
    expect(damaged.code).to.equal(9);
    expect(damaged.err).to.match(/snapshot-000000000005\.jsonl:\d+: .*fails its checksum/);
  });

  it('verify names the file and the byte of any damage, with exit code 9', async () => {
    const path = await copy();
    const file = await segmentOf(path);
    const bytes = await readFile(file);
    const at = bytes.indexOf('"key":"a"');
    const line = bytes.lastIndexOf('\n', at) + 1;
    bytes[at + 7] = 'x'.charCodeAt(0);
    await writeFile(file, bytes);

    const { code, out, err } = await cli('log', 'verify', path);
    expect({ code, out }).to.deep.equal({ code: 9, out: '' });
    expect(err).to.include(`Error: ERR_LOG_CORRUPT: ${file}:${line}: `);
    expect(err).to.include('fails its checksum');
    expect(err.split(file), 'the file is named once').to.have.length(2);
  });

  it('verify tells of a torn end, which nobody was promised, and finds no fault with it', async () => {
    const path = await copy();
    const file = await segmentOf(path);
    const bytes = await readFile(file);
    await writeFile(file, Buffer.concat([bytes, Buffer.from('{"synced":{"ind')]));
    const { code, out } = await cli('log', 'verify', path);
    expect(code).to.equal(0);
    expect(out).to.include('15 torn bytes at the end');
  });

  it('inspect shows whose log it is and its entries, readable by people and programs', async () => {
    const { code, out } = await cli('log', 'inspect', dir, '--from', '1');
    expect(code).to.equal(0);
    expect(out).to.match(/^n1 of cluster demo, boot 1: entries 1 to 7/);
    expect(out).to.match(/^1 +1 +[0-9a-f]{8} +\{"kind":"noop"\}$/m);

    const json = JSON.parse(
      (await cli('log', 'inspect', dir, '--limit', '2', '-o', 'json')).out,
    ) as {
      entries: { index: number; entry: { command: unknown } }[];
    };
    expect(json.entries.map(({ index }) => index)).to.deep.equal([6, 7]);
    expect(json.entries[1]?.entry.command).to.have.nested.property('put.key', 'c');
  });

  it('a page of entries says how to go on', async () => {
    const { err } = await cli('log', 'inspect', dir, '--from', '1', '--limit', '3');
    expect(err).to.equal('There are more; go on with --from 4.\n');
  });

  it('a path that is no data directory is bad input, and no damage', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, 'x');
    for (const command of ['verify', 'inspect']) {
      for (const [path, says] of [
        [join(folder.path, 'nowhere'), 'nowhere does not exist.'],
        [file, 'file is no directory.'],
        [folder.path, 'is no data directory: no server wrote there.'],
      ] as const) {
        const { code, out, err } = await cli('log', command, path);
        expect({ code, out }).to.deep.equal({ code: 3, out: '' });
        expect(err)
          .to.match(/^Error: ERR_INVALID_ARGUMENT: /)
          .and.include(says);
      }
    }
  });

  it('a directory with JSON lines of another program is no data directory either', async () => {
    const path = join(folder.path, 'traces');
    await mkdir(path);
    await writeFile(join(path, 'failure.jsonl'), '{"type":"options"}\n');
    const { code, err } = await cli('log', 'verify', path);
    expect(code).to.equal(3);
    expect(err).to.include('traces is no data directory: no server wrote there.');
  });

  it('verify reads the incarnations of the peers, too, as a start does', async () => {
    const path = await copy();
    await writePeerIncarnations({ path, files: nodeFiles }, { n2: 'one' });
    expect((await cli('log', 'verify', path)).code).to.equal(0);
    await writeFile(join(path, 'peers.json'), '{"format":2,"incarnations":{"n2":"two"},"crc":"0"}');
    const { code, err } = await cli('log', 'verify', path);
    expect(code).to.equal(9);
    expect(err).to.include('ERR_PEERS_LOST').and.include('remove this one file');
  });

  it('a data directory without its identity is damaged, with exit code 9', async () => {
    const path = await copy();
    await rm(join(path, 'identity.json'));
    const { code, err } = await cli('log', 'verify', path);
    expect(code).to.equal(9);
    expect(err).to.include('ERR_IDENTITY_LOST');
  });
});
