/**
 * Bugs of leases, of reads on followers and of leadership transfer (thesis §3.10, §6.4;
 * docs/adr/0012).
 */
import type { Mutant } from '../mutant.ts';

export const leases: readonly Mutant[] = [
  {
    name: 'M41',
    title: 'a leader keeps its lease after it has told another to campaign',
    source: 'tikv/raft-rs#234, tikv/tikv#1593, databendlabs/openraft#1749',
    edits: [
      {
        file: 'machines/roles/leasing.ts',
        find: '=> context.transfer?.handed === true;',
        replace: '=> context.transfer === undefined;',
      },
    ],
    expects: ['I34', 'I35', 'I36'],
  },
  {
    name: 'S71',
    title: 'a follower breaks its promise when the connection to the leader closes',
    source: 'quick failover beside leases',
    edits: [
      {
        file: 'machines/roles/follower.ts',
        find: "!context.leases && expectEvent(event, 'link.closed')",
        replace: "expectEvent(event, 'link.closed')",
      },
    ],
    expects: ['I34', 'I35', 'I36'],
  },
  {
    name: 'S72',
    title: 'a restart forgets that a leader was promised silence',
    source: 'thesis §6.4.1: leases and voters that restart',
    edits: [
      {
        file: 'machines/roles/follower.ts',
        find: '=> context.leases && context.currentTerm > 0;',
        replace: '=> context.leases && context.currentTerm < 0;',
      },
    ],
    expects: ['I34', 'I35', 'I36'],
  },
  {
    name: 'S73',
    title: 'a lease is counted from its answer, not from when its round was sent',
    source: 'databendlabs/openraft leader-lease.md, eBay/NuRaft#611',
    edits: [
      {
        file: 'actors/time/lease-time.ts',
        find: '(sentMs.get(round) ?? (round > newest ? now : -Infinity)) + leaseMs;',
        replace: 'now + 2 * leaseMs;',
      },
    ],
    expects: ['I34', 'I35', 'I36'],
  },
  {
    name: 'S74',
    title: 'a follower takes the answer to an earlier attempt for one to this',
    source: 'etcd-io/etcd#20418, etcd-io/raft#397',
    edits: [
      {
        file: 'machines/roles/asking.ts',
        find: 'replyOf(event).context === context.attempt && replyOf(event).granted;',
        replace: 'context.attempt !== null && replyOf(event).granted;',
      },
      {
        file: 'machines/roles/asking.ts',
        find: 'const { context: batch, readIndex } = replyOf(event);\n  return',
        replace:
          'const { readIndex } = replyOf(event);\n  const batch = context.attempt ?? 0;\n  return',
      },
      {
        file: 'machines/roles/asking.ts',
        find: "named('readable', ({ event }: Args): Reply => {",
        replace: "named('readable', ({ context, event }: Args): Reply => {",
      },
    ],
    expects: ['I34', 'I36'],
  },
];
