/**
 * What actors/outbox.ts does, as a value: which messages wait for which write.
 *
 * Written anew and not shared, so that the two check each other: a message that leaves too early, or
 * never, is a difference at the next step.
 */
import type { Send } from '../../machines/events.ts';
import type { Message, Term } from '../../machines/messages.ts';

interface Held {
  readonly write: number;
  readonly message: Message;
}

export interface Outbox {
  readonly term: readonly Held[];
  readonly log: readonly Held[];
  readonly newestVote: number;
  readonly newestWrite: number;
  readonly durable: number;
  readonly currentTerm: Term;
}

export const emptyOutbox: Outbox = {
  ...{ term: [], log: [], newestVote: 0, newestWrite: 0, durable: 0, currentTerm: 0 },
};

/** A write was asked for; one of a vote opens `term`. */
export function wrote(outbox: Outbox, write: number, term: Term | null): Outbox {
  const vote = term === null ? {} : { newestVote: write, currentTerm: term };
  return { ...outbox, newestWrite: write, ...vote };
}

/** The outbox with the messages in it, and what leaves it at once. */
export function hold(outbox: Outbox, { after, messages }: Send): [Outbox, readonly Message[]] {
  const write = after === 'term' ? outbox.newestVote : outbox.newestWrite;
  const held = messages.map((message) => ({ write, message }));
  return leave({ ...outbox, [after]: [...outbox[after], ...held] });
}

export function release(outbox: Outbox, durable: number): [Outbox, readonly Message[]] {
  return leave({ ...outbox, durable });
}

function leave(outbox: Outbox): [Outbox, readonly Message[]] {
  const waits = ({ write }: Held): boolean => write > outbox.durable;
  // In order of emission: a message waits for those before it in its lane.
  const rest = (lane: readonly Held[]) =>
    lane.some(waits) ? lane.slice(lane.findIndex(waits)) : [];
  const term = rest(outbox.term);
  const log = rest(outbox.log);
  const gone = [
    ...outbox.term.slice(0, outbox.term.length - term.length),
    ...outbox.log.slice(0, outbox.log.length - log.length),
  ];
  const current = gone.filter(({ message }) => message.term >= outbox.currentTerm);
  return [{ ...outbox, term, log }, current.map(({ message }) => message)];
}
