/**
 * What the slots `persist` and `sync` do: gathers votes and lines for the next sync. Encodes what a
 * leader proposes, once; what a follower received is stored as it came.
 */
import type { Persist } from '../machines/events.ts';
import type { Write } from '../machines/log-writer.machine.ts';
import type { LogIndex, Term } from '../machines/messages.ts';
import type { Addresses } from '../replicated/configuration-entry.ts';
import { encodeLines, sliceLines, timeOfLine } from '../storage/lines.ts';
import type {
  Checksum,
  Lines,
  Position,
  Recovered,
  StorageFault,
  Store,
  VoteState,
} from '../storage/store.ts';
import type { ConfigurationBook } from './configuration-book.ts';
import { createLogTime } from './time/log-time.ts';
import type { Outbox } from './outbox.ts';

const noOp = ['{"kind":"noop"}'];

export interface PendingWrites {
  /** Reads the disk back; see `Store.recover`. */
  recover(done: (fault: StorageFault | null, recovered: Recovered | null) => void): void;
  /** Slot `persist`: readable at once, durable when the log writer says so. */
  persist(effect: Persist): void;
  /** Slot `sync` of the log writer: the vote first, then all lines so far. */
  sync(done: (fault: StorageFault | null) => void): void;
  /** A snapshot took the place of the whole log: the next entry follows `position`. */
  restart(position: Position): void;
  /** Calls back when every write so far is durable: now, or on `released`. */
  whenDurable(task: () => void): void;
  /** Writes up to this one are durable. */
  released(write: number): void;
  /** Replicated time, if this server leads. */
  now(): number;
  /** The newest write, for the log writer; null when there was none since it was last taken. */
  takeWrite(): Write | null;
}

export function createPendingWrites(options: {
  readonly store: Store;
  readonly outbox: Outbox;
  readonly checksum: Checksum;
  readonly book: ConfigurationBook;
  monotonicMs(): number;
}): PendingWrites {
  const { store, outbox, checksum, book } = options;
  const time = createLogTime(() => options.monotonicMs());
  let vote: VoteState = { term: 0, votedFor: null, trust: 'proven' };
  let voteIsNew = false;
  let lastIndex: LogIndex = 0;
  let lastTerm: Term = 0;
  let write: Write | null = null;
  let newestWrite = 0;
  let durableWrite = 0;
  let waiting: (() => void)[] = [];

  const append = (lines: Lines, last: LogIndex, term: Term): void => {
    store.append(lines);
    lastIndex = last;
    lastTerm = term;
  };

  return {
    recover(done) {
      store.recover((fault, recovered) => {
        if (recovered !== null) {
          vote = recovered.vote;
          time.follow(recovered.lastTime);
          lastIndex = recovered.lastIndex;
          lastTerm = recovered.runs.at(-1)?.term ?? recovered.base.term;
        }
        done(fault, recovered);
      });
    },
    persist(effect) {
      switch (effect.kind) {
        case 'vote':
          vote = { term: effect.term, votedFor: effect.votedFor, trust: vote.trust };
          voteIsNew = true;
          break;
        case 'trust':
          vote = { ...vote, trust: effect.trust };
          voteIsNew = true;
          break;
        case 'proposed': {
          const { firstIndex, term } = effect;
          const seed = store.checksumAt(firstIndex - 1);
          // A no-op opens a term: leadership, and with it this server's own clock, begins here.
          if (effect.payload === null) time.lead();
          const head = { firstIndex, term, time: time.next(), seed };
          const entries = effect.payload === null ? noOp : (effect.payload as readonly string[]);
          append(encodeLines(head, entries, checksum), effect.lastIndex, term);
          break;
        }
        case 'configuration': {
          const { index } = effect.configuration;
          const text = book.write(effect.configuration, effect.payload as Addresses | null);
          const seed = store.checksumAt(index - 1);
          const head = { firstIndex: index, term: effect.term, time: time.next(), seed };
          append(encodeLines(head, [text], checksum), index, effect.term);
          break;
        }
        case 'received': {
          const { firstIndex, lastIndex: last } = effect;
          const lines = sliceLines(effect.payload as Lines, firstIndex, last);
          append(lines, last, effect.lastTerm);
          book.receive(firstIndex, lines, effect.configurations);
          time.follow(timeOfLine(lines, last - firstIndex));
          break;
        }
      }
      const isVote = effect.kind === 'vote' || effect.kind === 'trust';
      newestWrite = effect.write;
      outbox.wrote(effect.write, isVote ? vote.term : null);
      write = { write: effect.write, lastIndex, lastTerm };
    },
    sync(done) {
      const pending = voteIsNew ? vote : null;
      voteIsNew = false;
      store.sync(pending, done);
    },
    restart(position) {
      lastIndex = position.index;
      lastTerm = position.term;
      time.follow(position.time);
    },
    whenDurable(task) {
      if (durableWrite >= newestWrite) task();
      else waiting.push(task);
    },
    released(upTo) {
      durableWrite = upTo;
      if (durableWrite < newestWrite) return;
      const due = waiting;
      waiting = [];
      for (const task of due) task();
    },
    now: () => time.now(),
    takeWrite() {
      const taken = write;
      write = null;
      return taken;
    },
  };
}
