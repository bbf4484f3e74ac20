/**
 * Every state hears every event or ignores it in writing: nothing is dropped by
 * oversight, nothing is heard twice, and no timer leaves a state without a way on.
 */
import { readdirSync } from 'node:fs';
import { expect } from 'chai';
import type { AnyStateMachine, AnyStateNode } from 'xstate';
import type { ServerEvent } from '../../machines/events.ts';
import { clientMachine, type ClientEvent } from '../../machines/client.machine.ts';
import { linkMachine, type LinkEvent } from '../../machines/link.machine.ts';
import { logWriterMachine, type LogWriterEvent } from '../../machines/log-writer.machine.ts';
import type { ReplicatorEvent } from '../../machines/replicator.context.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import { serverMachine } from '../../machines/server.machine.ts';
import {
  candidatesOf,
  cellOf,
  configurationsOf,
  coverageTable,
  hears,
  statesOf,
} from '../support/coverage.ts';

/** null: an affair of the states. Else the reason why an owner answers for all states. */
type Owners<Event extends { readonly type: string }> = Readonly<
  Record<Event['type'], string | null>
>;

interface Chart {
  readonly machine: AnyStateMachine;
  /** Every event type there is: the compiler compares it with the union of the events. */
  readonly events: Readonly<Record<string, string | null>>;
  /** The states that answer for all below them: the root, and the region below it that matters. */
  readonly owners: readonly AnyStateNode[];
  /** `state ← event` where a state hides the event from an owner, with the reason. */
  readonly exceptions: Readonly<Record<string, string>>;
  /** `state ← event` that cannot happen, with the reason. */
  readonly impossible?: Readonly<Record<string, string>>;
}

const termGate = 'the rule of terms is written once, before any role hears a message (§5.1)';

const server: Owners<ServerEvent> = {
  'rpc.appendEntries': termGate,
  'rpc.appendEntriesReply': termGate,
  'rpc.installSnapshot': termGate,
  'rpc.installSnapshotReply': termGate,
  'rpc.requestVote': termGate,
  'rpc.requestVoteReply': termGate,
  'rpc.preVote': termGate,
  'rpc.preVoteReply': termGate,
  'rpc.timeoutNow': termGate,
  'rpc.timeoutNowReply': termGate,
  'rpc.readIndex': termGate,
  'rpc.readIndexReply': termGate,
  'log.persisted': 'what the disk holds does not depend on the role',
  'log.snapshotted': 'what the disk holds does not depend on the role, only what peers need does',
  'log.failed': 'a failed disk is the end in every role',
  'admin.stop': 'a server can be stopped in every role',
  'current.appendEntries': null,
  'current.appendEntriesReply': null,
  'current.installSnapshot': null,
  'current.installSnapshotReply': null,
  'current.requestVote': null,
  'current.requestVoteReply': null,
  'current.preVote': null,
  'current.preVoteReply': null,
  'current.timeoutNow': null,
  'current.timeoutNowReply': null,
  'current.readIndex': null,
  'current.readIndexReply': null,
  'client.command': null,
  'client.read': null,
  'admin.changeMembers': null,
  'client.leaseRead': null,
  'clock.late': null,
  'log.recovered': null,
  'log.received': null,
  'log.installed': null,
  'log.discarded': null,
  'log.stalled': null,
  'peer.matched': null,
  'peer.pinned': null,
  'link.closed': null,
  'admin.transfer': null,
};

const replicator: Owners<ReplicatorEvent> = {
  'leader.advanced': 'what the leader has is known in every state; only replicate acts on it',
  'leader.confirming': null,
  'current.appendEntriesReply': null,
  'current.installSnapshotReply': null,
  'peer.sent': null,
  'peer.snapshot': null,
  'peer.chunkSent': null,
};

const logWriter: Owners<LogWriterEvent> = {
  'server.wrote': null,
  'disk.synced': null,
  'disk.failed': null,
};

const link: Owners<LinkEvent> = {
  'socket.connected': null,
  'peer.dialled': null,
  'socket.opened': null,
  'socket.closed': null,
  'admin.stop': 'a link can be stopped in every state',
};

