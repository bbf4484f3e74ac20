/**
 * `statecraft start`: what it refuses, and with which exit code.
 *
 * Every refusal is a promise: better no server than one on the wrong data or with timing that cannot
 * work. The tests run as root as well, so "read-only" is a file where a directory should be.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect } from '../../actors/client.ts';
import { createNode } from '../../actors/node.ts';
import { cli, singleNode, start, startWords, temporaryFolder } from './support.ts';

describe('cli: start refuses', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  /** A directory in which n1 of cluster demo has written. */
  let used: string;

  before(async () => {
    folder = await temporaryFolder();
    used = join(folder.path, 'used');
    const node = await singleNode(used);
    const client = await connect([node.addresses.client]);
    await client.put('a', 'b');
    client.stop();
    await node.stop();
  });

  after(() => folder.remove());

  /** `start` in a new directory, with `options` for what is to be wrong. */
  function words(options: Record<string, string>): string[] {
    return startWords({ 'data-dir': join(folder.path, 'new'), ...options });
  }

  const badConfigurations: readonly (readonly [why: string, options: Record<string, string>])[] = [
    ['a heartbeat that is not shorter than the election timeout', { heartbeat: '500ms' }],
    ['an id that is not among the peers', { id: 'n9' }],
    ['two peers at one address', { peers: 'n1=127.0.0.1:7,n2=127.0.0.1:7' }],
    ['a client address that is a peer address', { peers: 'n1=127.0.0.1:7', client: '127.0.0.1:7' }],
    ['an address that others could reach', { client: '0.0.0.0:7401' }],
    ['an id with a slash', { id: '../n1', peers: '../n1=127.0.0.1:0' }],
  ];
  for (const [why, options] of badConfigurations) {
    it(`${why} with exit code 3`, async () => {
      const { code, out, err } = await cli(...words(options));
      expect({ code, out }).to.deep.equal({ code: 3, out: '' });
      expect(err).to.match(/^Error: ERR_INVALID_CONFIG: .+\n$/);
      expect(await readdir(folder.path)).to.deep.equal(['used']);
    });
  }

  it('an id given twice, and a peer without address', async () => {
    for (const wrong of ['n1=127.0.0.1:1,n1=127.0.0.1:2', 'n1=127.0.0.1:1,n2']) {
      expect(await cli(...words({ peers: wrong }))).to.include({ code: 3, out: '' });
    }
  });

  const wrongDirectories: readonly (readonly [
    code: string,
    why: string,
    Record<string, string>,
  ])[] = [
    ['ERR_CLUSTER_MISMATCH', 'of another cluster', { cluster: 'other' }],
    ['ERR_NODE_MISMATCH', 'of another server', { id: 'n2', peers: 'n2=127.0.0.1:0' }],
    [
      'ERR_VOTERS_MISMATCH',
      'of a cluster that began with other voters',
      { peers: 'n1=127.0.0.1:0,n2=127.0.0.1:1' },
    ],
  ];
  for (const [code, why, options] of wrongDirectories) {
    it(`a directory ${why} with exit code 9 and ${code}`, async () => {
      const ran = await cli(...words({ 'data-dir': used, ...options }));
      expect(ran).to.include({ code: 9, out: '' });
      expect(ran.err).to.match(new RegExp(`^Error: ${code}: .*used.+\\n$`));
    });
  }

  it('one of three voters that is started with itself alone, since it would lead alone', async () => {
    const dataDir = join(folder.path, 'of-three');
    const peers = { n1: '127.0.0.1:0', n2: '127.0.0.1:1', n3: '127.0.0.1:2' };
    const options = { id: 'n1', cluster: 'demo', client: '127.0.0.1:0', dataDir };
    await (await createNode({ ...options, peers })).stop();

    const ran = await cli(...words({ 'data-dir': dataDir, peers: 'n1=127.0.0.1:0' }));

    expect(ran).to.include({ code: 9, out: '' });
    expect(ran.err).to.match(/^Error: ERR_VOTERS_MISMATCH: .*n1, n2, n3, .*names n1\. .+\n$/);
  });

  it('a directory that a living server has open with exit code 9', async () => {
    const node = await singleNode(used);
    const ran = await cli(...words({ 'data-dir': used }));
    await node.stop();

    expect(ran).to.include({ code: 9, out: '' });
    expect(ran.err).to.include('ERR_DATA_DIR_LOCKED').and.include(String(process.pid));
  });

  it('a file where the directory should be with exit code 3', async () => {
    const file = join(folder.path, 'file');
    await writeFile(file, 'in the way');
    for (const dir of [file, join(file, 'below')]) {
      const ran = await cli(...words({ 'data-dir': dir }));
      expect(ran).to.include({ code: 3, out: '' });
      expect(ran.err).to.match(/^Error: ERR_INVALID_CONFIG: .+in the way of .+\n$/);
    }
  });

  it('a place where no directory can be made with exit code 9', async function () {
    // Linux knows a directory that is there and takes none: Node's own `recursive` hangs on it.
    if (!existsSync('/proc/self')) this.skip();
    for (const dir of ['/proc/statecraft', '/proc/statecraft/below']) {
      const ran = await cli(...words({ 'data-dir': dir }));
      expect(ran).to.include({ code: 9, out: '' });
      expect(ran.err).to.match(/^Error: ERR_STORAGE_IO: .+\n$/);
    }
  });

  it('a log with a damaged line with exit code 9, naming file and offset', async () => {
    const damaged = join(folder.path, 'damaged');
    await (await singleNode(damaged)).stop();
    const node = await singleNode(damaged);
    const client = await connect([node.addresses.client]);
    for (const value of ['one', 'two', 'three']) await client.put('key', value);
    client.stop();
    await node.stop();
    const segment = join(
      damaged,
      (await readdir(damaged))
        .filter((name) => name.startsWith('log-'))
        .sort()
        .at(-1)!,
    );
    const text = await readFile(segment, 'utf8');
    await writeFile(segment, text.replace('"one"', '"eno"'));

    const ran = await cli(...words({ 'data-dir': damaged }));

    expect(ran).to.include({ code: 9, out: '' });
    expect(ran.err).to.match(/^Error: ERR_LOG_CORRUPT: .*log-\d+\.jsonl.* \d+.+\n$/);
  });

  it('a port that is taken with exit code 3', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const address = `127.0.0.1:${String((taken.address() as AddressInfo).port)}`;

    const ran = await cli(...words({ client: address }));
    taken.close();

    expect(ran).to.include({ code: 3, out: '' });
    expect(ran.err).to.include(address);
    expect(ran.err.split(address)).to.have.length(2); // It is named once.
    expect(await readdir(folder.path)).to.not.include('new');
  });

  it('tells its parent what it refused, with the code', async () => {
    const session = start(words({ heartbeat: '10s' }), { parent: true });
    await session.done;
    expect(session.told).to.have.length(1);
    expect(session.told[0]).to.include({ type: 'failed', code: 'ERR_INVALID_CONFIG' });
  });
});
