/**
 * Bounds the garbage of a server whose state is large. V8 lets a heap grow by a share of what lives in
 * it, more than half, before it collects: of a state of 250 MiB that is another 150.
 *
 * A small heap is left to V8: there is little to gain, and collections would come often. The heap of
 * an application that embeds a node is its own affair, so only the command does this. What it buys
 * and costs: docs/guides/operating.md#memory.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';

/** Bytes in use, garbage included, from which on a heap is large. */
export const largeHeapBytes = 256 << 20;
/** What a large heap grows by between two collections, in percent of what lives in it. */
export const growthPercent = 20;
/** Between two looks at a heap that is not large, in milliseconds. */
const lookEveryMs = 1_000;

export interface Heap {
  readonly usedBytes: number;
  /** Gives V8 a flag, which is read at each collection. */
  setFlag(flag: string): void;
}

const heapOfV8: Heap = {
  get usedBytes() {
    return getHeapStatistics().used_heap_size;
  },
  setFlag: setFlagsFromString,
};

/** Looks until the heap is large once, and bounds it from then on; call what it returns to stop. */
export function boundHeapGrowth(heap: Heap = heapOfV8): () => void {
  const timer = setInterval(() => {
    if (heap.usedBytes < largeHeapBytes) return;
    heap.setFlag(`--heap-growing-percent=${growthPercent}`);
    clearInterval(timer);
  }, lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
