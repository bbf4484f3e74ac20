/** The outbox: no message leaves before what it promises is on disk. */
import { expect } from 'chai';
import { createOutbox, maxHeld } from '../../actors/outbox.ts';
import type { Message } from '../../machines/messages.ts';
import { appendReply, voteReply } from '../support/step.ts';

function anOutbox() {
  const left: Message[] = [];
  const outbox = createOutbox((message) => left.push(message));
  return { outbox, left };
}

const vote = (term: number) => voteReply({ from: 'a', to: 'b', term });
const ack = (matchIndex: number, term = 1) => appendReply({ from: 'a', to: 'b', term, matchIndex });

describe('the outbox', () => {
  it('holds nothing back when nothing is being written', () => {
    const { outbox, left } = anOutbox();
    outbox.hold({ after: 'term', messages: [vote(1)] });
    outbox.hold({ after: 'log', messages: [ack(1)] });
    expect(left).to.deep.equal([vote(1), ack(1)]);
  });

  it('holds a vote until the write of the vote is durable', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, 2);
    outbox.hold({ after: 'term', messages: [vote(2)] });
    expect(left).to.deep.equal([]);
    outbox.release(1);
    expect(left).to.deep.equal([vote(2)]);
  });

  it('holds an acknowledgement until the newest write is durable, of whatever kind', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, null);
    outbox.wrote(2, null);
    outbox.hold({ after: 'log', messages: [ack(2)] });
    outbox.release(1);
    expect(left).to.deep.equal([]);
    outbox.release(2);
    expect(left).to.deep.equal([ack(2)]);
  });

  it('lets what speaks for the term alone pass while entries are being written', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, null);
    outbox.hold({ after: 'log', messages: [ack(1)] });
    outbox.hold({ after: 'term', messages: [ack(0)] });
    expect(left).to.deep.equal([ack(0)]);
  });

  it('keeps the order of emission in each lane', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, 1);
    outbox.hold({ after: 'log', messages: [ack(1), ack(2)] });
    outbox.hold({ after: 'log', messages: [ack(3)] });
    outbox.release(1);
    expect(left).to.deep.equal([ack(1), ack(2), ack(3)]);
  });

  it('does not release a later write with an earlier one', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, null);
    outbox.hold({ after: 'log', messages: [ack(1)] });
    outbox.wrote(2, null);
    outbox.hold({ after: 'log', messages: [ack(2)] });
    outbox.release(1);
    expect(left).to.deep.equal([ack(1)]);
  });

  it('drops what was held in an older term: the server has promised otherwise since', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, 2);
    outbox.hold({ after: 'term', messages: [vote(2)] });
    outbox.hold({ after: 'log', messages: [ack(3, 2)] });
    outbox.wrote(2, 3);
    outbox.hold({ after: 'term', messages: [vote(3)] });
    outbox.release(2);
    expect(left).to.deep.equal([vote(3)]);
  });

  it('delivers in order what a delivery itself gives rise to', () => {
    const left: Message[] = [];
    const outbox = createOutbox((message) => {
      left.push(message);
      // The server's own vote elects it, and what the leader says comes behind what was held.
      if (message.to === 'a') outbox.hold({ after: 'term', messages: [ack(9)] });
    });
    outbox.wrote(1, 1);
    outbox.hold({ after: 'term', messages: [{ ...vote(1), to: 'a' }, vote(1)] });
    outbox.release(1);
    expect(left).to.deep.equal([{ ...vote(1), to: 'a' }, vote(1), ack(9)]);
  });

  it('has a bound: past it a message is lost, as on a network', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, null);
    const messages = Array.from({ length: maxHeld + 1 }, (_, i) => ack(i + 1));
    outbox.hold({ after: 'log', messages });
    outbox.release(1);
    expect(left).to.have.length(maxHeld);
    expect(left.at(-1)).to.deep.equal(ack(maxHeld));
  });

  it('lets nothing leave that was held when the server failed', () => {
    const { outbox, left } = anOutbox();
    outbox.wrote(1, 1);
    outbox.hold({ after: 'term', messages: [vote(1)] });
    outbox.hold({ after: 'log', messages: [ack(1)] });
    outbox.clear();
    outbox.release(1);
    expect(left).to.deep.equal([]);
  });
});
