/**
 * A slow or dead peer costs one window, and nobody waits for it: neither the quorum nor the memory of
 * the leader knows whether it is there.
 */
import { expect } from 'chai';
import { HeldReplica } from '../support/held-replica.ts';
import { appendReply } from '../support/step.ts';

const frames = 4;
const bytes = 4_000;
const limits = { maxInflightFrames: frames, maxInflightBytes: bytes, maxFrameBytes: 1_000 };

/** Leads with b, who acknowledges everything at once, and c, who never says a word. */
class Leader {
  readonly held = new HeldReplica({ limits }).start().elect().settle();
  /** The most that was ever in flight to c, by frames and by bytes, and held in the outbox. */
  readonly most = { frames: 0, bytes: 0, held: 0 };
  entriesToC = 0;

  constructor() {
    // Both are there at first: c falls silent once the logs agree.
    for (const from of ['b', 'c']) this.#acknowledge(from);
  }

  write(id: number): void {
    this.held.submit({ id, op: 'open' }).settle();
    this.#acknowledge('b');
    this.#look();
  }

  #acknowledge(from: string): void {
    const { currentTerm: term, log } = this.held.context;
    this.held.receive(appendReply({ from, term, matchIndex: log.lastIndex })).settle();
  }

  #look(): void {
    const replicator = this.held.replica.server.getSnapshot().children['replicator.c'];
    const { inflight = [] } = replicator?.getSnapshot().context ?? {};
    const inBytes = inflight.reduce((sum, frame) => sum + frame.bytes, 0);
    this.most.frames = Math.max(this.most.frames, inflight.length);
    this.most.bytes = Math.max(this.most.bytes, inBytes);
    this.most.held = Math.max(this.most.held, this.held.replica.usage.heldMessages);
    for (const message of this.held.take()) {
      if (message.type !== 'rpc.appendEntries' || message.to !== 'c') continue;
      this.entriesToC += message.lastIndex - message.prevLogIndex;
    }
  }
}

describe('a peer that never acknowledges', () => {
  it('is sent one window of frames and bytes, and not one more', () => {
    const leader = new Leader();
    for (let id = 1; id <= 200; id += 1) leader.write(id);
    expect(leader.most.frames).to.equal(frames);
    // What is cut last may pass the bound by one frame.
    expect(leader.most.bytes).to.be.at.most(bytes + limits.maxFrameBytes);
    expect(leader.entriesToC).to.be.below(50);
  });

  it('delays no commit: each write is acknowledged as soon as the other peer has it', () => {
    const leader = new Leader();
    for (let id = 1; id <= 200; id += 1) {
      leader.write(id);
      expect(leader.held.answers).to.have.length(id);
    }
    const { commitIndex, log } = leader.held.context;
    expect(commitIndex).to.equal(log.lastIndex);
  });

  it('leaves nothing behind in the outbox, nor in the account of uncommitted commands', () => {
    const leader = new Leader();
    for (let id = 1; id <= 200; id += 1) leader.write(id);
    expect(leader.most.held).to.equal(0);
    expect(leader.held.replica.usage).to.include({ heldMessages: 0, uncommittedBytes: 0 });
  });
});
