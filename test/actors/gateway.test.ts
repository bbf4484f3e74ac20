/** What the gateway refuses at the border, and what it answers without asking anybody. */
import { expect } from 'chai';
import type { ClientRequest } from '../../transport/client-protocol.ts';
import { accepted, aGateway, command, ok, open, read } from './a-gateway.ts';

describe('gateway: the border', () => {
  it('refuses an unknown machine, a doneBelow above seq and what is too large, before the log', () => {
    const { gateway, submit, turn, sent, outcomes } = aGateway({ maxCommandBytes: 200 });

    submit({ id: 1, op: 'command', session: 1, seq: 1, doneBelow: 1, machine: 'x', command: 1 });
    submit({ id: 2, op: 'command', session: 1, seq: 1, doneBelow: 2, machine: 'kv', command: 1 });
    submit(command(3, 3, 'x'.repeat(200)), command(4, 4, 'ä'.repeat(100)));
    turn();

    expect(outcomes()).to.deep.equal([
      '1 ERR_INVALID_COMMAND not-applied',
      '2 ERR_INVALID_COMMAND not-applied',
      '3 ERR_TOO_LARGE not-applied',
      '4 ERR_TOO_LARGE not-applied',
    ]);
    expect(sent).to.deep.equal([]);
    expect(gateway.pendingCount).to.equal(0);
  });

  it('takes a command of exactly maxCommandBytes, in UTF-8', () => {
    const overhead = 80; // of seq 1, without its value
    const { submit, turn, outcomes, sent } = aGateway({ maxCommandBytes: overhead + 100 });

    submit(command(1, 1, 'ä'.repeat(50)), command(2, 2, 'ä'.repeat(50) + 'x'));
    turn();

    expect(outcomes()).to.deep.equal(['2 ERR_TOO_LARGE not-applied']);
    expect(sent[0]).to.include({ count: 1 });
  });

  it('refuses past maxPending with ERR_OVERLOADED before anything is appended', () => {
    const { submit, turn, sent, outcomes, reply, applied } = aGateway({ maxPending: 2 });

    submit(command(1), read(2), command(3), command(4, 1));
    turn();
    expect(outcomes()).to.deep.equal([
      '3 ERR_OVERLOADED not-applied',
      '4 ERR_OVERLOADED not-applied',
    ]);
    expect(sent[0]).to.include({ count: 1 });

    // Room again once one is answered
    reply(accepted(1, 1, 1));
    applied(ok(1, 1));
    submit(command(5));
    turn();
    expect(sent.at(-1)).to.include({ type: 'client.command', count: 1 });
  });

  it('refuses past maxUncommittedBytes before anything is appended, and says when to try again', () => {
    const { submit, turn, sent, answers, outcomes, gateway } = aGateway({
      maxUncommittedBytes: 200,
    });
    submit(command(1), command(2));
    turn();
    expect(sent).to.have.length(1);
    expect(sent[0]).to.include({ count: 1 });
    expect(outcomes()).to.deep.equal(['2 ERR_OVERLOADED not-applied']);
    expect(answers[0]).to.include({ retryable: true, retryAfterMs: 100 });
    expect(gateway.uncommittedBytes).to.equal(79);
  });

  it('always takes a command of a server that holds none, however large', () => {
    const { submit, turn, sent } = aGateway({ maxUncommittedBytes: 10 });
    submit(command(1));
    turn();
    expect(sent[0]).to.include({ count: 1 });
  });

  it('refuses commands, sessions and ticks while the disk is short of space, and serves reads', () => {
    const { submit, turn, sent, outcomes, chart, gateway } = aGateway();
    submit(command(1));
    chart.isShort = true;
    submit(command(2), open(3), read(4), command(5, 1));
    gateway.tick();
    turn();
    expect(outcomes(), 'even what came before, and its retry').to.have.members(
      [1, 2, 3, 5].map((id) => `${id} ERR_STORAGE_FULL not-applied`),
    );
    expect(sent.map(({ type }) => type)).to.deep.equal(['client.read']);
    chart.isShort = false;
    submit(command(6));
    turn();
    expect(sent.at(-1)).to.include({ type: 'client.command', count: 1 });
  });

  it('I46: refuses what was held for a new leader, when the disk ran short meanwhile', () => {
    const { submit, turn, sent, outcomes, chart, gateway } = aGateway();
    submit(command(1));
    turn();
    gateway.reply({ kind: 'held', batch: Number(sent[0]?.batch) });
    chart.isShort = true;
    gateway.reply({ kind: 'resumed' });
    turn();
    expect(outcomes()).to.deep.equal(['1 ERR_STORAGE_FULL not-applied']);
    expect(sent).to.have.length(1);
  });

  it('lets one session that floods have half, so that another still finds room', () => {
    const { submit, turn, sent, outcomes } = aGateway({ maxUncommittedBytes: 1_000 });
    submit(...Array.from({ length: 50 }, (_, i) => command(i + 1)));
    submit({ ...command(51), session: 6 } as ClientRequest);
    turn();
    const refused = outcomes().length;
    expect(sent[0]).to.include({ count: 51 - refused });
    expect(51 - refused).to.be.within(6, 8);
    expect(outcomes()).not.to.include('51 ERR_OVERLOADED not-applied');
  });

  it('lets sessions take turns within a batch, each in its own order', () => {
    const { submit, turn, sent } = aGateway();
    const of = (session: number, ...seqs: number[]): ClientRequest[] =>
      seqs.map((seq) => ({ ...command(seq), session }) as ClientRequest);
    submit(...of(1, 1, 2, 3, 4), ...of(2, 11), ...of(3, 21, 22));
    turn();
    const payload = sent[0]?.type === 'client.command' ? sent[0].payload : null;
    const order = (payload as string[]).map(
      (text) => (JSON.parse(text) as { command: number }).command,
    );
    expect(order).to.deep.equal([1, 11, 21, 2, 22, 3, 4]);
  });

  it('gives back what commands held, however they ended: nothing leaks', () => {
    const world = aGateway();
    const { submit, turn, reply, applied, gateway, chart } = world;
    submit(command(1), command(2, 1), open(3), command(4)); // 2 joins 1.
    turn();
    reply(accepted(1, 1, 1));
    applied(ok(1, 1), ok(2, 1));
    applied({ index: 3, term: 1, result: { ok: false, code: 'ERR_SESSION_FULL', message: '' } });
    expect(gateway.uncommittedBytes, 'applied, and refused by its session').to.equal(0);

    submit(command(5), command(6));
    turn();
    reply({ kind: 'refused', batch: 2, leader: 'b' });
    expect(gateway.uncommittedBytes, 'refused by the chart').to.equal(0);

    submit(command(7), command(8));
    turn();
    reply(accepted(3, 4, 1));
    submit(command(9));
    chart.commitIndex = 4;
    reply({ kind: 'abandoned', leader: null });
    expect(gateway.uncommittedBytes, 'what is committed is still to be applied').to.equal(79);
    applied(ok(4, 2));
    expect(gateway.uncommittedBytes, 'overwritten').to.equal(0);

    submit(command(10));
    gateway.stop();
    expect(gateway.uncommittedBytes, 'stopped').to.equal(0);
    expect(gateway.pendingCount).to.equal(0);
  });

  it('answers status at once, also when it is full', () => {
    const { submit, answers } = aGateway({ maxPending: 0 });

    submit({ id: 9, op: 'status' });

    expect(answers).to.deep.equal([{ id: 9, ok: true, status: { role: 'leader' } }]);
  });

  it('gives a sign of life at once, however much waits, and says when its leader gives none', () => {
    const { submit, answers, chart } = aGateway({ maxPending: 0 });
    submit({ id: 9, op: 'ping' });
    chart.inTouch = false;
    submit({ id: 10, op: 'ping' });
    expect(answers).to.deep.equal([
      { id: 9, ok: true, inTouch: true },
      { id: 10, ok: true, inTouch: false },
    ]);
  });

  it('sends nobody to a leader that has fallen silent: they would wait there in vain', () => {
    const { submit, turn, reply, answers, chart } = aGateway();
    chart.inTouch = false;
    submit(command(1));
    turn();
    reply({ kind: 'refused', batch: 1, leader: 'b' });
    expect(answers[0]).to.deep.include({ code: 'ERR_NOT_LEADER', leader: null });
  });

  it('answers everything that waits when it stops, and everything after', () => {
    const { gateway, submit, turn, reply, outcomes, readers } = aGateway();
    submit(command(1), read(2));
    turn();
    reply(accepted(1, 1, 1));
    reply({ kind: 'readable', batch: 2, readIndex: 1 });
    submit(command(3), read(4));
    turn();
    submit(command(5), read(6));

    gateway.stop();
    submit(command(7), { id: 8, op: 'status' });
    turn();
    readers[0]?.callback(1);

    expect(outcomes().sort()).to.deep.equal([
      '1 ERR_STOPPED unknown',
      '2 ERR_STOPPED not-applied',
      '3 ERR_STOPPED unknown',
      '4 ERR_STOPPED not-applied',
      '5 ERR_STOPPED not-applied',
      '6 ERR_STOPPED not-applied',
      '7 ERR_STOPPED not-applied',
      '8 ERR_STOPPED not-applied',
    ]);
    expect(gateway.pendingCount).to.equal(0);
  });
});
