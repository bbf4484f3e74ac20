/**
 * A large heap grows slowly, a small one as V8 likes.
 */
import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import sinon from 'sinon';
import {
  boundHeapGrowth,
  growthPercent,
  largeHeapBytes,
  type Heap,
} from '../../apps/cli/heap-growth.ts';

describe('cli: the growth of the heap', () => {
  const flag = `--heap-growing-percent=${growthPercent}`;
  let clock: sinon.SinonFakeTimers;
  let flags: string[];
  let heap: Heap & { usedBytes: number };

  beforeEach(() => {
    clock = sinon.useFakeTimers();
    flags = [];
    heap = { usedBytes: 0, setFlag: (given) => void flags.push(given) };
  });

  afterEach(() => clock.restore());

  it('is bounded once, when the heap has become large', () => {
    boundHeapGrowth(heap);
    heap.usedBytes = largeHeapBytes - 1;
    clock.tick(60_000);
    expect(flags).to.deep.equal([]);

    heap.usedBytes = largeHeapBytes;
    clock.tick(60_000);
    expect(flags).to.deep.equal([flag]);
    expect(clock.countTimers()).to.equal(0);
  });

  it('is left alone once the server has stopped', () => {
    const stop = boundHeapGrowth(heap);
    stop();
    heap.usedBytes = largeHeapBytes;
    clock.tick(60_000);
    expect(flags).to.deep.equal([]);
  });

  it('is bounded by a flag that this V8 knows', () => {
    // One that it does not know is no exception: it is said on stderr, and the heap grows as before.
    const script = `require('node:v8').setFlagsFromString('${flag}')`;
    const { status, stderr } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: '' });
  });
});
