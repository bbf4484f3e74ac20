/** The gateway and reads: nothing is answered from a state that may be too old for who asked. */
import { expect } from 'chai';
import type { ClientRequest } from '../../transport/client-protocol.ts';
import { aGateway, read } from './a-gateway.ts';

describe('gateway: reads', () => {
  it('thesis §6.4: serves a read from a state that has applied its ReadIndex', () => {
    const { submit, turn, reply, readers, answers, sent } = aGateway();
    submit(read(1), read(2));
    turn();
    expect(sent).to.deep.equal([{ type: 'client.read', batch: 2 }]);

    reply({ kind: 'readable', batch: 2, readIndex: 6 });
    expect(answers).to.deep.equal([]);
    expect(readers[0]?.index).to.equal(6);
    readers[0]?.callback(7);

    expect(answers).to.deep.equal([
      { id: 1, ok: true, index: 7, result: { machine: 'kv', query: 1 } },
      { id: 2, ok: true, index: 7, result: { machine: 'kv', query: 2 } },
    ]);
  });

  it('never answers a read from a ReadIndex that was asked for before it arrived (etcd/raft #397)', () => {
    const { submit, turn, reply, readers, outcomes, sent } = aGateway();
    submit(read(1));
    turn();

    // Another read while batch 2 is outstanding
    submit(read(2));
    turn();
    expect(sent).to.have.lengthOf(1);
    reply({ kind: 'readable', batch: 2, readIndex: 6 });
    readers[0]?.callback(6);
    expect(outcomes()).to.deep.equal(['1 ok']);

    turn();
    const second = sent[1];
    expect(second).to.include({ type: 'client.read' });
    reply({ kind: 'readable', batch: second?.batch ?? 0, readIndex: 7 });
    readers[1]?.callback(7);
    expect(outcomes()).to.deep.equal(['1 ok', '2 ok']);
  });

  it('answers long reads in turns of about a MiB, so that heartbeats are not held up for all of them', () => {
    const { submit, turn, reply, outcomes, readers, chart, gateway } = aGateway();
    chart.query = () => 'x'.repeat(600 << 10);
    submit(read(1), read(2), read(3), read(4), read(5));
    turn();
    reply({ kind: 'readable', batch: 2, readIndex: 6 });

    readers[0]?.callback(6);
    expect(outcomes()).to.deep.equal(['1 ok', '2 ok']);

    turn();
    expect(readers[1]?.index).to.equal(6);
    readers[1]?.callback(7);
    expect(outcomes()).to.deep.equal(['1 ok', '2 ok', '3 ok', '4 ok']);

    gateway.stop();
    turn();
    expect(outcomes().at(-1)).to.equal('5 ERR_STOPPED not-applied');
    expect(readers).to.have.lengthOf(2);
  });

  it('refuses the reads of a refused batch and goes on with the next', () => {
    const { submit, turn, reply, outcomes, sent } = aGateway();
    submit(read(1));
    turn();
    submit(read(2));
    turn();

    reply({ kind: 'refused', batch: 2, leader: null });
    turn();

    expect(outcomes()).to.deep.equal(['1 ERR_NOT_LEADER not-applied']);
    expect(sent).to.have.lengthOf(2);
  });

  it('refuses waiting reads when leadership ends, keeps confirmed ones, ignores a late answer', () => {
    const { submit, turn, reply, outcomes, readers } = aGateway();
    submit(read(1));
    turn();
    reply({ kind: 'readable', batch: 2, readIndex: 6 });
    submit(read(2));
    turn();
    submit(read(3));

    reply({ kind: 'abandoned', leader: 'n2' });
    turn();
    reply({ kind: 'readable', batch: 4, readIndex: 9 });
    readers[0]?.callback(6);

    expect(outcomes()).to.deep.equal([
      '2 ERR_NOT_LEADER not-applied',
      '3 ERR_NOT_LEADER not-applied',
      '1 ok',
    ]);
    expect(readers).to.have.lengthOf(1);
  });

  it('says ERR_STATE_BEHIND when the state stays behind, and answers nothing from it', () => {
    const { submit, turn, reply, outcomes, clock, readers } = aGateway();
    submit(read(1));
    turn();
    reply({ kind: 'readable', batch: 2, readIndex: 6 });
    clock.runUntil(2_000);
    expect(outcomes()).to.deep.equal(['1 ERR_STATE_BEHIND not-applied']);
    expect(readers, 'nobody waits any more').to.deep.equal([]);
  });

  it('answers `local` from what is applied here, once that has what the token names', () => {
    const { submit, sent, turn, readers, outcomes } = aGateway();
    submit({ ...read(1), consistency: 'local', atLeast: 7 } as ClientRequest);
    turn();
    expect(sent).to.deep.equal([]);
    expect(readers.map(({ index }) => index)).to.deep.equal([7]);
    readers[0]?.callback(7);
    expect(outcomes()).to.deep.equal(['1 ok']);
  });

  it('refuses a token beyond the ReadIndex, which nobody was ever given, and none beside it', () => {
    const { submit, turn, reply, readers, outcomes } = aGateway();
    submit(
      { ...read(1), atLeast: 7 } as ClientRequest,
      { ...read(2), atLeast: 6 } as ClientRequest,
      { ...read(3), consistency: 'lease', atLeast: 7 } as ClientRequest,
    );
    turn();
    reply({ kind: 'readable', batch: 2, readIndex: 6 });
    reply({ kind: 'readable', batch: 3, readIndex: 6 });
    readers[0]?.callback(6);
    expect(outcomes().sort()).to.deep.equal([
      '1 ERR_FUTURE_REVISION not-applied',
      '2 ok',
      '3 ERR_FUTURE_REVISION not-applied',
    ]);
  });

  it('asks for a lease, and for a round where there is none: that promises more', () => {
    const { submit, turn, reply, sent, readers } = aGateway();
    submit({ ...read(1), consistency: 'lease' } as ClientRequest);
    turn();
    expect(sent).to.deep.equal([{ type: 'client.leaseRead', batch: 2 }]);
    reply({ kind: 'unleased', batch: 2 });
    turn();
    expect(sent.at(-1)).to.deep.include({ type: 'client.read' });
    reply({ kind: 'readable', batch: sent.at(-1)?.batch ?? 0, readIndex: 3 });
    expect(readers.map(({ index }) => index)).to.deep.equal([3]);
  });

  it('serves by a lease what asks for one, beside a round for the rest', () => {
    const { submit, turn, reply, sent, readers } = aGateway();
    submit(read(1), { ...read(2), consistency: 'lease' } as ClientRequest);
    turn();
    expect(sent.map(({ type }) => type)).to.deep.equal(['client.leaseRead', 'client.read']);
    reply({ kind: 'readable', batch: 2, readIndex: 3 });
    expect(readers).to.have.length(1);
  });

  it('says ERR_OVERLOADED when the applier takes no more waiting reads', () => {
    const { submit, turn, reply, outcomes, chart } = aGateway();
    chart.canWait = false;
    submit(read(1));
    turn();

    reply({ kind: 'readable', batch: 2, readIndex: 6 });

    expect(outcomes()).to.deep.equal(['1 ERR_OVERLOADED not-applied']);
  });
});
