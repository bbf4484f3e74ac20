/** A leader's view of one peer (§5.3): probe, replicate, and a pulse that finds what got lost. */
import { expect } from 'chai';
import { emptyLog } from '../../machines/log.ts';
import type { AppendEntriesReply, Term } from '../../machines/messages.ts';
import type { ReplicatorEvent, Window } from '../../machines/replicator.context.ts';
import { replicatorMachine } from '../../machines/replicator.machine.ts';
import type { ReplicatorSnapshot } from '../../simulation/server-stepper.ts';
import { createStepper, timerEvent, type Effect } from '../../simulation/stepper.ts';
import {
  appendEntries,
  appendRefusal,
  appendReply,
  current,
  logOf,
  wide,
  type AppendOptions,
} from '../support/step.ts';

const heartbeat = 'xstate.after.heartbeat.replicator.pulse.beating';
const beats: Effect[] = [{ cancel: heartbeat }, { timer: heartbeat, delayMs: 50 }];
const base = { id: 'a', peer: 'b', term: 3, commitIndex: 1, round: 0 };
const terms: readonly Term[] = [1, 1, 2, 3];

const replicators = createStepper(replicatorMachine, { ...base, log: logOf([]), window: wide });

/** A replicator of a leader with this log, no-op not yet among it. */
function start(log = terms, window: Window = wide): [ReplicatorSnapshot, Effect[]] {
  return replicators.start({ ...base, log: logOf(log), window });
}

function step(snapshot: ReplicatorSnapshot, ...events: ReplicatorEvent[]) {
  let result: [ReplicatorSnapshot, Effect[]] = [snapshot, []];
  for (const event of events) result = replicators.step(result[0], event);
  return result;
}

const append = (options: AppendOptions): Effect => {
  const message = appendEntries({ from: 'a', to: 'b', term: 3, commit: 1, last: 4, ...options });
  return { sendAppend: { ...message, payload: null } };
};
type Fields = Partial<Omit<AppendEntriesReply, 'type'>>;
const accept = (matchIndex: number, fields: Fields = {}) =>
  current(appendReply({ term: 3, matchIndex, ...fields }));
const refuse = (refusedIndex: number, hintIndex: number, hintTerm: Term) =>
  current(appendRefusal({ term: 3, refusedIndex, hintIndex, hintTerm }));
const advance = (log: readonly Term[], commitIndex = 1): ReplicatorEvent => {
  return { type: 'leader.advanced', log: logOf(log), commitIndex };
};
const sent = (lastIndex: number, bytes = 1): ReplicatorEvent => {
  return { type: 'peer.sent', lastIndex, bytes };
};
const report = (matchIndex: number): Effect => {
  return { tellParent: { type: 'peer.matched', peer: 'b', term: 3, matchIndex } };
};

/** Found out that the logs agree up to entry 4. */
const agreed = (window: Window = wide) => step(start(terms, window)[0], accept(4))[0];
const five: readonly Term[] = [...terms, 3];

describe('a replicator that probes', () => {
  it('asks at once, and establishes its leader: an empty AppendEntries behind the last entry', () => {
    const [after, effects] = start();
    expect(after.value).to.deep.equal({ flow: 'probe', pulse: 'beating' });
    expect(after.context).to.include({ nextIndex: 5, matchIndex: 0 });
    expect(effects).to.deep.equal([append({ prev: [4, 3] }), { timer: heartbeat, delayMs: 50 }]);
  });

  it('sends no entries while it does not know where the logs agree', () => {
    const [after, effects] = step(start()[0], sent(4, 0), advance(five));
    expect(effects).to.deep.equal([]);
    expect(after.context.log).to.deep.equal(logOf(five));
  });

  it('goes back by a whole term when the hint allows, and asks again', () => {
    const [after, effects] = step(start()[0], refuse(4, 3, 1));
    expect(after.context.nextIndex).to.equal(3);
    expect(effects).to.deep.equal([append({ prev: [2, 1] })]);
  });

  it('goes back by one at least, whatever the hint says', () => {
    const [after] = step(start()[0], refuse(4, 9, 9));
    expect(after.context.nextIndex).to.equal(4);
  });

  it('goes back to the first entry for an empty log, and no further', () => {
    const [after, effects] = step(start()[0], refuse(4, 0, 0));
    expect(after.context.nextIndex).to.equal(1);
    expect(effects).to.deep.equal([append({ prev: [0, 0] })]);
    expect(step(after, refuse(0, 0, 0))[1]).to.deep.equal([]);
  });

  it('hears a refusal once: its repetition answers a question that is not asked any more', () => {
    const [after, effects] = step(start()[0], refuse(4, 3, 1), refuse(4, 3, 1));
    expect(after.context.nextIndex).to.equal(3);
    expect(effects).to.deep.equal([]);
  });

  it('asks again with every heartbeat: a lost question costs one', () => {
    const [, effects] = step(start()[0], timerEvent(heartbeat));
    expect(effects).to.deep.equal([beats[0], append({ prev: [4, 3] }), beats[1]]);
  });

  it('replicates from where the logs agree, and says so', () => {
    const [after, effects] = step(start()[0], refuse(4, 3, 1), accept(2));
    expect(after.value).to.deep.equal({ flow: { replicate: 'sending' }, pulse: 'beating' });
    expect(after.context).to.include({ matchIndex: 2, nextIndex: 3 });
    expect(effects).to.deep.equal([report(2), append({ prev: [2, 1], entries: [2, 3] })]);
  });
});

