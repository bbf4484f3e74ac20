/**
 * Windows through which the checker sees what a server does to its store, its state machine and its
 * disk. They change nothing.
 */
import { createKv } from '../replicated/kv.ts';
import type { StateMachine } from '../replicated/state-machine.ts';
import type { MemoryDisk } from '../storage/memory-disk.ts';
import type { Lines, Store } from '../storage/store.ts';
import type { ApplyRules } from './invariants/clients.ts';
import type { DiskView } from './invariants/observation.ts';

/** `store`, which also tells `written` what was appended. */
export function watchedStore(store: Store, written: (lines: Lines) => void): Store {
  const append = store.append.bind(store);
  store.append = (lines: Lines) => {
    append(lines);
    written(lines);
  };
  return store;
}

/** A key-value store that tells `rules` what it applies. */
export function watchedKv(rules: ApplyRules): StateMachine {
  const kv = createKv();
  return {
    ...kv,
    apply: (command, index) => {
      const { put } = command as { put?: { value: { json: string } } };
      rules.applied(index, put?.value.json ?? '');
      return kv.apply(command, index);
    },
  };
}

/** A disk as the checker reads it, behind the back of its server. */
export function diskView(disk: MemoryDisk): DiskView {
  const holds = (index: number): boolean => index >= 0 && index <= disk.durableLastIndex;
  return {
    get term() {
      return disk.durableVote.term;
    },
    get votedFor() {
      return disk.durableVote.votedFor;
    },
    get lastIndex() {
      return disk.durableLastIndex;
    },
    termAt: (index) => (holds(index) ? disk.durableTermAt(index) : null),
    checksumAt: (index) => (holds(index) ? disk.durableChecksumAt(index) : null),
  };
}
