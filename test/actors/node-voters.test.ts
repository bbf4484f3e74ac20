/** A start with other peers than the first one must not make a second cluster of one directory (§6). */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createNode, type Node, type NodeOptions } from '../../actors/node.ts';
import { silent } from '../../actors/node/options.ts';

const three = { n1: '127.0.0.1:0', n2: '127.0.0.1:1', n3: '127.0.0.1:2' };
const alone = { n1: '127.0.0.1:0' };
const stopped = (node: Node): Promise<void> => node.stop();

describe('node: the voters that its cluster began with', () => {
  let dataDir: string;
  let node: Node | null = null;

  const start = async (options: Pick<NodeOptions, 'cluster' | 'peers' | 'join'>): Promise<Node> => {
    await node?.stop();
    return (node = await createNode({ id: 'n1', client: '127.0.0.1:0', dataDir, ...options }));
  };
  const voters = (): string[] => Object.keys(node?.status().configuration.voters ?? {});

  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'statecraft-voters-'))));

  afterEach(async () => {
    await node?.stop();
    node = null;
    rmSync(dataDir, { recursive: true });
  });

  it('one of three that is started with itself alone is refused, not made a leader', async () => {
    await start({ peers: three });
    const refused = await start({ peers: alone }).catch((error: unknown) => error);
    expect(refused).to.include({ code: 'ERR_VOTERS_MISMATCH' });
    expect((refused as Error).message).to.contain('n1, n2, n3, and this start names n1.');
    await start({ peers: three });
    expect(voters(), 'nothing was left open or changed').to.deep.equal(['n1', 'n2', 'n3']);
  });

  it('their addresses may change, and the order in which they are given', async () => {
    await start({ peers: three });
    await start({ peers: { n3: '127.0.0.1:4', n2: '127.0.0.1:3', n1: '127.0.0.1:0' } });
    expect(node?.status().configuration.voters).to.include({
      n2: '127.0.0.1:3',
      n3: '127.0.0.1:4',
    });
  });

  it('who began by joining takes no voters from its peers, and cannot elect itself', async () => {
    await start({ peers: alone, join: ['127.0.0.1:1'], cluster: 'statecraft' });
    expect(voters()).to.deep.equal([]);
    for (const peers of [alone, three]) {
      await start({ peers });
      expect(voters()).to.deep.equal([]);
    }
  });

  it('who is told to join what is no address is refused, by a used directory, too', async () => {
    for (const start of ['first', 'again']) {
      const options = { id: 'n1', client: '127.0.0.1:0', dataDir, peers: alone };
      const joining = createNode({ ...options, cluster: 'statecraft', join: ['not an address'] });
      const refused = await joining.catch((error: unknown) => error);
      expect(refused, start).to.include({ code: 'ERR_INVALID_CONFIG' });
      expect((refused as Error).message).to.contain('"not an address" is not host:port');
      if (start === 'first') await createNode({ ...options, cluster: 'statecraft' }).then(stopped);
    }
  });

  it('who joined by no name at a start that was cut short takes none for it at the next', async () => {
    // The lock is there, and nobody's name: a full disk, or a power cut.
    writeFileSync(join(dataDir, 'lock'), '');
    const given = new AbortController();
    const joining = createNode({
      ...{ id: 'n1', client: '127.0.0.1:0', dataDir, peers: alone, join: ['127.0.0.1:1'] },
      ...{ signal: given.signal, logger: { ...silent, warn: () => given.abort() } },
    });
    expect(await joining.catch((error: unknown) => error)).to.include({ code: 'ERR_ABORTED' });
    expect(readdirSync(dataDir), 'no cluster of a guessed name').to.deep.equal(['lock']);
  });

  it('who began with others stays one of them when it is told to join', async () => {
    await start({ peers: three });
    await start({ peers: alone, join: ['127.0.0.1:1'] });
    expect(voters()).to.deep.equal(['n1', 'n2', 'n3']);
  });
});