const client: Owners<ClientEvent> = {
  'calls.waiting': 'who waits is known in every state; the states look at it when it matters',
  'calls.settled': 'as calls.waiting',
  'socket.opened': null,
  'socket.closed': null,
  'server.heard': null,
  'server.led': null,
  'server.leaderless': null,
  'server.redirected': null,
  'server.overloaded': null,
  'admin.stop': 'a client can be stopped in every state',
};

const disruption = 'a server that hears its leader ignores candidates (thesis §4.2.3)';
const notYet = 'before its disk has spoken, a server does not know its term: it hears nobody';
const switching = 'while a snapshot takes the place of its log, a server hears nobody';
const atTheEnd = 'a server that failed or stopped hears nobody';

const charts: readonly Chart[] = [
  {
    machine: serverMachine,
    events: server,
    // Beside the role, trust only watches: it answers for no event.
    owners: [serverMachine.root, stateOf(serverMachine, 'role')],
    exceptions: {
      'role.follower.contact.fresh ← rpc.requestVote': disruption,
      'role.follower.contact.fresh ← rpc.preVote': disruption,
      'role.follower.contact.wary ← rpc.requestVote': disruption,
      'role.follower.contact.wary ← rpc.preVote': disruption,
      'role.leader ← rpc.requestVote': disruption,
      'role.leader ← rpc.preVote': disruption,
      'role.recovering ← rpc.appendEntries': notYet,
      'role.recovering ← rpc.appendEntriesReply': notYet,
      'role.recovering ← rpc.installSnapshot': notYet,
      'role.recovering ← rpc.installSnapshotReply': notYet,
      'role.recovering ← log.snapshotted': 'nothing was applied, so nothing was saved',
      ...Object.fromEntries(
        Object.keys(server)
          .filter((type) => type.startsWith('rpc.'))
          .map((type) => [`role.installing ← ${type}`, switching]),
      ),
      'role.recovering ← rpc.requestVote': notYet,
      'role.recovering ← rpc.requestVoteReply': notYet,
      'role.recovering ← rpc.preVote': notYet,
      'role.recovering ← rpc.preVoteReply': notYet,
      'role.recovering ← rpc.timeoutNow': notYet,
      'role.recovering ← rpc.timeoutNowReply': notYet,
      'role.recovering ← rpc.readIndex': notYet,
      'role.recovering ← rpc.readIndexReply': notYet,
      'role.recovering ← log.persisted': 'nothing was written, so nothing can be reported',
      ...Object.fromEntries(
        Object.entries(server)
          .filter(([, reason]) => reason !== null)
          .flatMap(([type]) => [
            [`role.failed ← ${type}`, atTheEnd],
            [`role.stopped ← ${type}`, atTheEnd],
          ]),
      ),
    },
    impossible: Object.fromEntries(
      (
        [
          ['role.recovering', notYet],
          ['role.installing', switching],
        ] as const
      ).flatMap(([state, reason]) =>
        Object.keys(server)
          .filter((type) => type.startsWith('current.'))
          .map((type) => [`${state} ← ${type}`, reason]),
      ),
    ),
  },
  {
    machine: replicatorMachine,
    events: replicator,
    owners: [replicatorMachine.root],
    exceptions: {},
  },
  { machine: logWriterMachine, events: logWriter, owners: [logWriterMachine.root], exceptions: {} },
  { machine: linkMachine, events: link, owners: [linkMachine.root], exceptions: {} },
  { machine: clientMachine, events: client, owners: [clientMachine.root], exceptions: {} },
];

