/** Codes of the simulator, the linearizability checker and the tests that are made from graphs. */
import type { ErrorCodes } from './error-code.ts';

export const testingCodes = {
  ERR_SIMULATION: {
    meaning: 'The simulation, or the checker of histories, was asked for what cannot be.',
    cause: 'Options that contradict each other, or a bug in the simulator.',
    remedy: 'Correct the options as the message says; report it when there is nothing to correct.',
    outcome: [],
    retryable: false,
  },
  ERR_HISTORY_FULL: {
    meaning: 'A recording of operations has as many as it takes.',
    cause: 'One recorder is used for longer than a history can be checked.',
    remedy: 'Check the history, and begin a new recording.',
    outcome: [],
    retryable: false,
  },
  ERR_TOO_MANY_STATES: {
    meaning: 'Exploring a machine took more steps than are allowed.',
    cause: 'Events or context without a bound: the machine has endlessly many states.',
    remedy: 'Give fewer events, or a key that leaves out what grows.',
    outcome: [],
    retryable: false,
  },
  ERR_PATH_DIVERGED: {
    meaning: 'On a path through the graph the system showed something other than the machine.',
    cause: 'The system or the machine is wrong; the message has the events and both views.',
    remedy: 'Replay the events by hand, and mend the one that is wrong.',
    outcome: [],
    retryable: false,
  },
  ERR_PATH_FAILED: {
    meaning: 'On a path through the graph the system under test threw.',
    cause: 'An error of the system, or of the code that sends it the events; it is the cause.',
    remedy: 'Replay the events by hand; the message has them.',
    outcome: [],
    retryable: false,
  },
  ERR_MUTANT_LOST: {
    meaning: 'A known bug cannot be put into the sources, so a test that must find it cannot run.',
    cause: 'The lines that it changes were changed.',
    remedy: 'Write the mutant anew for the lines as they are.',
    outcome: [],
    retryable: false,
  },
  ERR_NOT_DETERMINISTIC: {
    meaning: 'Something in a simulated run asked for real time or real chance.',
    cause: 'A state machine, or a change to the actors, that calls Date.now or Math.random.',
    remedy: 'Take time and chance from the ports: clock, random and defer.',
    outcome: [],
    retryable: false,
  },
} satisfies ErrorCodes;
