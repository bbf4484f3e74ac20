/** The gateway while leadership is handed over: nothing is lost, and nothing is done twice. */
import { expect } from 'chai';
import type { ClientRequest } from '../../transport/client-protocol.ts';
import { accepted, aGateway, command, ok } from './a-gateway.ts';

describe('gateway: leadership transfer (thesis §3.10)', () => {
  const move = (id: number, target: string | null = null): ClientRequest => {
    return { id, op: 'moveLeader', target };
  };

  it('holds the commands that come meanwhile, and sends them again, in order, when it is over', () => {
    const { submit, turn, reply, sent, outcomes, applied } = aGateway();
    submit(command(1));
    turn();
    reply({ kind: 'held', batch: 1 });
    submit(command(2));
    turn();
    expect(sent).to.have.length(1);

    reply({ kind: 'resumed' });
    turn();

    expect(sent.at(-1)).to.include({ type: 'client.command', count: 2 });
    reply(accepted(3, 6, 1));
    applied(ok(6, 1), ok(7, 1));
    expect(outcomes()).to.deep.equal(['1 ok', '2 ok']);
  });

  it('sends what was held to the new leader: nothing of it was appended here', () => {
    const { submit, turn, reply, answers } = aGateway();
    submit(command(1));
    turn();
    reply({ kind: 'held', batch: 1 });

    reply({ kind: 'abandoned', leader: 'b' });

    expect(answers).to.have.length(1);
    expect(answers[0]).to.deep.include({ code: 'ERR_NOT_LEADER', outcome: 'not-applied' });
    expect(answers[0]).to.deep.include({ leader: { id: 'b', client: 'b:7400' } });
  });

  it('bounds what is held like what is gathered: a session may wait, a flood may not', () => {
    const { submit, turn, reply, outcomes } = aGateway({ maxPending: 2 });
    submit(command(1));
    turn();
    reply({ kind: 'held', batch: 1 });
    submit(command(2), command(3));
    expect(outcomes()).to.deep.equal(['3 ERR_OVERLOADED not-applied']);
  });

  it('tells who asked for it once leadership has ended, and who leads', () => {
    const { submit, reply, sent, answers } = aGateway();
    submit(move(1, 'b'));
    expect(sent).to.deep.equal([{ type: 'admin.transfer', batch: 1, target: 'b' }]);
    expect(answers).to.deep.equal([]);
    reply({ kind: 'abandoned', leader: 'b' });
    expect(answers).to.deep.equal([{ id: 1, ok: true, index: 0, result: { leader: 'b' } }]);
  });

  it('says ERR_TRANSFER_FAILED when the leader leads on', () => {
    const { submit, reply, outcomes } = aGateway();
    submit(move(1), move(2));
    reply({ kind: 'notTransferred', batch: 2, why: 'busy' });
    reply({ kind: 'notTransferred', batch: 1, why: 'deadline' });
    expect(outcomes()).to.deep.equal([
      '2 ERR_TRANSFER_FAILED not-applied',
      '1 ERR_TRANSFER_FAILED not-applied',
    ]);
  });

  it('answers all who ask when it does not lead, leads already, or stops', () => {
    const { gateway, submit, reply, outcomes } = aGateway();
    submit(move(1), move(2), move(3), move(4));
    reply({ kind: 'refused', batch: 1, leader: null });
    reply({ kind: 'leads', batch: 2, target: 'a' });
    reply({ kind: 'abandoned', leader: null });
    expect(outcomes()).to.deep.equal([
      ...['1 ERR_NOT_LEADER not-applied', '2 ok'],
      ...['3 ERR_NOT_LEADER not-applied', '4 ERR_NOT_LEADER not-applied'],
    ]);
    submit(move(5));
    gateway.stop();
    expect(outcomes().at(-1)).to.equal('5 ERR_STOPPED unknown');
  });
});
