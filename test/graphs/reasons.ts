/**
 * Why a part of a chart is not covered by the paths: by what it is, in which `*` is anything. A reason
 * that explains nothing fails the test, so that none outlives its cause.
 */
import type { Reasons } from '../../simulation/graph-tests/index.ts';

const onlyOnce = 'the disk is recovered once, in role.recovering';
const silentDisk = 'nothing is written before the disk was read, so it has nothing to report';
const noReplicators = 'only a leader has replicators, and they stop with its leadership';
const disruption =
  'a leader ignores candidates before the term gate raises anything (thesis §4.2.3)';
const gone = 'a server that failed ends its process: its sockets and its disk are silent';
const noJoint = 'no disk of these worlds holds one: test/machines/server-membership.test.ts';
const noPromise =
  'no disk of these worlds holds one: test/scenarios/leader-dies-before-promotion.scenario';
const firstTerm = 'members change in the first term there: no older leader is left to say it';
const passing = 'it is left in the step in which it is entered: nothing can be heard in it';
const gated = 'what stands before the term gate takes the message: none of the current term comes';
const noDoubt = 'doubt is there from the start or never, and a doubtful server does not campaign';
const toldNobody =
  'a candidate has led no term of its own yet in which it told another to campaign';

const noSnapshots =
  'no path takes or brings a snapshot: test/machines/installing.test.ts, and the simulator';

const ownRemoval =
  'no path is elected to finish its own removal: test/scenarios/removed-and-still-needed.scenario';

const longSilence =
  'no path is ten looks at who answers long: test/machines/server-membership.test.ts';

const notOpen = 'a lease in a term that is not open yet: test/machines/server-reads.test.ts';

export const serverReasons: Reasons = {
  'role.leader.lease.held ← client.leaseRead #2': notOpen,
  'role.leader.lease.held ← client.leaseRead #1 [ownTermCommitted] says no': notOpen,
  'role ← xstate.error.actor.*': 'a child that throws is a bug: test/actors/faults.test.ts',
  '* ← log.recovered': onlyOnce,
  '* hears log.recovered': onlyOnce,
  'role.recovering ← log.*': silentDisk,
  'role.recovering ← peer.matched': noReplicators,
  'role.recovering hears log.failed': 'a disk that cannot be read: test/actors/faults.test.ts',
  'role.recovering hears log.*': silentDisk,
  'role.recovering hears current.*': 'the term is not known yet: messages are not heard',
  'role.leader ← peer.matched #1 [isStaleReport]*': noReplicators,
  'role.leader ← current.*': disruption,
  'role.leader.* hears current.*': disruption,
  '* ← peer.matched': noReplicators,
  'role.failed hears *': gone,
  'role.follower.contact.fresh hears current.*': gated,
  'role.stopped hears current.*': gated,
  '* hears peer.matched': noReplicators,
  'role.follower.install.receiving*': noSnapshots,
  'role.installing*': noSnapshots,
  '*nstallSnapshot*': noSnapshots,
  '*log.received*': noSnapshots,
  '*log.installed*': noSnapshots,
  '*log.discarded*': noSnapshots,
  '*log.snapshotted*': noSnapshots,
  '*peer.pinned*': noSnapshots,
  'role.leader.membership.inherited ← always #1 [inheritsJoint]*': noJoint,
  'role.leader.membership.inherited ← always #2 [inheritsOwnRemoval]*': ownRemoval,
  'role.leader.membership.inherited ← always #3 [inheritsPromise]*': noPromise,
  'role.leader.membership.catchingUp ← always #2 [newcomerIsSilent]*': longSilence,
  'role.leader.membership.left hears *': passing,
  'role.leader.membership.* hears rpc.timeoutNow': firstTerm,
  'role.leader.membership.left ← admin.changeMembers': passing,
  'role.preCandidate ← * [isDoubtful]*': noDoubt,
  'role.candidate ← * [isDoubtful]*': noDoubt,
  'role.candidate ← current.timeoutNowReply': toldNobody,
  'role.candidate hears current.timeoutNowReply': toldNobody,
  'trust.doubtful hears *.timeoutNowReply': noDoubt,
};

const atOnce =
  'a frame that leaves nothing out is reported at once, and here all do: test/actors/catch-up-pace.test.ts';

export const replicatorReasons: Reasons = {
  'flow.snapshot*': noSnapshots,
  '*installSnapshotReply*': noSnapshots,
  '*peer.snapshot*': noSnapshots,
  '*peer.chunkSent*': noSnapshots,
  '*[compacted]*': noSnapshots,
  '*[needsSnapshot]*': noSnapshots,
  'flow.replicate.sending hears *': atOnce,
  'flow.probe ← peer.sent': atOnce,
  'flow.probe hears peer.sent': atOnce,
  'flow.replicate.waiting ← peer.sent': atOnce,
  'flow.replicate.waiting hears peer.sent': atOnce,
};

const oneSync = 'a store calls back once for each sync, and none is in flight';
const failedWriter =
  'the server failed with its disk: it writes nothing and syncs nothing any more';

export const logWriterReasons: Reasons = {
  'idle ← disk.*': oneSync,
  'idle hears disk.*': oneSync,
  'failed ← *': failedWriter,
  'failed hears *': failedWriter,
};
