/** §8, client interaction. */
import { expect } from 'chai';
import { HeldReplica } from '../support/held-replica.ts';
import {
  aCandidate,
  aFollower,
  aLeader,
  appendReply,
  command,
  persists,
  replies,
  step,
  voteReply,
} from '../support/step.ts';
import { paper } from './sentences.ts';

describe('§8 Client interaction', () => {
  paper('8-1', () => {
    const refused = (leader: string | null) => replies({ kind: 'refused', batch: 4, leader });
    expect(step(aFollower({ leader: 'c' }), command(4))[1]).to.deep.equal([refused('c')]);
    expect(step(aCandidate(), command(4))[1]).to.deep.equal([refused(null)]);
  });

  paper('8-2', () => {
    const held = new HeldReplica({ voters: ['a'] }).start();
    while (held.role !== 'leader') held.pass(50).settle();
    held.submit({ id: 1, op: 'open' }).settle();
    const session = held.answers.flatMap((answer) =>
      'session' in answer ? [answer.session] : [],
    )[0]!;
    const put = (id: number, seq: number, json: string) =>
      held
        .submit({
          ...{ id, op: 'command', session, seq, doneBelow: 1, machine: 'kv' },
          command: { put: { key: 'x', value: { json } } },
        })
        .settle();
    put(2, 1, '1');
    put(3, 2, '2');
    put(4, 1, '1'); // Sent again: its answer got lost.
    held.submit({ id: 5, op: 'read', machine: 'kv', query: { get: { key: 'x' } } }).settle();
    const [, first, , again, seen] = held.answers;
    expect(again).to.deep.equal({ ...first, id: 4 });
    expect(JSON.stringify(seen)).to.include('"json":"2"'); // Not 1 again.
  });

  paper('8-3', () => {
    const [after, effects] = step(
      aCandidate({ term: 2, log: [1] }),
      voteReply({ term: 2 }),
      voteReply({ term: 2, from: 'a' }),
    );
    expect(after.context.log.lastIndex).to.equal(2);
    expect(effects).to.deep.include(
      persists({ kind: 'proposed', write: 2, firstIndex: 2, lastIndex: 2, term: 2, payload: null }),
    );
  });

  paper('8-4', () => {
    const [asked, effects] = step(aLeader({ open: true }), { type: 'client.read', batch: 1 });
    expect(effects).to.deep.equal([
      { tell: 'replicator.b', event: { type: 'leader.confirming', round: 1 } },
      { tell: 'replicator.c', event: { type: 'leader.confirming', round: 1 } },
    ]);
    expect(step(asked, appendReply({ from: 'c', round: 1 }))[1]).to.deep.include(
      replies({ kind: 'readable', batch: 1, readIndex: 1 }),
    );
  });
});
