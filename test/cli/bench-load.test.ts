/** The benchmark's load counts acknowledged writes and nothing else. */
import { expect } from 'chai';
import { runLoad } from '../../apps/bench/load.ts';
import { medianSyncMs } from '../../apps/bench/sync-time.ts';
import { singleNode, temporaryFolder } from './support.ts';

const size = { clients: 8, connections: 2, valueBytes: 64, warmUpMs: 20, measureMs: 1_000 };

describe('bench: load', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  before(async () => {
    folder = await temporaryFolder();
  });

  after(() => folder.remove());

  it('every counted write is an entry of the log', async () => {
    await using node = await singleNode(folder.path);
    const endpoints = [node.addresses.client];

    const { writesPerSecond, p50Ms, p99Ms, failed } = await runLoad({ ...size, endpoints });

    const counted = (writesPerSecond * size.measureMs) / 1_000;
    expect(failed).to.equal(0);
    expect(counted).to.be.greaterThan(0);
    expect(node.status().commitIndex).to.be.at.least(Math.floor(counted));
    expect(p50Ms).to.be.greaterThan(0).and.at.most(p99Ms);
  });

  it('the time of an fsync is measured where the data will be', async () => {
    expect(await medianSyncMs(folder.path)).to.be.greaterThan(0);
  });
});
