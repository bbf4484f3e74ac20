/**
 * What must never happen, and therefore stops the server when it does.
 */
import { codedFault } from '../coded-fault.ts';
import { expectEvent } from '../expect-event.ts';
import type { Fault } from '../events.ts';
import { named } from '../named.ts';
import { server, type Args } from '../server.setup.ts';

const fault = (name: string, describe: (args: Args) => Fault) =>
  named(
    name,
    server.assign((args) => ({ fault: describe(args) })),
  );

/** §5.3 State Machine Safety would be lost. */
export const reportOverwrite = fault('reportOverwrite', ({ context, event }) => ({
  code: 'ERR_COMMITTED_OVERWRITTEN',
  message:
    `the leader ${expectEvent(event, 'current.appendEntries').from} of term ${context.currentTerm} would replace entries ` +
    `up to ${context.commitIndex}, which are committed here: compare the logs of all servers`,
}));

/** §5.2 Election Safety is lost. */
export const reportTwoLeaders = fault('reportTwoLeaders', ({ context, event }) => ({
  code: 'ERR_TWO_LEADERS',
  message:
    `${'from' in event ? event.from : 'another server'} leads term ${context.currentTerm}, too: ` +
    'two servers share an id or a data directory was rolled back',
}));

export const reportFault = fault('reportFault', ({ event }) =>
  event.type === 'log.failed' ? event.fault : failureOf(event),
);

/** What an actor threw, under its own code when it has one of ours: a log that cannot be read back. */
function failureOf(event: object): Fault {
  const { error } = event as { error?: unknown };
  const message = error instanceof Error ? error.message : String(error);
  return codedFault(error) ?? { code: 'ERR_INTERNAL', message: `an actor failed: ${message}` };
}
