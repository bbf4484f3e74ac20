/**
 * Bugs of the order of durability (Figure 2 "persistent state"; docs/adr/0002-outbox-by-write-number.md).
 */
import type { Mutant } from '../mutant.ts';

export const durability: readonly Mutant[] = [
  {
    name: 'M14',
    title: 'a leader counts itself before its disk has the entry',
    source: 'etcd-io/etcd#14370',
    edits: [
      {
        file: 'machines/roles/leading.ts',
        find: 'voter === context.id ? context.durableIndex :',
        replace: 'voter === context.id ? context.log.lastIndex :',
      },
    ],
    expects: ['I17', 'I23', 'I32'],
  },
  {
    name: 'M15',
    title: 'a failed sync is reported as a good one',
    source: 'lni/dragonboat pull request 409',
    edits: [
      {
        file: 'actors/charts.ts',
        find: "args.self.send(fault ? { type: 'disk.failed', fault } : { type: 'disk.synced' }),",
        replace: "args.self.send({ type: 'disk.synced' }),",
      },
    ],
    expects: ['I8', 'I21', 'I23'],
  },
  {
    name: 'M47',
    title: 'a leader whose disk hangs keeps leading by its heartbeats',
    source: 'hashicorp/raft#503, etcd-io/etcd#13527, tarantool/tarantool#9606',
    edits: [
      {
        file: 'machines/roles/leader.ts',
        find: "'log.stalled': {\n      target: 'follower',",
        replace: "'log.stalled': {",
      },
    ],
    expects: ['L6'],
  },
  {
    name: 'S20',
    title: 'an append is acknowledged before it is on disk',
    source: 'NATS 2.12.1 (Jepsen, 2025): acknowledge first, sync later',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: "reply(args, 'log', appendOf(args.event).lastIndex),",
        replace: "reply(args, 'term', appendOf(args.event).lastIndex),",
      },
    ],
    expects: ['I21'],
  },
  {
    name: 'S21',
    title: 'a truncation leaves the durable index where it was',
    source: 'modelled on etcd-io/raft, unstable.go stableTo',
    edits: [
      {
        file: 'machines/roles/following.ts',
        find: 'durableIndex: Math.min(context.durableIndex, match.appendFrom - 1),',
        replace: 'durableIndex: context.durableIndex,',
      },
    ],
    expects: ['I21', 'I23'],
  },
  {
    name: 'S22',
    title: 'what a server said in an older term still leaves it',
    source: 'modelled on etcd-io/raft async storage writes',
    edits: [
      {
        file: 'actors/outbox.ts',
        find: 'if (held.message.term >= currentTerm) deliver(held.message);',
        replace: 'deliver(held.message);',
      },
    ],
    expects: ['I8', 'I20'],
  },
  {
    name: 'S23',
    title: 'a sync lets everything go that was asked for by now, not what it took with it',
    source: 'group commit with the wrong bound',
    edits: [
      {
        file: 'actors/outbox.ts',
        find: 'durable = write;',
        replace: 'durable = newest.log;',
      },
    ],
    expects: ['I8', 'I21'],
  },
  {
    name: 'S24',
    title: 'a sync reports writes that were asked for after it began',
    source: 'group commit with the wrong bound',
    edits: [
      {
        file: 'machines/log-writer.machine.ts',
        find: "type: 'log.persisted',\n  ...context.syncing,",
        replace: "type: 'log.persisted',\n  ...context.asked,",
      },
    ],
    expects: ['I23', 'I17'],
  },
];
