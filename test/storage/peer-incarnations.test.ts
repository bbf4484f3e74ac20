/** The incarnations of other members on the disk (docs/formats.md#peer-incarnations). */
import { expect } from 'chai';
import { readPeerIncarnations, writePeerIncarnations } from '../../storage/peer-incarnations.ts';
import { ascii } from './damage.ts';
import { ModelFiles } from './model-files.ts';
import { DIR, codeOf } from './support.ts';

const FILE = `${DIR}/peers.json`;
const known = { b: 'b1', c: 'c1' };

async function written(): Promise<ModelFiles> {
  const files = new ModelFiles();
  await files.makeDirectory(DIR);
  await writePeerIncarnations({ path: DIR, files }, known);
  return files;
}

describe('incarnations of peers', () => {
  it('are read as they were written; no file is nobody', async () => {
    expect(await readPeerIncarnations({ path: DIR, files: await written() })).to.deep.equal(known);
    expect(await readPeerIncarnations({ path: DIR, files: new ModelFiles() })).to.deep.equal({});
  });

  it('are refused when the file is damaged: ERR_PEERS_LOST says to remove that one file', async () => {
    const files = await written();
    files.put(FILE, files.get(FILE).slice(0, -3));
    const fault = await readPeerIncarnations({ path: DIR, files }).catch((error: unknown) => error);
    expect(fault).to.include({ code: 'ERR_PEERS_LOST', file: FILE });
    expect((fault as Error).message).to.include('remove this one file');
    files.put(FILE, ascii('{"format":9}\n'));
    expect(await codeOf(readPeerIncarnations({ path: DIR, files }))).to.equal('ERR_FORMAT_UNKNOWN');
  });

  it('say ERR_STORAGE_IO when the disk fails, reading and writing, and nothing of a bug', async () => {
    const files = await written();
    const fails = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    files.readFile = fails;
    files.open = fails;
    expect(await codeOf(readPeerIncarnations({ path: DIR, files }))).to.equal('ERR_STORAGE_IO');
    expect(await codeOf(writePeerIncarnations({ path: DIR, files }, {}))).to.equal(
      'ERR_STORAGE_IO',
    );
  });
});
