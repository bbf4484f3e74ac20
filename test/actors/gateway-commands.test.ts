/** The gateway and commands: one event per turn, one answer per request, and never a wrong outcome. */
import { expect } from 'chai';
import type { AppliedResult } from '../../replicated/results.ts';
import { accepted, aGateway, command, ok, open, read } from './a-gateway.ts';

describe('gateway: commands', () => {
  it('makes all commands of one turn one batch, each stringified once, in order', () => {
    const { submit, turn, sent } = aGateway();

    submit(command(1), open(2), command(3));
    expect(sent).to.deep.equal([]);
    turn();

    expect(sent).to.deep.equal([
      {
        type: 'client.command',
        batch: 1,
        count: 3,
        payload: [
          '{"kind":"command","session":5,"seq":1,"doneBelow":1,"machine":"kv","command":1}',
          '{"kind":"session","ttlMs":60000,"maxSessions":9}',
          '{"kind":"command","session":5,"seq":3,"doneBelow":1,"machine":"kv","command":3}',
        ],
      },
    ]);
  });

  it('acknowledges only when applied, each by its index, and a session by its id', () => {
    const { submit, turn, reply, applied, answers, gateway } = aGateway();
    submit(command(1), open(2));
    turn();
    reply(accepted(1, 8, 2));
    expect(answers).to.deep.equal([]);

    applied(ok(7, 2), ok(8, 2, 'done'));
    applied(ok(9, 2, 9), ok(10, 2));

    expect(answers).to.deep.equal([
      { id: 1, ok: true, index: 8, result: 'done' },
      { id: 2, ok: true, session: 9 },
    ]);
    expect(gateway.pendingCount).to.equal(0);
  });

  it('answers across batches, when a turn applies the end of one and the start of the next', () => {
    const { submit, turn, reply, applied, outcomes } = aGateway();
    submit(command(1), command(2));
    turn();
    reply(accepted(1, 1, 1));
    submit(command(3));
    turn();
    reply(accepted(2, 3, 1));

    applied(ok(1, 1));
    applied(ok(2, 1), ok(3, 1));

    expect(outcomes()).to.deep.equal(['1 ok', '2 ok', '3 ok']);
  });

  it('answers a retry with the index and the result of the first application', () => {
    const { submit, turn, reply, applied, answers } = aGateway();
    submit(command(1));
    turn();
    reply(accepted(1, 20, 1));

    applied({ index: 20, term: 1, result: { ok: true, index: 3, value: 'first' } });

    expect(answers).to.deep.equal([{ id: 1, ok: true, index: 3, result: 'first' }]);
  });

  it('appends a command once that is sent twice while in flight, and answers both requests', () => {
    const { submit, turn, reply, applied, sent, outcomes } = aGateway();
    submit(command(1, 7), command(2, 7));
    turn();
    reply(accepted(1, 4, 1));
    submit(command(3, 7));
    turn();

    applied(ok(4, 1));

    expect(sent).to.have.lengthOf(1);
    expect(sent[0]).to.include({ count: 1 });
    expect(outcomes()).to.deep.equal(['1 ok', '2 ok', '3 ok']);
  });

  it('sends a command again that comes again after it was answered', () => {
    const { submit, turn, reply, sent } = aGateway();
    submit(command(1, 7));
    turn();
    reply({ kind: 'refused', batch: 1, leader: null });

    submit(command(2, 7));
    turn();

    expect(sent).to.have.lengthOf(2);
  });

  it('redirects to the leader when the chart refuses, and nothing was applied', () => {
    const { submit, turn, reply, answers } = aGateway();
    submit(command(1));
    turn();

    reply({ kind: 'refused', batch: 1, leader: 'n2' });

    expect(answers[0]).to.include({
      code: 'ERR_NOT_LEADER',
      outcome: 'not-applied',
      retryable: true,
    });
    expect(answers[0]).to.deep.include({ leader: { id: 'n2', client: 'n2:7400' } });
  });

  it('says `unknown` for what was accepted when leadership ends, `not-applied` for the rest', () => {
    const { submit, turn, reply, outcomes, answers, gateway } = aGateway();
    submit(command(1));
    turn();
    reply(accepted(1, 8, 2));
    submit(command(2));

    reply({ kind: 'abandoned', leader: 'n3' });
    turn();

    expect(outcomes()).to.deep.equal(['1 ERR_LEADER_LOST unknown', '2 ERR_NOT_LEADER not-applied']);
    expect(answers[0]).to.include({ retryable: true });
    expect(gateway.pendingCount).to.equal(0);
  });

  it('never says `unknown` of an entry that is known to be committed (I39)', () => {
    const { submit, turn, reply, applied, outcomes, chart } = aGateway();
    submit(command(1), command(2), command(3));
    turn();
    reply(accepted(1, 8, 2));
    applied(ok(8, 2));

    // Index 9 is committed and not yet applied when leadership ends.
    chart.commitIndex = 9;
    reply({ kind: 'abandoned', leader: null });
    applied(ok(9, 2));

    expect(outcomes()).to.deep.equal(['1 ok', '3 ERR_LEADER_LOST unknown', '2 ok']);
  });

  it('leaves a batch that the chart has not answered to the chart', () => {
    const { submit, turn, reply, outcomes } = aGateway();
    submit(command(1));
    turn();

    reply({ kind: 'abandoned', leader: null });
    expect(outcomes()).to.deep.equal([]);
    reply({ kind: 'refused', batch: 1, leader: null });

    expect(outcomes()).to.deep.equal(['1 ERR_NOT_LEADER not-applied']);
  });

  it('§5.3: an entry of another term at the index is another entry: not applied', () => {
    const { submit, turn, reply, applied, outcomes } = aGateway();
    submit(command(1));
    turn();
    reply(accepted(1, 8, 2));

    applied(ok(8, 3, 'of someone else'));

    expect(outcomes()).to.deep.equal(['1 ERR_LEADER_LOST not-applied']);
  });

  it('may be answered by the chart while it sends', () => {
    const { submit, turn, gateway, chart, outcomes } = aGateway();
    chart.onSend = (event) => {
      if (event.type === 'client.command') gateway.reply(accepted(event.batch, 1, 1));
      else gateway.reply({ kind: 'refused', batch: event.batch, leader: null });
    };
    submit(command(1), read(2));
    turn();

    gateway.applied([ok(1, 1)]);

    expect(outcomes()).to.deep.equal(['2 ERR_NOT_LEADER not-applied', '1 ok']);
  });

  const refusals: [AppliedResult & { ok: false }, string][] = [
    [{ ok: false, code: 'ERR_SESSION_EXPIRED', message: '' }, 'ERR_SESSION_EXPIRED unknown'],
    [{ ok: false, code: 'ERR_RESULT_DISCARDED', message: '' }, 'ERR_RESULT_DISCARDED unknown'],
    [{ ok: false, code: 'ERR_SESSION_FULL', message: '' }, 'ERR_SESSION_FULL not-applied'],
  ];
  for (const [result, expected] of refusals) {
    it(`passes on what the session table refused: ${expected}`, () => {
      const { submit, turn, reply, applied, outcomes } = aGateway();
      submit(command(1));
      turn();
      reply(accepted(1, 8, 2));

      applied({ index: 8, term: 2, result });

      expect(outcomes()).to.deep.equal([`1 ${expected}`]);
    });
  }
});
