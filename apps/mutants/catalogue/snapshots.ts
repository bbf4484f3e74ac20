/**
 * Bugs of snapshots (§7): what they leave out, what they do to the log, and when they are believed.
 */
import type { Mutant } from '../mutant.ts';

export const snapshots: readonly Mutant[] = [
  {
    name: 'M8',
    title: 'entries that begin before a snapshot are appended without being compared',
    source: 'willemt/raft#118.1',
    edits: [
      {
        file: 'machines/rules/log-matching.ts',
        find: 'if (m.prevLogIndex < log.snapshotIndex) return matchBeyondSnapshot(log, m);',
        replace:
          "if (m.prevLogIndex < log.snapshotIndex) return { kind: 'extends', appendFrom: m.prevLogIndex + 1, truncates: true };",
      },
      {
        file: 'machines/roles/following.ts',
        find: 'bringsEntries(args) && extensionOf(args).appendFrom <= args.context.commitIndex;',
        replace: 'bringsEntries(args) && extensionOf(args).appendFrom < 0;',
      },
    ],
    expects: ['I13', 'I16'],
  },
  {
    name: 'M10',
    title: 'what was compacted is spoken of with term 0, which every log matches',
    source: 'etcd-io/raft 76f1249, willemt/raft#118.2',
    edits: [
      {
        file: 'machines/replicator.actions.ts',
        find: 'const prevLogIndex = Math.max(context.nextIndex - 1, context.log.snapshotIndex);',
        replace: 'const prevLogIndex = context.nextIndex - 1;',
      },
      {
        file: 'machines/log.ts',
        find: 'return termAt(log, index) === term;',
        replace: 'return term === 0 || termAt(log, index) === term;',
      },
    ],
    expects: ['I20'],
  },
  {
    name: 'M22',
    title: 'a snapshot brings a server back to the term of its last entry',
    source: 'willemt/raft#118.4',
    edits: [
      {
        file: 'machines/roles/installing.ts',
        find: '      log,\n      commitIndex: index,',
        replace: '      log,\n      currentTerm: term,\n      commitIndex: index,',
      },
    ],
    expects: ['I25'],
  },
  {
    name: 'M28',
    title: 'a server that cannot use its snapshot starts as if it had never had one',
    source: 'eBay/NuRaft#185',
    edits: [
      {
        file: 'storage/memory-contents.ts',
        find: 'const snapshot = this.snapshot?.info ?? null;\n    if (snapshot !== null && !this.#reaches(snapshot)) this.#restart(snapshot);',
        replace:
          'if (this.snapshot !== null) this.#log = new LineLog(1, this.seed);\n    this.snapshot = null;\n    this.#baseTerm = 0;\n    const snapshot = null as SnapshotInfo | null;',
      },
    ],
    expects: ['I16', 'I18', 'I26', 'I47'],
  },
  {
    name: 'S80',
    title: 'a snapshot leaves the sessions out: retries take effect twice after it',
    source: 'hashicorp/raft users; thesis §6.3, "the session table is part of the snapshot"',
    edits: [
      {
        file: 'replicated/state-snapshot.ts',
        find: 'yield* sessions;',
        replace: '[...sessions].length = 0;',
      },
    ],
    expects: ['I24'],
  },
  {
    name: 'S81',
    title: 'a snapshot is written while the state goes on changing: it is of no moment at all',
    source: 'etcd-io/etcd#13766: index and state saved apart',
    edits: [
      {
        file: 'replicated/kv.ts',
        find: 'snapshot: () => kvItems(items.clone(), lastRevision),',
        replace: 'snapshot: () => kvItems(items, lastRevision),',
      },
    ],
    expects: ['I24', 'I44'],
  },
  {
    name: 'M29',
    title: 'a snapshot says who takes part now, not who took part at its index',
    source: 'canonical/raft#250, openraft#1808',
    edits: [
      {
        file: 'actors/snapshots/saving-snapshots.ts',
        find: 'const extra = { members: options.membersAt(index) };',
        replace: 'const extra = { members: options.membersAt(Infinity) };',
      },
    ],
    expects: ['I24'],
  },
  {
    name: 'S82',
    title: 'a server that joins saves a snapshot before it knows who takes part',
    source: 'found here by I24',
    edits: [
      {
        file: 'actors/snapshots/saving-snapshots.ts',
        find: 'if (Object.keys(options.membersAt(lastApplied).entry.voters).length === 0) return false;',
        replace: '',
      },
    ],
    expects: ['I24'],
  },
  {
    name: 'S84',
    title: 'a snapshot is acknowledged before it is on the disk',
    source: 'logcabin; the order of durability',
    edits: [
      {
        file: 'machines/roles/installing.ts',
        find: "actions: { type: 'install', params: theSwitch },",
        replace: "actions: [{ type: 'install', params: theSwitch }, replyInstalled],",
      },
    ],
    expects: ['I21'],
  },
  {
    name: 'S85',
    title: 'the log is compacted above the snapshot that replaces it',
    source: 'etcd-io/etcd#10219',
    edits: [
      {
        file: 'machines/roles/retaining.ts',
        find: 'const through = compactThrough(index, context.retainedEntries, peers);',
        replace: 'const through = Math.max(compactThrough(index, 0, peers), context.commitIndex);',
      },
      {
        file: 'storage/snapshots/memory-snapshots.ts',
        find: 'if (throughIndex > newest) throw new RangeError(`Snapshot ${newest} is below ${throughIndex}.`);',
        replace: '',
      },
    ],
    expects: ['I26'],
  },
  {
    name: 'S87',
    title:
      'a leader lets go of what a peer needs that is just given a snapshot, so that it needs another',
    source: 'docs/divergence.md#retention; etcd-io/etcd#10219',
    edits: [
      {
        file: 'machines/rules/retention.ts',
        find: 'return Math.max(0, Math.min(index - retainedEntries, ...held));',
        replace: 'return Math.max(0, index - retainedEntries - held.length * 0);',
      },
    ],
    expects: ['I49'],
  },
  {
    name: 'S86',
    title: 'a chunk is appended where the last one ended, whatever its offset says',
    source: 'Figure 13: "write data into snapshot file at given offset"',
    edits: [
      {
        file: 'actors/snapshots/receiving-snapshots.ts',
        find: 'const isNext = bytes.length > 0 && effect.offset === now.expected;',
        replace: 'const isNext = bytes.length > 0;',
      },
      {
        file: 'actors/snapshots/receiving-snapshots.ts',
        find: 'now.queue.push({ offset: effect.offset, bytes });',
        replace: 'now.queue.push({ offset: now.expected, bytes });',
      },
    ],
    expects: ['L3', 'L9'],
  },
];
