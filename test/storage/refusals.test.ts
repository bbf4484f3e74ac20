/**
 * What a start makes of a damaged vote, and of a directory that is not this server's.
 */
import { expect } from 'chai';
import { FIRST, VOTE_A, VOTE_B, ascii, faultOf, filesWith, start, textAt } from './damage.ts';
import { ModelFiles } from './model-files.ts';
import { DIR, aVote, codeOf, linesFor, openStore, recover, sync } from './support.ts';

describe('the vote after damage', () => {
  let files: ModelFiles;
  before(async () => {
    const store = await openStore((files = new ModelFiles()));
    await recover(store);
    await sync(store, aVote(1, 'a'));
    store.append(linesFor(store, 1, 2));
    await sync(store, aVote(2, 'b'));
  });

  it('is the newer of two copies, and either one is enough', async () => {
    for (const path of [VOTE_A, VOTE_B]) {
      const bytes = files.get(path);
      const torn = files.killed();
      torn.put(path, bytes.slice(0, -3));
      expect((await start(torn)).recovered.vote, path).to.deep.equal(aVote(2, 'b'));
      torn.delete(path);
      expect((await start(torn)).recovered.vote, path).to.deep.equal(aVote(2, 'b'));
    }
  });

  it('is the promised one when its successor was torn in A', async () => {
    const torn = files.killed();
    torn.put(VOTE_A, Buffer.concat([files.get(VOTE_A), ascii('{"seq":4,"term":3,"vo')]));
    const { recovered, files: after } = await start(torn);
    expect(recovered.vote).to.deep.equal(aVote(2, 'b'));
    expect(textAt(after, VOTE_A)).to.equal(textAt(after, VOTE_B));
  });

  it('is lost when both copies are bad or missing: ERR_VOTE_STATE_LOST', async () => {
    for (const damage of [
      (path: string, copy: ModelFiles) => copy.delete(path),
      (path: string, copy: ModelFiles) => copy.put(path, copy.get(path).slice(0, -1)),
      (path: string, copy: ModelFiles) => copy.put(path, new Uint8Array()),
      (path: string, copy: ModelFiles) => copy.put(path, copy.get(path).slice().fill(0)),
    ]) {
      const damaged = files.killed();
      damage(VOTE_A, damaged);
      damage(VOTE_B, damaged);
      const fault = await faultOf(damaged);
      expect(fault.code).to.equal('ERR_VOTE_STATE_LOST');
      expect(fault.message).to.contain('add it again');
    }
  });

  it('is lost when it is older than the log: no line is written before its term', async () => {
    const old = files.killed();
    const first = textAt(files, VOTE_A).split('\n').slice(0, 2).join('\n') + '\n';
    for (const path of [VOTE_A, VOTE_B]) old.put(path, ascii(first));
    expect((await faultOf(old)).code).to.equal('ERR_VOTE_STATE_LOST');
  });
});

describe('a directory that is not this server’s', () => {
  it('is refused by cluster, by node and by format, before anything is written', async () => {
    const files = await filesWith([1]);
    const calls = files.calls.length;
    expect(await codeOf(openStore(files, { cluster: 'c2' }))).to.equal('ERR_CLUSTER_MISMATCH');
    expect(await codeOf(openStore(files, { node: 'b' }))).to.equal('ERR_NODE_MISMATCH');
    const identity = `${DIR}/identity.json`;
    const later = files.killed();
    later.put(identity, ascii(textAt(files, identity).replace('"format":2', '"format":3')));
    expect(await codeOf(openStore(later))).to.equal('ERR_FORMAT_UNKNOWN');
    const written = files.calls.slice(calls).filter((call) => !call.includes('lock'));
    expect(written).to.deep.equal([`mkdir ${DIR}`, `mkdir ${DIR}`]);
  });

  it('is refused when its cluster began with other voters, before anything is written', async () => {
    const files = await filesWith([1], { voters: ['a', 'b', 'c'] });
    const calls = files.calls.length;
    for (const voters of [['a'], ['a', 'b'], ['a', 'b', 'd'], ['a', 'b', 'c', 'd']]) {
      const refused = await openStore(files, { voters }).catch((error: unknown) => error);
      expect(refused).to.include({ code: 'ERR_VOTERS_MISMATCH', file: `${DIR}/identity.json` });
      expect((refused as Error).message)
        .to.contain('began with the voters a, b, c,')
        .and.contain(`names ${voters.join(', ')}. Start with the first list`);
    }
    const written = files.calls.slice(calls).filter((call) => !call.includes('lock'));
    expect(new Set(written)).to.deep.equal(new Set([`mkdir ${DIR}`]));
  });

  it('is refused when a segment is of another format, cluster or node', async () => {
    const files = await filesWith([1]);
    const other = new ModelFiles();
    await recover(await openStore(other, { cluster: 'c2' }));
    const third = new ModelFiles();
    await recover(await openStore(third, { node: 'b' }));
    const segment = textAt(files, FIRST);
    for (const [bytes, code] of [
      [other.get(FIRST), 'ERR_CLUSTER_MISMATCH'],
      [third.get(FIRST), 'ERR_NODE_MISMATCH'],
      [ascii(segment.replace('"format":2', '"format":9')), 'ERR_FORMAT_UNKNOWN'],
    ] as const) {
      const mixed = files.killed();
      mixed.put(FIRST, bytes);
      expect((await faultOf(mixed)).code).to.equal(code);
    }
  });

  it('is refused without its identity, or with a damaged one', async () => {
    const files = await filesWith([1]);
    const identity = `${DIR}/identity.json`;
    const damaged = files.killed();
    damaged.put(identity, files.get(identity).slice(0, -4));
    expect(await codeOf(openStore(damaged))).to.equal('ERR_IDENTITY_LOST');
    damaged.delete(identity);
    expect(await codeOf(openStore(damaged))).to.equal('ERR_IDENTITY_LOST');
  });
});
