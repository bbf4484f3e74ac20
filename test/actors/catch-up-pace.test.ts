/**
 * A peer that is far behind is given one full frame at a time, and the leader's event loop is anybody's
 * in between: whoever writes waits for one frame, and not for a window of them.
 */
import { expect } from 'chai';
import { createCatchUpPace, restShare } from '../../actors/catch-up-pace.ts';
import type { AppendEntries } from '../../machines/messages.ts';
import { HeldReplica } from '../support/held-replica.ts';
import { appendReply } from '../support/step.ts';

/** Leads a, b and c with 30 entries that c lacks, of which a frame holds few. */
function aLeaderWithAPeerBehind(): HeldReplica {
  const held = new HeldReplica({ limits: { maxFrameBytes: 500 } }).start().elect().settle();
  for (let id = 1; id <= 30; id += 1) held.submit({ id, op: 'open' }).settle();
  held.take();
  return held;
}

/** c agrees with the leader's log as far as it goes. */
function agree(held: HeldReplica): void {
  held.receive(appendReply({ from: 'c', term: held.context.currentTerm, matchIndex: 0 }));
}

/** The frames to c since the last look: their first entry and their last. */
const frames = (held: HeldReplica): [number, number][] =>
  held
    .take()
    .filter((message): message is AppendEntries => message.type === 'rpc.appendEntries')
    .filter(({ to, lastIndex, prevLogIndex }) => to === 'c' && lastIndex > prevLogIndex)
    .map(({ lastIndex, prevLogIndex }) => [prevLogIndex + 1, lastIndex]);

describe('a peer that is far behind', () => {
  it('is given one full frame in a turn of the event loop, and all of them in the end', () => {
    const held = aLeaderWithAPeerBehind();
    agree(held);
    let next = 1;
    let turns = 0;
    for (; next <= held.context.log.lastIndex; turns += 1) {
      const sent = frames(held);
      expect(sent).to.have.length(1);
      expect(sent[0]?.[0]).to.equal(next);
      next = (sent[0]?.[1] ?? 0) + 1;
      held.turn();
    }
    expect(turns).to.be.greaterThan(3);
    expect(frames(held)).to.deep.equal([]);
  });

  it('hears heartbeats meanwhile, which end no frame', () => {
    const held = aLeaderWithAPeerBehind();
    agree(held);
    expect(frames(held)).to.have.length(1);
    held.pass(200);
    const beats = held.take().filter(({ to }) => to === 'c');
    expect(beats.length).to.be.greaterThan(1);
    for (const beat of beats) {
      expect(beat).to.include({ type: 'rpc.appendEntries' });
      expect((beat as AppendEntries).lastIndex).to.equal((beat as AppendEntries).prevLogIndex);
    }
    held.turn();
    expect(frames(held)).to.have.length(1);
  });

  it('is given nothing more by a server that no longer leads', () => {
    const held = aLeaderWithAPeerBehind();
    agree(held);
    frames(held);
    const term = held.context.currentTerm + 1;
    held.receive(appendReply({ from: 'b', term, matchIndex: 0 }));
    expect(held.role).to.equal('follower.leaderless');
    held.turn().settle();
    expect(frames(held)).to.deep.equal([]);
    expect(held.faults).to.deep.equal([]);
  });
});

describe('the pace of catching up', () => {
  function aPace() {
    const world = { nowMs: 0, turns: [] as (() => void)[], timers: [] as [number, () => void][] };
    const pace = createCatchUpPace({
      clock: {
        setTimeout: (run, delayMs) => void world.timers.push([delayMs, run]),
        clearTimeout: () => undefined,
      },
      monotonicMs: () => world.nowMs,
      defer: (task) => void world.turns.push(task),
    });
    const reported: string[] = [];
    /** A frame to `peer` that takes `tookMs`. */
    const frame = (peer: string, tookMs: number, name: string): void => {
      const begunMs = pace.begin(peer);
      world.nowMs += tookMs;
      pace.rest(peer, begunMs, () => reported.push(name));
    };
    return { world, pace, reported, frame };
  }

  it('rests a few times as long as the frame took', () => {
    const { world, reported, frame } = aPace();
    frame('b', 8, 'b1');
    expect(world.timers.map(([delayMs]) => delayMs)).to.deep.equal([8 * restShare]);
    expect(reported).to.deep.equal([]);
    world.timers[0]?.[1]();
    expect(reported).to.deep.equal(['b1']);
  });

  it('rests a turn at least', () => {
    const { world, reported, frame } = aPace();
    frame('b', 0, 'b1');
    expect(reported).to.deep.equal([]);
    world.turns[0]?.();
    expect(reported).to.deep.equal(['b1']);
  });

  it('reports the newest frame to a peer alone, for an older one may have been refused', () => {
    const { world, reported, frame } = aPace();
    frame('b', 8, 'b1');
    frame('c', 8, 'c1');
    frame('b', 8, 'b2');
    for (const [, end] of world.timers) end();
    expect(reported).to.have.members(['c1', 'b2']);
  });

  it('reports nothing once it is stopped', () => {
    const { world, pace, reported, frame } = aPace();
    frame('b', 8, 'b1');
    pace.stop();
    world.timers[0]?.[1]();
    expect(reported).to.deep.equal([]);
  });
});
