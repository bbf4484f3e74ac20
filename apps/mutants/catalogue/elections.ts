/**
 * Bugs of terms, votes and leadership (§5.1, §5.2, §5.4.1; thesis §4.2.3, §6.2, §9.6).
 */
import type { Mutant } from '../mutant.ts';

export const elections: readonly Mutant[] = [
  {
    name: 'M16',
    title: 'a new term is written without the vote that goes with it',
    source: 'hashicorp/raft#661, sofastack/sofa-jraft#1241',
    edits: [
      {
        file: 'actors/pending-writes.ts',
        find: 'votedFor: effect.votedFor, trust',
        replace: 'votedFor: effect.term > vote.term ? null : effect.votedFor, trust',
      },
    ],
    expects: ['I7', 'I8'],
  },
  {
    name: 'M17a',
    title: 'a vote is given and not persisted',
    source: 'wenweihu86/raft-java#57',
    edits: [
      {
        file: 'machines/roles/voting.ts',
        find: 'const grantVote = [recordVote, persistVote,',
        replace: 'const grantVote = [recordVote,',
      },
    ],
    expects: ['I7', 'I8'],
  },
  {
    name: 'M17b',
    title: 'messages of a term leave before the term is on disk',
    source: 'raft.tla pull request 5, NodeDB-Lab/nodedb#161',
    edits: [
      {
        file: 'actors/outbox.ts',
        find: 'if (write <= durable && lane.isEmpty()) deliver(message);',
        replace: "if (after === 'term' || (write <= durable && lane.isEmpty())) deliver(message);",
      },
    ],
    expects: ['I8'],
  },
  {
    name: 'M19',
    title: 'a candidate does not record its vote for itself',
    source: 'vesoft-inc/nebula#3415',
    edits: [
      {
        file: 'machines/roles/candidate.ts',
        find: 'votedFor: context.id,',
        replace: 'votedFor: null,',
      },
    ],
    expects: ['I8', 'I7'],
  },
  {
    name: 'M20',
    title: 'votes given in an older term are counted',
    source: 'xnnyygn/xraft#33',
    edits: [
      {
        file: 'machines/roles/term-gate.ts',
        find: '=> messageOf(event).term < context.currentTerm;',
        replace:
          "=> messageOf(event).term < context.currentTerm && event.type !== 'rpc.requestVoteReply';",
      },
    ],
    expects: ['I10', 'I1'],
  },
  {
    name: 'M21',
    title: 'a vote that cannot be read is taken for term 0',
    source: 'sofastack/sofa-jraft (Specula, finding 4)',
    edits: [
      {
        file: 'machines/roles/recovering.ts',
        find: 'currentTerm: term,\n    votedFor,',
        replace: 'currentTerm: 0,\n    votedFor: null,',
      },
    ],
    expects: ['I6', 'I1', 'I7', 'I13'],
  },
  {
    name: 'M44',
    title: 'a granted pre-vote restarts the election timeout',
    source: 'rabbitmq/ra#608',
    edits: [
      {
        file: 'machines/roles/voting.ts',
        find: '{ guard: deservesPreVote, actions:',
        replace:
          "{ guard: deservesPreVote, target: '#server.role.follower', reenter: true, actions:",
      },
    ],
    expects: ['I11'],
  },
  {
    name: 'M45',
    title: 'a candidate has no answer to a late pre-vote reply',
    source: 'rabbitmq/ra#607, #610, #612',
    edits: [
      {
        file: 'machines/roles/candidate.ts',
        find: "      'current.preVoteReply',\n",
        replace: '',
      },
    ],
    expects: ['I44'],
  },
  {
    name: 'M46',
    title: 'a leader does not see the higher term in a reply',
    source: 'hashicorp/raft#666, baidu/braft (Specula, MC-2)',
    edits: [
      {
        file: 'machines/roles/term-gate.ts',
        find: '=> messageOf(event).term > context.currentTerm;',
        replace:
          '=> messageOf(event).term > context.currentTerm' +
          " && event.type !== 'rpc.appendEntriesReply';",
      },
    ],
    expects: ['I34', 'I22', 'L1', 'L2', 'L3'],
  },
  {
    name: 'S1',
    title: 'a vote depends on the length of the log, not on its last term',
    source: '§5.4.1 read carelessly',
    edits: [
      {
        file: 'machines/rules/elections.ts',
        find: 'return lastLogTerm > own || (lastLogTerm === own && lastLogIndex >= log.lastIndex);',
        replace: 'return lastLogIndex >= log.lastIndex;',
      },
    ],
    expects: ['I9', 'I4'],
  },
  {
    name: 'S2',
    title: 'a server votes for whoever asks, and again in the same term',
    source: '§5.2 "at most one candidate in a given term" left out',
    edits: [
      {
        file: 'machines/rules/elections.ts',
        find: 'if (voter.votedFor !== null && voter.votedFor !== request.from) return false;',
        replace: '',
      },
    ],
    expects: ['I7'],
  },
  {
    name: 'S3',
    title: 'half of the voters are taken for a majority',
    source: 'off by one in the quorum; even clusters only',
    edits: [
      {
        file: 'machines/rules/quorum.ts',
        find: 'voters.filter(holds).length > voters.length;',
        replace: 'voters.filter(holds).length >= voters.length;',
      },
    ],
    expects: ['I10', 'I1', 'I34'],
  },
  {
    name: 'S4',
    title: 'a new term keeps the vote of the old one',
    source: '§5.1: term and vote are one record',
    edits: [
      {
        file: 'machines/roles/term-gate.ts',
        find: 'votedFor: null,',
        replace: 'votedFor: context.votedFor,',
      },
    ],
    expects: ['L1', 'L2', 'L3'],
  },
  {
    name: 'S5',
    title: 'a candidate campaigns in the present term instead of the next',
    source: '§5.2 "increments its current term" left out',
    edits: [
      {
        file: 'machines/roles/candidate.ts',
        find: 'currentTerm: context.currentTerm + 1,',
        replace: 'currentTerm: Math.max(1, context.currentTerm),',
      },
    ],
    expects: ['I7', 'I1'],
  },
  {
    name: 'S6',
    title: 'AppendEntries of a deposed leader is accepted',
    source: '§5.1: the stale-term check of the receiver left out',
    edits: [
      {
        file: 'machines/roles/term-gate.ts',
        find: '=> messageOf(event).term < context.currentTerm;',
        replace:
          "=> messageOf(event).term < context.currentTerm && event.type !== 'rpc.appendEntries';",
      },
    ],
    expects: ['I16', 'I3', 'I5', 'I19', 'I21'],
  },
  {
    name: 'S7',
    title: 'a leader that nobody answers goes on: it can send, and does not hear',
    source: 'check-quorum left out (TigerBeetle "can send, cannot receive")',
    edits: [
      {
        file: 'machines/roles/leader.ts',
        find: 'guard: majorityAnswered,',
        replace: 'guard: () => true,',
      },
    ],
    expects: ['L2', 'L1'],
  },
];
