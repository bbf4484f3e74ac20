/** An owner that throws when it is called back: its own bug, which must not cost the store its files. */
import { expect } from 'chai';
import type { DiskStore } from '../../storage/disk-store.ts';
import { ModelFiles } from './model-files.ts';
import { grow, save, sinkAt, someItems } from './snapshot-support.ts';
import { aVote, openStore, recover } from './support.ts';

const bug = new Error('a bug of whoever is called back');
const throws = (): never => {
  throw bug;
};

/** The exception of `call` that nobody catches; but for this listener it ends the process. */
async function uncaughtOf(call: () => void): Promise<unknown> {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  try {
    return await new Promise((resolve) => {
      process.once('uncaughtException', resolve);
      call();
    });
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
}

describe('a callback that throws', () => {
  const calls: Record<string, (store: DiskStore) => void> = {
    sync: (store) => store.sync(aVote(2), throws),
    compact: (store) => store.compact(3, throws),
    'load a snapshot': (store) => store.loadSnapshot(() => undefined, throws),
    'read a snapshot': (store) => {
      const source = store.openSnapshot()!;
      source.read(0, 10, () => {
        source.close();
        throws();
      });
    },
    'write a snapshot': (store) => sinkAt(store, 5).write(someItems(2), throws),
    'finish a snapshot': (store) => sinkAt(store, 5).finish(throws),
  };
  for (const [name, call] of Object.entries(calls)) {
    it(`of "${name}" is told as what it is, and a stop closes all files`, async () => {
      const files = new ModelFiles();
      const store = await openStore(files);
      await recover(store);
      await grow(store, 1, 5);
      await save(store, 3, someItems(2));

      expect(await uncaughtOf(() => call(store))).to.equal(bug);

      store.stop();
      await store.closed();
      expect(files.openFiles).to.equal(0);
    });
  }
});
