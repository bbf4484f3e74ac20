/** What the page makes of the events: things that happened, an entry's times, lines to take away. */
import { expect } from 'chai';
import type { Header, NodeEvent, NodeFact } from '../../actors/inspect/index.ts';
import { CompactEvents, detailInWords, maxThings } from '../../apps/web/model/compact-events.ts';
import { LogTimes } from '../../apps/web/model/entry-times.ts';
import { proposedAtMs } from '../../apps/web/model/proposed-at.ts';
import { lanesOf, sequenceOf } from '../../apps/web/model/sequence.ts';
import { asJsonLines, EventReader, filtered } from '../../apps/web/model/event-rows.ts';
import { aServer } from './facts.ts';

let seq = 0;
function at(atMs: number, fact: NodeFact): NodeEvent {
  seq += 1;
  return { ...fact, seq, atMs };
}
const appended = (atMs: number, firstIndex: number, lastIndex: number): NodeEvent =>
  at(atMs, { type: 'log.appended', firstIndex, lastIndex, runs: [] });
const reached = (
  atMs: number,
  type: 'log.persisted' | 'log.committed' | 'log.applied',
  index: number,
): NodeEvent => at(atMs, { type, index });
const sent = (atMs: number, message: Header): NodeEvent =>
  at(atMs, { type: 'message.sent', message });

function compact(...told: (readonly [server: string, event: NodeEvent])[]): CompactEvents {
  const reader = new EventReader();
  const events = new CompactEvents();
  for (const [server, event] of told) events.take(reader.row(server, event));
  return events;
}

describe('web: things that happened', () => {
  it('are one for a batch of entries, from the append to the last server that applied it', () => {
    const [batch, ...others] = compact(
      ['n1', appended(0, 5, 7)],
      ['n2', appended(1, 5, 7)],
      ['n2', reached(4, 'log.persisted', 7)],
      ['n1', reached(6, 'log.committed', 7)],
      ['n2', reached(7, 'log.committed', 7)],
      ['n1', reached(8, 'log.applied', 7)],
    ).list();
    expect(others).to.deep.equal([]);
    expect(batch).to.include({ title: 'entries 5–7', server: 'n1', tookMs: 8 });
    expect(batch?.details.map(detailInWords)).to.deep.equal([
      ...['in the log n1, n2', 'on disk n2', 'committed', 'applied n1'],
    ]);
  });

  it('§5.3 are not said to be committed where another leader has replaced them', () => {
    const inTerm = (term: number, atMs: number): NodeEvent => {
      const runs = [{ firstIndex: 5, term }];
      return at(atMs, { type: 'log.appended', firstIndex: 5, lastIndex: 5, runs });
    };
    const isolated = ['n1', inTerm(2, 0)] as const;
    const elected = [['n2', inTerm(3, 9)] as const, ['n3', inTerm(3, 10)] as const];
    const committed = ['n2', reached(12, 'log.committed', 5)] as const;
    const expected = ['n1: in the log n1', 'n2: in the log n2, n3, committed'];
    // Servers tell in turns.
    for (const told of [
      [isolated, ...elected, committed],
      [...elected, isolated, committed],
    ]) {
      const things = compact(...told).list();
      const said = things.map(
        ({ server, details }) => `${server}: ${details.map(detailInWords).join(', ')}`,
      );
      expect(said.sort()).to.deep.equal(expected);
    }
  });

  it('are told apart though a server begins its numbers anew', () => {
    const reader = new EventReader();
    const event = reached(3, 'log.committed', 8);
    expect(reader.row('n1', event).key).not.to.equal(reader.row('n1', event).key);
  });

  it("are the leader's though a follower is heard first: it appended before", () => {
    const [batch] = compact(['n2', appended(3, 5, 7)], ['n1', appended(0, 5, 7)]).list();
    expect(batch).to.include({ server: 'n1', atMs: 0 });
  });

  it('say nothing of a batch that reaches less than all of it', () => {
    const [batch] = compact(
      ['n1', appended(0, 5, 7)],
      ['n1', reached(4, 'log.persisted', 6)],
    ).list();
    expect(batch?.details.map(detailInWords)).to.deep.equal(['in the log n1']);
  });

  it('are one for an election: who asked, and who said what', () => {
    const ask: Header = { type: 'rpc.requestVote', from: 'n2', to: 'n1', term: 4 };
    const yes: Header = {
      type: 'rpc.requestVoteReply',
      from: 'n1',
      to: 'n2',
      term: 4,
      voteGranted: true,
    };
    const [election] = compact(['n2', sent(0, ask)], ['n1', sent(3, yes)]).list();
    expect(election).to.include({ title: 'election of term 4', kind: 'election' });
    expect(election?.details.map(detailInWords)).to.deep.equal(['n2 asks', '+ n1 to n2']);
  });

  it(`are ${maxThings} at most`, () => {
    const many = Array.from(
      { length: 3 * maxThings },
      (_, i) => ['n1', appended(i, i + 1, i + 1)] as const,
    );
    expect(compact(...many).list()).to.have.length(maxThings);
  });
});

