/**
 * A directory remembers who voted when its cluster began, so that no later list can make another
 * cluster of it. What is refused is in refusals.test.ts.
 */
import { expect } from 'chai';
import { openDataDir, readIdentity, type DataDir } from '../../storage/data-dir.ts';
import { IDENTITY } from '../../storage/file-names.ts';
import { encodeLocal } from '../../storage/local-line.ts';
import { ModelFiles, unsyncedBytes, unsyncedNames } from './model-files.ts';
import { CLUSTER, DIR } from './support.ts';

const path = `${DIR}/${IDENTITY}`;
const three = ['a', 'b', 'c'];

describe('the voters that a cluster began with', () => {
  let files: ModelFiles;
  beforeEach(() => (files = new ModelFiles()));

  const open = async (voters: readonly string[], from = files): Promise<DataDir> => {
    const dataDir = await openDataDir({
      dir: DIR,
      cluster: CLUSTER,
      node: 'a',
      voters,
      files: from,
    });
    await dataDir.release();
    return dataDir;
  };
  const kept = () => readIdentity(files.get(path), path).voters;

  /** As they were written before directories kept voters. */
  function fromBefore(): ModelFiles {
    const older = new ModelFiles();
    const identity = { format: 2, cluster: CLUSTER, node: 'a', incarnation: 'i', boot: 4 };
    older.put(path, encodeLocal(identity));
    return older;
  }

  it('are kept from the first start on, whatever the order they are given in later', async () => {
    expect((await open(three)).voters).to.deep.equal(three);
    expect((await open(['c', 'a', 'b'])).voters).to.deep.equal(three);
    expect(kept()).to.deep.equal(three);
  });

  it('stay when the server is told to join, which gives none', async () => {
    await open(three);
    expect((await open([])).voters).to.deep.equal(three);
    expect(kept()).to.deep.equal(three);
  });

  it('keep a server that began alone from joining: it would lead alone and never ask', async () => {
    await open(['a']);
    const error = await open([]).catch((caught: unknown) => caught);
    expect(error).to.include({ code: 'ERR_VOTERS_MISMATCH' });
    expect(String(error)).to.include('without --join');
    expect((await open(['a'])).voters).to.deep.equal(['a']);
  });

  it('are nobody for a server that joined, whatever it is given later', async () => {
    await open([]);
    for (const voters of [['a'], three, []]) {
      expect((await open(voters)).voters, voters.join()).to.deep.equal([]);
      expect(kept()).to.deep.equal([]);
    }
  });

  it('are given to a directory from before at its next start, with all else as it was', async () => {
    files = fromBefore();
    const { voters, incarnation, boot } = await open(three);
    expect({ voters, incarnation, boot }).to.deep.equal({
      voters: three,
      incarnation: 'i',
      boot: 5,
    });
    expect(kept()).to.deep.equal(three);
  });

  it('are given to it whole or not at all, whenever the power fails', async () => {
    const whole = fromBefore();
    await open(three, whole);
    const found = new Set<string>();
    for (let dies = 0; dies < whole.calls.length; dies += 1) {
      const cut = fromBefore();
      let calls = 0;
      cut.beforeCall = () => {
        if (calls++ >= dies) throw new Error('the power fails');
      };
      await open(three, cut).catch(() => undefined);
      for (const bytes of unsyncedBytes) {
        for (const names of unsyncedNames) {
          files = cut.powerCut(bytes, names);
          found.add(JSON.stringify(kept() ?? null));
          expect((await open(three)).voters, `${dies} ${bytes} ${names}`).to.deep.equal(three);
        }
      }
    }
    expect(found).to.deep.equal(new Set(['null', '["a","b","c"]']));
  });
});
