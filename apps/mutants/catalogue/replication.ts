/**
 * Bugs of the log and its commitment (§5.3, §5.4.2).
 */
import type { Mutant } from '../mutant.ts';

export const replication: readonly Mutant[] = [
  {
    name: 'M1',
    title: 'an entry of an older term is committed by counting',
    source: 'logcabin/logcabin#44, bakwc/PySyncObj#169, canonical/raft#220',
    edits: [
      {
        file: 'machines/rules/commitment.ts',
        find: 'return termAt(view.log, counted) === view.currentTerm ? counted : view.commitIndex;',
        replace: 'return counted;',
      },
    ],
    expects: ['I17', 'I4'],
  },
  {
    name: 'M2',
    title: 'counting stops at the first entry of an older term, so nothing commits any more',
    source: 'zhebrak/raftos#30',
    edits: [
      {
        file: 'machines/rules/commitment.ts',
        find: 'return termAt(view.log, counted) === view.currentTerm ? counted : view.commitIndex;',
        replace:
          'return termAt(view.log, view.commitIndex + 1) === view.currentTerm' +
          ' ? counted : view.commitIndex;',
      },
    ],
    expects: ['L2', 'L3'],
  },
  {
    name: 'M3',
    title: "a follower's commitIndex falls with a late heartbeat",
    source: 'bakwc/PySyncObj#166',
    edits: [
      {
        file: 'machines/rules/commitment.ts',
        find: 'return Math.max(commitIndex, Math.min(leaderCommit, verifiedIndex));',
        replace: 'return Math.min(leaderCommit, verifiedIndex);',
      },
    ],
    expects: ['I15', 'I14'],
  },
  {
    name: 'M4',
    title: 'a reply that was overtaken lowers matchIndex',
    source: 'zhebrak/raftos#25, bakwc/PySyncObj#167',
    edits: [
      {
        file: 'machines/replicator.actions.ts',
        find: 'const matchIndex = Math.max(context.matchIndex, replyOf(event).matchIndex);',
        replace: 'const matchIndex = replyOf(event).matchIndex;',
      },
      {
        file: 'machines/roles/leading.ts',
        find: '{ matchIndex: Math.max(known, matchIndex) }',
        replace: '{ matchIndex }',
      },
    ],
    expects: ['I22'],
  },
  {
    name: 'M5a',
    title: 'a heartbeat removes all that follows what it speaks of',
    source: 'zhebrak/raftos#26',
    edits: [
      {
        file: 'machines/rules/log-matching.ts',
        find: "  }\n  return { kind: 'known' };",
        replace:
          '  }\n  return m.lastIndex < log.lastIndex\n' +
          "    ? { kind: 'extends', appendFrom: m.lastIndex + 1, truncates: true }\n" +
          "    : { kind: 'known' };",
      },
      {
        // No line is written then; the bug is not that the time of one is looked for.
        file: 'actors/pending-writes.ts',
        find: 'time.follow(timeOfLine(lines, last - firstIndex));',
        replace: 'if (last >= firstIndex) time.follow(timeOfLine(lines, last - firstIndex));',
      },
    ],
    expects: ['I16'],
  },
  {
    name: 'M5b',
    title: 'a delayed AppendEntries removes the entries that came after it',
    source: 'zhebrak/raftos#26, §5.3 step 3 "if an existing entry conflicts" left out',
    edits: [
      {
        file: 'machines/rules/log-matching.ts',
        find: "  }\n  return { kind: 'known' };",
        replace:
          '  }\n  return m.lastIndex < log.lastIndex && m.runs.length > 0\n' +
          "    ? { kind: 'extends', appendFrom: m.lastIndex + 1, truncates: true }\n" +
          "    : { kind: 'known' };",
      },
      {
        // No line is written then; the bug is not that the time of one is looked for.
        file: 'actors/pending-writes.ts',
        find: 'time.follow(timeOfLine(lines, last - firstIndex));',
        replace: 'if (last >= firstIndex) time.follow(timeOfLine(lines, last - firstIndex));',
      },
    ],
    expects: ['I16'],
  },
  {
    name: 'M7',
    title: 'a heartbeat commits past what it verified',
    source: 'atomix/copycat#265, scylladb/scylladb#9965',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: 'followerCommitIndex(context.commitIndex, m.leaderCommit, m.lastIndex)',
        replace: 'followerCommitIndex(context.commitIndex, m.leaderCommit, context.log.lastIndex)',
      },
    ],
    expects: ['I19', 'I5'],
  },
  {
    name: 'M11a',
    title: "a heartbeat's answer claims all that is durable, verified or not",
    source: 'microsoft/CCF#6016',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: 'Math.min(args.context.durableIndex, appendOf(args.event).lastIndex)',
        replace: 'args.context.durableIndex',
      },
    ],
    expects: ['I21'],
  },
  {
    name: 'M11b',
    title: 'a follower that refuses rolls its log back at once',
    source: 'microsoft/CCF#6016',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: "import { named } from '../named.ts';",
        replace: "import { truncateFrom } from '../log.ts';\nimport { named } from '../named.ts';",
      },
      {
        file: 'machines/roles/following.ts',
        find: 'refuseAppend = [noteLeader, {',
        replace:
          "refuseAppend = [named('rollBack', server.assign(({ context, event }) => ({ log:" +
          ' truncateFrom(context.log, Math.max(context.commitIndex + 1,' +
          ' appendOf(event).prevLogIndex)) }))), noteLeader, {',
      },
    ],
    expects: ['I16'],
  },
  {
    name: 'M24',
    title: 'a leader that steps down drops what is not committed',
    source: 'microsoft/CCF#5674',
    edits: [
      {
        file: 'machines/roles/leading.ts',
        find: "import { append, configurationOf, termAt } from '../log.ts';",
        replace: "import { append, configurationOf, termAt, truncateFrom } from '../log.ts';",
      },
      {
        file: 'machines/roles/leading.ts',
        find: 'server.assign({ leader: null, transfer: null })',
        replace:
          'server.assign(({ context }) => ({ leader: null, transfer: null,' +
          ' log: truncateFrom(context.log, context.commitIndex + 1) }))',
      },
    ],
    expects: ['I16', 'I18', 'I2'],
  },
  {
    name: 'M27',
    title: 'an overwrite by a shorter log never reaches the disk, whose ghosts come back',
    source: 'etcd-io/etcd#22442',
    edits: [
      {
        file: 'storage/memory-disk.ts',
        find: 'for (const batch of unfinished?.batches ?? []) this.#contents.append(batch);',
        replace:
          'for (const batch of unfinished?.batches ?? []) {\n' +
          '      if (batch.firstIndex + batch.ends.length <= this.#contents.lastIndex) continue;\n' +
          '      this.#contents.append(batch);\n' +
          '    }',
      },
    ],
    expects: ['I21', 'I23', 'I3', 'I5'],
  },
  {
    name: 'M50a',
    title: 'acknowledged frames stay in the window until nothing is sent any more',
    source: 'etcd-io/raft a370b6f',
    edits: [
      {
        file: 'machines/replicator.actions.ts',
        find: 'inflight: context.inflight.filter((frame) => frame.lastIndex > matchIndex),',
        replace: 'inflight: context.inflight,',
      },
    ],
    expects: ['L2', 'L3'],
  },
  {
    name: 'S10',
    title: 'the previous entry is sent with term 0',
    source: 'etcd-io/raft 76f1249, willemt/raft#118, before there is anything to compact',
    edits: [
      {
        file: 'machines/replicator.actions.ts',
        find: 'prevLogTerm: termAt(context.log, prevLogIndex) ?? 0,',
        replace: 'prevLogTerm: 0,',
      },
    ],
    expects: ['I20'],
  },
  {
    name: 'S11',
    title: 'a follower whose log conflicts commits nevertheless',
    source: '§5.3: the refusal takes leaderCommit along',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: 'refuseAppend = [noteLeader, {',
        replace: 'refuseAppend = [noteLeader, advanceCommit, {',
      },
    ],
    expects: ['I19', 'I14', 'I5'],
  },
  {
    name: 'S12',
    title: 'a refused leader asks the same question again',
    source: '§5.3 "decrements nextIndex" left out',
    edits: [
      {
        file: 'machines/replicator.actions.ts',
        find: 'nextIndex: Math.min(replyOf(args.event).refusedIndex, nextToTry(args)),',
        replace: 'nextIndex: args.context.nextIndex,',
      },
    ],
    expects: ['L3', 'L2', 'L1'],
  },
  {
    name: 'S13',
    title: 'a frame that was cut short claims all that was asked for',
    source: 'a gap between batches, found by a seed of this project',
    edits: [
      {
        file: 'actors/sending-entries.ts',
        find: 'return { ...message, lastIndex, runs, configurations };',
        replace: 'return { ...message, runs, configurations };',
      },
    ],
    expects: ['I20'],
  },
  {
    name: 'S14',
    title: 'the value that half of an even cluster has reached is committed',
    source: 'off by one in the quorum value',
    edits: [
      {
        file: 'machines/rules/quorum.ts',
        find: 'descending[Math.floor(voters.length / 2)]',
        replace: 'descending[Math.floor((voters.length - 1) / 2)]',
      },
    ],
    expects: ['I17'],
  },
  {
    name: 'S15',
    title: 'a leader opens its term without an entry of its own',
    source: '§8: the no-op left out',
    edits: [
      {
        file: 'machines/roles/leader.ts',
        find: 'entry: [startLeading, spawnReplicators, ...openTerm],',
        replace: 'entry: [startLeading, spawnReplicators],',
      },
    ],
    expects: ['L3', 'L5', 'L2'],
  },
];
