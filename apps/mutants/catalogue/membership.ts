/**
 * Bugs of changes of members (§6, thesis §4): whose majority counts, when a change may begin, and what
 * of a configuration survives a restart, a truncation and a snapshot.
 */
import type { Mutant } from '../mutant.ts';

export const membership: readonly Mutant[] = [
  {
    name: 'M31',
    title: 'a restart forgets the configurations of the log after its snapshot',
    source: 'camunda/camunda#62837, andy-yx-chen/jraft#1',
    edits: [
      {
        file: 'actors/server.actor.ts',
        find: '...vote, ...began, lastIndex, runs, configurations });',
        replace: '...vote, ...began, lastIndex, runs, configurations: [] });',
      },
    ],
    expects: ['I27'],
  },
  {
    name: 'M32',
    title: 'a change of members begins before an entry of the leader’s term has committed',
    source: 'atomix/copycat#23, AxonIQ/axon-server-se#120; Ongaro 2015',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: "{ guard: ownTermCommitted, target: 'stable' },",
        replace: "{ target: 'stable' },",
      },
    ],
    expects: ['I28'],
  },
  {
    name: 'M34',
    title: 'after a snapshot an older change of members is in force again',
    source: 'etcd-io/etcd#11510, tikv/tikv#6344',
    edits: [
      {
        file: 'machines/roles/installing.ts',
        find: ': snapshotOnly(index, term, configuration);',
        replace:
          ': { ...snapshotOnly(index, term, configuration), configurations: context.log.configurations };',
      },
    ],
    expects: ['I27'],
  },
  {
    name: 'M35a',
    title: 'what a snapshot says of the old half of a joint configuration is dropped',
    source: 'etcd-io/raft e515a67',
    edits: [
      {
        file: 'actors/server.actor.ts',
        find: 'return idsOf(entry, index);\n    },\n    stop()',
        replace: 'return { ...idsOf(entry, index), outgoing: [] };\n    },\n    stop()',
      },
      {
        file: 'actors/server.actor.ts',
        find: '? null : idsOf(members.entry, members.index);',
        replace: '? null : { ...idsOf(members.entry, members.index), outgoing: [] };',
      },
    ],
    expects: ['I27'],
  },
  {
    name: 'M35b',
    title: 'a joint configuration is left again each time that it was left',
    source: 'etcd-io/raft bd3c759',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: "always: { guard: settled, target: 'settling', actions: [...enterNew] },",
        replace: "always: { guard: settled, target: 'joint', actions: [...enterNew] },",
      },
    ],
    expects: ['I31', 'L9'],
  },
  {
    name: 'M37',
    title: 'who is only in the old half of a joint configuration does not campaign',
    source: 'scylladb/scylladb#10618',
    edits: [
      {
        file: 'machines/roles/voting.ts',
        find: '!isVoter(configurationOf(log), id) && !isVoter(configurationAt(log, commitIndex), id);',
        replace: '!configurationOf(log).voters.includes(id);',
      },
    ],
    expects: ['L1', 'L9'],
  },
  {
    name: 'M38a',
    title: 'a majority of the new voters alone elects a leader in a joint configuration',
    source: 'RedisLabs/redisraft#17, RethinkDB 2.2.3',
    edits: [
      {
        file: 'machines/rules/quorum.ts',
        find: 'hasMajority(voters, holds) && (outgoing.length === 0 || hasMajority(outgoing, holds));',
        replace: 'hasMajority(voters, holds) && outgoing.length >= 0;',
      },
    ],
    expects: ['I10', 'I1'],
  },
  {
    name: 'M38b',
    title: 'a majority of the new voters alone commits in a joint configuration',
    source: 'RedisLabs/redisraft#28',
    edits: [
      {
        file: 'machines/rules/quorum.ts',
        find: 'return outgoing.length === 0 ? value : Math.min(value, majorityValue(outgoing, valueOf));',
        replace: 'return outgoing.length >= 0 ? value : 0;',
      },
    ],
    expects: ['I17'],
  },
  {
    name: 'M38c',
    title: 'a server that was removed is taken back under its old id',
    source: 'RedisLabs/redisraft#44, RethinkDB 2.2.3: it comes back with an empty log',
    edits: [
      {
        file: 'actors/gateway/pending-changes.ts',
        find: 'const used = [...voters, ...learners].find((id) => entry.removed.includes(id));',
        replace:
          'const used = [...voters, ...learners].find((id) => entry.removed.includes(`-${id}`));',
      },
    ],
    expects: ['I48'],
  },
  {
    name: 'M43',
    title: 'a follower that has heard its leader once turns candidates away for ever',
    source: 'databendlabs/openraft#2080: the lease of a bridge blocks a connected majority',
    edits: [
      {
        file: 'machines/roles/follower.ts',
        find: "'link.closed': [{ guard: leaderLeft, target: 'suspecting' }, {}],\n      },\n      after: { freshness: 'stale' },",
        replace: "'link.closed': [{ guard: leaderLeft, target: 'suspecting' }, {}],\n      },",
      },
    ],
    expects: ['L1'],
  },
  {
    name: 'S90',
    title: 'a configuration that was truncated stays in force',
    source: '§6: "a server always uses the latest configuration in its log"',
    edits: [
      {
        file: 'machines/log.ts',
        find: 'const configurations = configurationsBetween(log, 0, index - 1);',
        replace: 'const { configurations } = log;',
      },
    ],
    expects: ['I27'],
  },
  {
    name: 'S91',
    title: 'several servers change at once, and not through a joint configuration',
    source: 'Figure 10: two disjoint majorities',
    edits: [
      {
        file: 'machines/rules/membership.ts',
        find: 'return { ...target, outgoing: current.voters };',
        replace: 'return { ...target, outgoing: current.voters.slice(0, 0) };',
      },
    ],
    expects: ['I29'],
  },
  {
    name: 'S92',
    title: 'C_new is appended before the joint configuration is committed',
    source: '§6: "once C_old,new has been committed"',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: "always: { guard: settled, target: 'settling', actions: [...enterNew] },",
        replace: "always: { target: 'settling', actions: [...enterNew] },",
      },
    ],
    expects: ['I28'],
  },
  {
    name: 'S93',
    title: 'a leader that is no member any more steps down before that is committed',
    source: 'thesis §4.2.2',
    edits: [
      {
        file: 'machines/roles/reconfiguring.ts',
        find: 'settled(args) && !isVoter(configurationOf(args.context.log), args.context.id);',
        replace: '!isVoter(configurationOf(args.context.log), args.context.id);',
      },
    ],
    expects: ['I31'],
  },
  {
    name: 'S94',
    title: 'a leader that is no member any more leads on',
    source: 'thesis §4.2.2; RedisLabs/redisraft#44',
    edits: [
      {
        file: 'machines/roles/membership.ts',
        find: "target: 'left', actions: [...finishChange] },",
        replace: "target: 'stable', actions: [...finishChange] },",
      },
    ],
    expects: ['I31'],
  },
  {
    name: 'S96',
    title: 'a change is made whatever configuration its asker saw',
    source: 'a compare-and-set that does not compare',
    edits: [
      {
        file: 'machines/roles/reconfiguring.ts',
        find: 'changeOf(event).expected !== configurationOf(context.log).index;',
        replace: 'changeOf(event).expected > configurationOf(context.log).index;',
      },
    ],
    expects: ['I48'],
  },
  {
    name: 'S95',
    title: 'a learner campaigns, and is asked for its vote',
    source: 'thesis §4.2.1: non-voting servers',
    edits: [
      {
        file: 'machines/rules/membership.ts',
        find: 'export function isVoter({ voters, outgoing }: Configuration, server: ServerId): boolean {\n  return ',
        replace:
          'export function isVoter({ voters, outgoing, learners }: Configuration, server: ServerId): boolean {\n  return learners.includes(server) || ',
      },
    ],
    expects: ['I30'],
  },
];
