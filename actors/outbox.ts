/**
 * Holds a message until what it promises is on disk (§5.1 "persistent state … updated on stable
 * storage before responding to RPCs").
 *
 * Writes are numbered and complete in order, so a message waits for a number. Two lanes, each in
 * order of emission: `term` waits for the newest vote write, `log` for the newest write of any
 * kind. A heartbeat's answer may so overtake an append's, which is harmless (matchIndex only grows)
 * and keeps a slow disk from stalling reads (docs/adr/0002).
 */
import Denque from 'denque';
import type { Send } from '../machines/events.ts';
import type { Message, Term } from '../machines/messages.ts';

/** Messages held in one lane; past it the newest is dropped, as a network might. */
export const maxHeld = 8_192;

interface Held {
  readonly write: number;
  readonly message: Message;
}

export interface Outbox {
  /** Notes that write number `write` was asked for; a vote write opens `term`. */
  wrote(write: number, term: Term | null): void;
  /** Sends now or later, never before its write is durable. */
  hold(send: Send): void;
  /** Every write up to `write` is durable. */
  release(write: number): void;
  /** Drops all that is held: the messages of a server that failed or stopped never leave. */
  clear(): void;
  /** Messages that wait, in both lanes. */
  readonly heldCount: number;
}

export function createOutbox(deliver: (message: Message) => void): Outbox {
  const lanes = { term: new Denque<Held>(), log: new Denque<Held>() };
  const newest = { term: 0, log: 0 };
  let durable = 0;
  let currentTerm = 0;

  const drain = (lane: Denque<Held>): void => {
    for (let held = lane.peekFront(); held && held.write <= durable; held = lane.peekFront()) {
      lane.shift();
      // What a server said in an older term is void once it has adopted a newer one.
      if (held.message.term >= currentTerm) deliver(held.message);
    }
  };

  return {
    wrote(write, term) {
      newest.log = write;
      if (term === null) return;
      newest.term = write;
      currentTerm = term;
    },
    hold({ messages, after }) {
      const lane = lanes[after];
      const write = newest[after];
      for (const message of messages) {
        if (write <= durable && lane.isEmpty()) deliver(message);
        else if (lane.length < maxHeld) lane.push({ write, message });
      }
    },
    release(write) {
      durable = write;
      drain(lanes.term);
      drain(lanes.log);
    },
    clear() {
      lanes.term.clear();
      lanes.log.clear();
    },
    get heldCount() {
      return lanes.term.length + lanes.log.length;
    },
  };
}
