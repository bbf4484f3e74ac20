/**
 * How far a change of members has come (§6, thesis §4.3), as a region of the leader.
 *
 * One change at a time, and none before an entry of the leader's own term has committed: Ongaro's
 * correction of 2015, without which two leaders may each commit a change with disjoint majorities.
 */
import { server } from '../server.setup.ts';
import { ownTermCommitted } from './leading.ts';
import {
  caughtUp,
  endLapsed,
  inheritsPromise,
  isPromised,
  newcomerIsSilent,
  resumeChange,
  startRound,
  withdraw,
} from './catching-up.ts';
import {
  addLearners,
  awaitsLearners,
  changePlainly,
  confirmChange,
  enterJoint,
  enterNew,
  finishChange,
  inheritsJoint,
  inheritsOwnRemoval,
  isDone,
  isImpossible,
  isOutdated,
  isPlain,
  refuseChange,
  refuseMeanwhile,
  refuseOutdated,
  settled,
  settledWithoutSelf,
  takeChange,
} from './reconfiguring.ts';

const meanwhile = { 'admin.changeMembers': { actions: refuseMeanwhile } } as const;

export const membership = server.createStateConfig({
  initial: 'inherited',
  states: {
    inherited: {
      description: 'No entry of this term has committed: no change may begin (Ongaro 2015).',
      always: [
        { guard: inheritsJoint, target: 'joint' },
        { guard: inheritsOwnRemoval, target: 'left' },
        { guard: inheritsPromise, target: 'catchingUp', actions: resumeChange },
        { guard: ownTermCommitted, target: 'stable' },
      ],
      on: meanwhile,
    },
    stable: {
      description: 'The newest configuration is committed.',
      on: {
        'admin.changeMembers': [
          { guard: isOutdated, actions: refuseOutdated },
          { guard: isImpossible, actions: refuseChange },
          { guard: isDone, actions: confirmChange },
          { guard: isPlain, target: 'settling', actions: [takeChange, ...changePlainly] },
          { guard: awaitsLearners, target: 'catchingUp', actions: [takeChange, ...addLearners] },
          { target: 'joint', actions: [takeChange, ...enterJoint] },
        ],
      },
    },
    catchingUp: {
      description: 'Who joins is sent the log and counts for nothing yet (thesis §4.2.1).',
      initial: 'round',
      always: [
        { guard: caughtUp, target: 'joint', actions: [...enterJoint] },
        { guard: newcomerIsSilent, target: 'lapsing' },
      ],
      after: { catchUpDeadline: 'lapsing' },
      on: meanwhile,
      states: {
        round: {
          entry: startRound,
          after: { catchUpRound: { target: 'round', reenter: true } },
        },
      },
    },
    lapsing: {
      description: 'Who joins did not catch up: no later leader may promote it, says the log.',
      always: [
        { guard: isPromised, actions: [...withdraw] },
        { guard: settled, target: 'stable', actions: [...endLapsed] },
      ],
      on: meanwhile,
    },
    joint: {
      description: 'C_old,new: a majority of the old voters and one of the new must agree.',
      always: { guard: settled, target: 'settling', actions: [...enterNew] },
      on: meanwhile,
    },
    settling: {
      description: 'The configuration is in force, and waits to be committed.',
      always: [
        { guard: settledWithoutSelf, target: 'left', actions: [...finishChange] },
        { guard: settled, target: 'stable', actions: [...finishChange] },
      ],
      on: meanwhile,
    },
    left: {
      description: 'Thesis §4.2.2: the change without this server is committed, its work done.',
      always: '#server.role.follower',
      on: meanwhile,
    },
  },
});