describe('web: the times of an entry', () => {
  const timesOf = (...events: NodeEvent[]): LogTimes => {
    const times = new LogTimes();
    for (const event of events) times.take(event);
    return times;
  };

  it('are those of what first reached it', () => {
    const times = timesOf(
      ...[appended(1, 5, 6), appended(2, 7, 9), reached(3, 'log.persisted', 6)],
      ...[reached(5, 'log.persisted', 9), reached(8, 'log.committed', 8)],
    );
    expect(times.of(7)).to.deep.equal({
      appended: 2,
      persisted: 5,
      committed: null,
      applied: null,
    });
    expect(times.of(6)).to.include({ appended: 1, persisted: 3 });
  });

  it('are not known of what happened before the page opened', () => {
    const times = timesOf(appended(1, 50, 60), reached(3, 'log.committed', 60));
    expect(times.of(7)).to.deep.equal({
      ...{ appended: null, persisted: null, committed: null, applied: null },
    });
  });

  it('are not known of what happened while the stream was cut for too long', () => {
    const times = timesOf(reached(1, 'log.committed', 5));
    times.missed();
    times.take(reached(90_000, 'log.committed', 80));
    times.take(reached(90_001, 'log.committed', 82));
    expect(times.of(40).committed).to.equal(null);
    expect(times.of(80).committed).to.equal(90_000);
    expect(times.of(81).committed).to.equal(90_001);
  });

  it('begin with the leader that proposed it, though another one leads by now', () => {
    const one = (id: string, term: number) =>
      aServer(id, { lastIndex: 5, runs: [[5, term]], term: 4 });
    // n3 has an entry that was never committed; n2 leads now, and had this one of n1.
    const all = [one('n1', 2), one('n2', 2), one('n3', 1)];
    const at: Readonly<Record<string, number>> = { n1: 70, n2: 75, n3: 10 };
    const appendedAtMs = (id: string): number | null => at[id] ?? null;
    expect(proposedAtMs(5, all, all[1] ?? null, appendedAtMs)).to.equal(70);
    expect(proposedAtMs(5, all, null, appendedAtMs)).to.equal(null);
  });

  it('are still known of what comes before the entries that were replaced', () => {
    const truncated = at(4, { type: 'log.truncated', firstIndex: 5, lastIndex: 6 });
    const times = timesOf(reached(1, 'log.persisted', 3), appended(1, 4, 6), truncated);
    expect([times.of(4).appended, times.of(5).appended]).to.deep.equal([1, null]);
    expect(times.of(3).persisted).to.equal(1);
  });

  it('are told anew for an index whose entry was replaced (§5.3)', () => {
    const truncated = at(4, { type: 'log.truncated', firstIndex: 5, lastIndex: 6 });
    const times = timesOf(
      appended(1, 4, 6),
      reached(3, 'log.persisted', 6),
      truncated,
      appended(9, 5, 5),
    );
    expect(times.of(5)).to.include({ appended: 9, persisted: null });
  });
});

describe('web: the sequence diagram', () => {
  it('has a lane for each member, and for who was removed as long as its messages are shown', () => {
    const reader = new EventReader();
    const ask = (from: string, to: string) =>
      reader.row(from, sent(1, { type: 'rpc.requestVote', from, to, term: 2 }));
    const all = { server: '', type: '', text: '', quiet: false };
    const rows = sequenceOf([ask('n2', 'n1'), ask('n2', 'n4')], all);
    expect(lanesOf(['n1', 'n2', 'n3'], rows)).to.deep.equal(['n1', 'n2', 'n3', 'n4']);
    expect(lanesOf(['n1', 'n2'], [])).to.deep.equal(['n1', 'n2']);
  });
});

describe('web: the list of events', () => {
  it('says how much of a flood it does not have', () => {
    const steps = { 'n1/server': 40, 'n1/replicator.n2': 20 };
    const counted = at(0, { type: 'counted', steps, sent: { n2: 5 }, received: { n2: 4, n3: 3 } });
    const row = new EventReader().row('n1', counted);
    expect(row.text).to.equal('under load, not listed: 60 steps, 5 messages sent, 7 received');
    expect(row.quiet).to.equal(false);
  });

  it('can be taken away: a line of JSON for each, as it was told, with its server', () => {
    const event = reached(3, 'log.committed', 8);
    const row = new EventReader().row('n1', event);
    expect(
      asJsonLines([row, row])
        .split('\n')
        .slice(0, 2)
        .map((line) => JSON.parse(line) as unknown),
    ).to.deep.equal([
      { server: 'n1', ...event },
      { server: 'n1', ...event },
    ]);
  });

  it('is filtered by server, type and words, and leaves heartbeats out unless asked', () => {
    const reader = new EventReader();
    const beat: Header = {
      ...{ type: 'rpc.appendEntries', from: 'n1', to: 'n2' },
      ...{ lastIndex: 4, prevLogIndex: 4 },
    };
    const rows = [
      reader.row('n1', sent(1, beat)),
      reader.row('n1', sent(2, { ...beat, lastIndex: 5 })),
      reader.row('n2', reached(3, 'log.committed', 5)),
    ];
    const all = { server: '', type: '', text: '', quiet: false };
    expect(filtered(rows, all)).to.deep.equal([rows[2], rows[1]]);
    expect(filtered(rows, { ...all, quiet: true })).to.have.length(3);
    expect(filtered(rows, { ...all, server: 'n2' })).to.deep.equal([rows[2]]);
    expect(filtered(rows, { ...all, type: 'message' })).to.deep.equal([rows[1]]);
    expect(filtered(rows, { ...all, text: 'THROUGH 5' })).to.deep.equal([rows[2]]);
  });
});