describe('a replicator that replicates', () => {
  it('sends what is new as soon as it is there, without waiting for answers', () => {
    const [first, effects] = step(agreed(), advance(five));
    expect(effects).to.deep.equal([append({ prev: [4, 3], entries: [3], last: 5 })]);
    const [, next] = step(first, sent(5), advance([...five, 3], 2));
    expect(next).to.deep.equal([append({ prev: [5, 3], entries: [3], last: 6, commit: 2 })]);
  });

  it('goes on behind the frame that the slot cut', () => {
    const [after, effects] = step(agreed(), advance([...five, 3, 3]), sent(5));
    expect(effects).to.deep.equal([append({ prev: [5, 3], entries: [3, 3], last: 7 })]);
    expect(after.context.inflight).to.deep.equal([{ lastIndex: 5, bytes: 1 }]);
  });

  it('has so many frames in flight and no more', () => {
    const [after, effects] = step(
      agreed({ frames: 1, bytes: 100 }),
      advance([...five, 3]),
      sent(5),
    );
    expect(effects).to.deep.equal([]);
    expect(step(after, accept(5))[1]).to.deep.equal([
      report(5),
      append({ prev: [5, 3], entries: [3], last: 6 }),
    ]);
  });

  it('has so many bytes in flight, or one frame more', () => {
    const narrow = agreed({ frames: 64, bytes: 10 });
    expect(step(narrow, advance([...five, 3]), sent(5, 10))[1]).to.deep.equal([]);
    expect(step(narrow, advance([...five, 3]), sent(5, 9))[1]).to.have.length(1);
  });

  it('never lets matchIndex fall, however answers are reordered', () => {
    const [after] = step(agreed(), advance([...five, 3]), sent(6), accept(6), accept(5), accept(0));
    expect(after.context).to.deep.include({ matchIndex: 6, nextIndex: 7, inflight: [] });
  });

  it('finds a lost frame by the refusal of the heartbeat behind it', () => {
    const [waiting] = step(agreed(), advance(five), sent(5)); // The frame with entry 5 is lost.
    const [beating, beat] = step(waiting, timerEvent(heartbeat));
    expect(beat).to.deep.include(append({ prev: [5, 3], last: 5 }));
    const [probing, again] = step(beating, refuse(5, 4, 3));
    expect(again).to.deep.equal([append({ prev: [4, 3], last: 5 })]);
    expect(probing.context.inflight).to.deep.equal([]);
    expect(step(probing, accept(4))[1]).to.deep.include(
      append({ prev: [4, 3], entries: [3], last: 5 }),
    );
  });

  it('does not mind a late refusal of what has matched since', () => {
    const [after, effects] = step(agreed(), refuse(3, 2, 1), refuse(2, 0, 0));
    expect(effects).to.deep.equal([]);
    expect(after.context).to.include({ matchIndex: 4, nextIndex: 5 });
  });

  it('gives a peer again what it had acknowledged and came back without (a bug: it never did)', () => {
    // The peer lost entries 3 and 4; it refuses the newest heartbeat, which is behind them.
    const [probing, asks] = step(agreed(), refuse(4, 2, 1));
    expect(asks).to.deep.equal([append({ prev: [2, 1] })]);
    expect(probing.context).to.include({ matchIndex: 0, nextIndex: 3 });
    const [, effects] = step(probing, accept(2));
    expect(effects).to.deep.equal([report(2), append({ prev: [2, 1], entries: [2, 3] })]);
  });

  it('loses a round trip and nothing else to a late refusal of the newest question', () => {
    const [probing] = step(agreed(), refuse(4, 2, 1));
    const [again, effects] = step(probing, accept(4));
    expect(effects).to.deep.equal([report(4)]);
    expect(again.context).to.deep.include({ matchIndex: 4, nextIndex: 5, inflight: [] });
  });
});

describe('the pulse', () => {
  it('beats at once for a read, with its round, and starts its clock anew', () => {
    const [, effects] = step(agreed(), { type: 'leader.confirming', round: 7 });
    expect(effects).to.deep.equal([beats[0], append({ prev: [4, 3], round: 7 }), beats[1]]);
  });

  it('carries the newest commitIndex', () => {
    const [, effects] = step(agreed(), advance(terms, 4), timerEvent(heartbeat));
    expect(effects).to.deep.include(append({ prev: [4, 3], commit: 4 }));
  });

  it('goes on while the window is full: a peer that is behind still hears its leader', () => {
    const [full] = step(agreed({ frames: 1, bytes: 1 }), advance([...five, 3]), sent(5));
    expect(step(full, timerEvent(heartbeat))[1]).to.deep.include(append({ prev: [5, 3], last: 6 }));
  });
});

describe('a replicator whose peer needs what was compacted (§7)', () => {
  const compacted = () =>
    replicators.start({
      ...base,
      log: {
        ...emptyLog,
        snapshotIndex: 3,
        snapshotTerm: 2,
        lastIndex: 4,
        runs: [{ firstIndex: 4, term: 3 }],
      },
      window: wide,
    })[0];

  it('keeps its place and sends no entries, but goes on beating', () => {
    const [after, effects] = step(compacted(), refuse(4, 1, 1));
    expect(after.value).to.deep.equal({ flow: { snapshot: 'opening' }, pulse: 'beating' });
    expect(effects).to.deep.include({ openSnapshot: { peer: 'b' } });
    expect(effects.some((effect) => 'sendAppend' in effect)).to.equal(false);
    expect(step(after, timerEvent(heartbeat))[1]).to.deep.include(
      append({ prev: [3, 2], last: 4 }),
    );
  });
});