for (const { machine, events, owners, exceptions, impossible = {} } of charts) {
  describe(`totality of ${machine.id}`, () => {
    const configurations = configurationsOf(owners);
    const types = Object.keys(events);

    it('every event is handled or ignored in writing in every state', () => {
      console.log(coverageTable(machine.id, owners, configurations, types));
      const gaps = configurations
        .filter(({ nodes }) => nodes.at(-1)?.type !== 'final')
        .flatMap((at) =>
          types
            .filter((type) => {
              const cell = cellOf(owners, at, type);
              return cell === 'unheard' || (cell === 'owner' && events[type] === null);
            })
            .map((type) => `${at.name} ← ${type}`),
        );
      expect(gaps).to.deep.equal(Object.keys(impossible));
    });

    it('what an owner is said to answer, it answers, and nothing else', () => {
      const owned = types.filter((type) => events[type] !== null);
      const answered = types.filter((type) => owners.some((owner) => hears(owner, type)));
      expect(answered).to.deep.equal(owned);
    });

    it('no state hides an event from an owner or a parallel ancestor, but where it is written', () => {
      // A region that hears an event hides it from its parallel ancestor, in all regions.
      const parallel = statesOf(machine.root).filter((node) => node.type === 'parallel');
      const hidden = [...new Set([...parallel, ...owners])].flatMap((ancestor) =>
        types
          .filter((type) => hears(ancestor, type))
          .flatMap((type) =>
            statesOf(ancestor)
              .slice(1)
              .filter((node) => hears(node, type))
              .map((node) => `${node.path.join('.')} ← ${type}`),
          ),
      );
      expect([...new Set(hidden)].sort()).to.deep.equal(Object.keys(exceptions).sort());
    });

    it('a parallel root enters no state: that would leave all of its regions', () => {
      const transitions = statesOf(machine.root)
        .slice(0, 1)
        .filter((root) => root.type === 'parallel')
        .flatMap((root) => [...root.transitions.values()].flat());
      const entering = transitions.filter(({ target }) => target !== undefined);
      expect(entering.map(({ eventType }) => String(eventType))).to.deep.equal([]);
    });

    it('an event whose guards all say no still has an answer in the same state or above', () => {
      const open = configurations.flatMap(({ name, nodes }) =>
        types
          .filter((type) => nodes.some((node) => hears(node, type)))
          .filter((type) =>
            [...owners, ...nodes].every((node) => !endsUnguarded(candidatesOf(node, type))),
          )
          .map((type) => `${name} ← ${type}`),
      );
      expect(open).to.deep.equal([]);
    });

    it('every guarded timer has a fallback, so that a state cannot be left without one', () => {
      const timers = statesOf(machine.root).flatMap((node) =>
        [...node.transitions.entries()].filter(([type]) => type.startsWith('xstate.after.')),
      );
      const stuck = timers.filter(([, candidates]) => !endsUnguarded(candidates));
      expect(stuck.map(([type]) => type)).to.deep.equal([]);
    });
  });
}

describe('totality of the machines that are not described above', () => {
  it('every event that one state lists, every state lists, or an owner does', async () => {
    const files = readdirSync('machines').filter((name) => name.endsWith('.machine.ts'));
    const described = charts.map(({ machine }) => machine.id);
    const gaps: string[] = [];
    for (const name of files) {
      const exported = (await import(`../../machines/${name}`)) as Record<string, unknown>;
      for (const machine of Object.values(exported).filter(isMachine)) {
        if (described.includes(machine.id)) continue;
        const owners = [machine.root];
        const types = machine.events.map(String).filter((type) => !type.startsWith('xstate.'));
        const configurations = configurationsOf(owners);
        console.log(coverageTable(machine.id, owners, configurations, types));
        for (const at of configurations.filter(({ nodes }) => nodes.at(-1)?.type !== 'final')) {
          const unheard = types.filter((type) => cellOf(owners, at, type) === 'unheard');
          gaps.push(...unheard.map((type) => `${machine.id}: ${at.name} ← ${type}`));
        }
      }
    }
    expect(gaps).to.deep.equal([]);
  });
});

describe('totality of failures', () => {
  it('a child that threw is heard in every role, by their owner', () => {
    const type = 'xstate.error.actor.logWriter'; // XState's own; no chart declares it.
    const hearing = statesOf(serverMachine.root).filter((node) => hears(node, type));
    expect(hearing.map(({ path }) => path.join('.'))).to.deep.equal(['role']);
  });
});

function stateOf(machine: AnyStateMachine, key: string): AnyStateNode {
  const state = statesOf(machine.root).find((node) => node.path.join('.') === key);
  if (state === undefined) throw new Error(`${machine.id} has no state ${key}`);
  return state;
}

function isMachine(thing: unknown): thing is AnyStateMachine {
  return typeof thing === 'object' && thing !== null && 'root' in thing && 'config' in thing;
}

function endsUnguarded(candidates: readonly { readonly guard?: unknown }[]): boolean {
  const last = candidates.at(-1);
  return last !== undefined && last.guard === undefined;
}
