/** The gateway: one event per turn, one answer per request, and never a wrong outcome. */
import { expect } from 'chai';
import type { Applied } from '../../actors/applier.ts';
import { createGateway, type GatewayEvent } from '../../actors/gateway/gateway.ts';
import type { Reply } from '../../machines/events.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';
import type { AppliedResult } from '../../replicated/results.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';

/** A gateway whose chart, applier and event loop are held in the hand. */
function aGateway({ maxPending = 100, maxUncommittedBytes = 10_000, maxCommandBytes = 1000 } = {}) {
  const sent: GatewayEvent[] = [];
  const deferred: (() => void)[] = [];
  const answers: ClientResponse[] = [];
  const readers: { index: number; callback: (lastApplied: number) => void }[] = [];
  const chart = {
    commitIndex: 0,
    canWait: true,
    isShort: false,
    inTouch: true,
    onSend: undefined as ((event: GatewayEvent) => void) | undefined,
  };
  const membership = {
    members: {
      index: 5,
      entry: {
        kind: 'configuration' as const,
        voters: { a: 'a:1', b: 'b:1' },
        outgoing: {},
        learners: {},
        removed: ['z'],
      },
    },
    commitIndex: 5,
    leads: true,
    leader: 'a',
  };
  const clock = new VirtualClock();
  const gateway = createGateway({
    send: (event) => {
      sent.push(event);
      chart.onSend?.(event);
    },
    defer: (task) => deferred.push(task),
    limits: {
      ...{ maxPending, maxUncommittedBytes, maxCommandBytes },
      ...{ maxSessions: 9, sessionTtlMs: 60_000 },
    },
    state: {
      refuse: (machine) => (machine === 'kv' ? null : `there is no ${machine}`),
      query: (machine, query) => ({ machine, query }),
    },
    applier: {
      get commitIndex() {
        return chart.commitIndex;
      },
      whenApplied: (index, callback) => {
        if (!chart.canWait) return null;
        const reader = { index, callback };
        readers.push(reader);
        return () => void readers.splice(readers.indexOf(reader), 1);
      },
    },
    isShortOfSpace: () => chart.isShort,
    clock: {
      setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
      clearTimeout: (timer) => clock.clearTimeout(timer as Timer),
    },
    ...{ maxReadWaitMs: 2_000, boot: 0 },
    leaderAddress: (id) => ({ id, client: `${id}:7400` }),
    inTouch: () => chart.inTouch,
    status: () => ({ role: 'leader' }),
    membership,
  });
  return {
    gateway,
    membership,
    chart,
    sent,
    answers,
    clock,
    readers,
    deferred,
    submit: (...requests: ClientRequest[]) => {
      for (const request of requests) gateway.submit(request, (answer) => answers.push(answer));
    },
    turn: () => {
      for (const task of deferred.splice(0)) task();
    },
    reply: (reply: Reply) => gateway.reply(reply),
    applied: (...results: Applied[]) => gateway.applied(results),
    /** `id code outcome`, or `id ok`. */
    outcomes: () =>
      answers.map((each) => `${each.id} ${each.ok ? 'ok' : `${each.code} ${each.outcome}`}`),
  };
}

const command = (id: number, seq = id, value: Json = seq): ClientRequest => {
  return { id, op: 'command', session: 5, seq, doneBelow: 1, machine: 'kv', command: value };
};
const read = (id: number): ClientRequest => ({ id, op: 'read', machine: 'kv', query: id });
const open = (id: number): ClientRequest => ({ id, op: 'open' });
const ok = (index: number, term: number, value: Json = null): Applied => {
  return { index, term, result: { ok: true, index, value } };
};
const accepted = (batch: number, firstIndex: number, term: number): Reply => {
  return { kind: 'accepted', batch, firstIndex, term };
};

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
