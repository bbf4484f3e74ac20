/** The event stream of a real replica on a held clock: what it tells, and what watching costs. */
import { expect } from 'chai';
import { defaultInspectorLimits } from '../../actors/inspector.ts';
import { appendReply } from '../support/step.ts';
import { Inspected } from './support.ts';

const { frameIntervalMs, lingerMs } = defaultInspectorLimits;

describe('event stream', () => {
  it('tells an election as a story: timers, guards, votes, replicators, the no-op', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    server.held.elect();
    server.frame();
    expect(watcher.story).to.deep.equal([
      'a/server: xstate.after.electionTimeout [isDoubtful? no, isNoVoter? no] -> role.preCandidate trust.proven',
      'a/server waits: electionTimeout for 750 ms',
      'hears rpc.preVoteReply from b',
      'a/server: rpc.preVoteReply [staleTerm? no, higherTerm? no]',
      'a/server: current.preVoteReply [isPromised? yes]',
      'a/server: current.preVoteReply [hasVotes? yes] -> role.candidate trust.proven',
      'a/server waits: electionTimeout for 750 ms',
      'a/logWriter: server.wrote [] -> syncing.timely',
      'a/logWriter waits: stallTimeout for 5000 ms',
      'hears rpc.requestVoteReply from b',
      'a/server: rpc.requestVoteReply [staleTerm? no, higherTerm? no]',
      'a/server: current.requestVoteReply [isGranted? yes]',
      // The vote of its own, which waited for the disk.
      'a/server: rpc.requestVoteReply [staleTerm? no, higherTerm? no]',
      'a/server: current.requestVoteReply [isGranted? yes]',
      'a/server: current.requestVoteReply [hasVotes? yes] -> role.leader.transfer.none term.opening quorum.watching membership.inherited reads.idle lease.none renewal.resting trust.proven',
      'a/server waits: quorumCheck for 500 ms',
      'a/replicator.b starts',
      'a/replicator.b waits: heartbeat for 50 ms',
      'a/replicator.c starts',
      'a/replicator.c waits: heartbeat for 50 ms',
      'a/replicator.b: leader.advanced []',
      'a/replicator.c: leader.advanced []',
      'log.appended 1-1',
      'a/logWriter: disk.synced [askedSince? no] -> idle',
      'a/server: log.persisted [isCurrentWrite? yes]',
      'a/logWriter: server.wrote [] -> syncing.timely',
      'a/logWriter waits: stallTimeout for 5000 ms',
      'sends rpc.preVote to b',
      'sends rpc.preVote to c',
      'sends rpc.requestVote to b',
      'sends rpc.requestVote to c',
      'sends rpc.appendEntries to b',
      'sends rpc.appendEntries to c',
    ]);
  });

  it('says that a timer counts down no more once its state is left', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    server.held.elect();
    server.frame();
    const timers = watcher.view?.actors.get('a/server')?.timers ?? [];
    expect(timers.map(({ delay }) => delay)).to.deep.equal(['quorumCheck']);
  });

  it('follows an entry from the log to the disk, the majority and the state machine', () => {
    const server = new Inspected();
    server.held.start().elect();
    const watcher = server.watch();
    server.held.settle();
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 })).settle();
    server.inspector.applied(server.held.replica.lastApplied);
    server.frame();
    const log = watcher.story.filter((line) => line.startsWith('log.'));
    expect(log).to.deep.equal(['log.persisted 1', 'log.committed 1', 'log.applied 1']);
    expect(watcher.view?.appliedIndex).to.equal(1);
  });

  it('begins with the full state: every actor, its chart, its armed timers, Figure 2 in numbers', () => {
    const server = new Inspected();
    server.held.start().elect();
    const [hello, , state] = server.watch().frames;
    expect(hello).to.include({ type: 'hello', node: 'a', cluster: 'test', protocol: 1 });
    if (state?.type !== 'state') throw new Error('no state');
    const { actors } = state.state;
    expect(Object.keys(actors)).to.have.members([
      ...['a/server', 'a/logWriter', 'a/snapshotter', 'a/replicator.b', 'a/replicator.c'],
    ]);
    expect(actors['a/server']?.parent).to.equal(null);
    expect(actors['a/logWriter']?.parent).to.equal('a/server');
    expect(actors['a/server']?.digest).to.include({ currentTerm: 2, votedFor: 'a', lastIndex: 1 });
    expect(actors['a/server']?.timers.map(({ delay }) => delay)).to.deep.equal(['quorumCheck']);
    expect(actors['a/replicator.b']?.timers.map(({ delay }) => delay)).to.deep.equal(['heartbeat']);
    const hashes = state.definitions.map(({ hash }) => hash);
    for (const { machine } of Object.values(actors)) expect(hashes).to.include(machine);
    for (const { json } of state.definitions) expect(JSON.parse(json)).to.have.property('id');
  });

  it('tells one who comes late what one who saw it all has worked out', () => {
    const server = new Inspected();
    server.held.start();
    const early = server.watch();
    server.held.elect();
    server.frame();
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 })).settle();
    server.frame();
    const late = server.watch();
    // Telling the late one everything may have added to the stream.
    server.frame();
    expect(late.view?.state()).to.deep.equal(early.view?.state());
  });

  it('says that a resigned leader has no replicators any more', () => {
    const server = new Inspected();
    server.held.start().elect();
    const watcher = server.watch();
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 9 }));
    server.frame();
    expect(watcher.story).to.include.members([
      'a/replicator.b ends: stopped',
      'a/replicator.c ends: stopped',
    ]);
    expect([...(watcher.view?.actors.keys() ?? [])]).to.deep.equal([
      ...['a/server', 'a/logWriter', 'a/snapshotter'],
    ]);
  });

  it('shows no byte of a payload, a key or a value, nor a field that nobody chose', () => {
    const server = new Inspected();
    server.held.start().elect().settle();
    const watcher = server.watch();
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 })).settle();
    server.held.submit({ id: 1, op: 'open' }).settle();
    server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 2 })).settle();
    const put = { put: { key: 'canary-key', value: { json: '"canary-value"' } } };
    const command = { id: 2, op: 'command', session: 2, seq: 1, doneBelow: 1 } as const;
    server.held.submit({ ...command, machine: 'kv', command: put }).settle();
    const stranger = { canaryField: 'canary', payload: 'canary', from: 'b', to: 'a' };
    server.held.receive({ ...appendReply({ term: 2, matchIndex: 3 }), ...stranger }).settle();
    server.frame();
    expect(server.held.answers.filter(({ ok }) => ok)).to.have.length(2);
    const told = watcher.texts.join('\n');
    expect(told).to.include('client.command');
    expect(told).not.to.include('canary');
  });
});

describe('event stream: who watches', () => {
  it('costs nothing while nobody does: the charts are inspected from the first watcher on', () => {
    const server = new Inspected();
    server.held.start().elect();
    expect(server.inspector.tap.attachedCount).to.equal(0);
    const [first, second] = [server.watch(), server.watch()];
    expect(server.inspector.tap.attachedCount).to.equal(1);
    first.leave();
    second.leave();
    server.held.pass(lingerMs);
    expect(server.inspector.tap.attachedCount).to.equal(0);
    expect(server.inspector.isRecording).to.equal(false);
  });

  it('tells each second how late the event loop is, and measures only while somebody watches', () => {
    const server = new Inspected();
    server.held.start();
    expect(server.measuring).to.equal(false);
    const watcher = server.watch();
    server.held.pass(2_500);
    expect(watcher.events.filter(({ type }) => type === 'process')).to.have.length(2);
    watcher.leave();
    server.held.pass(lingerMs);
    expect(server.measuring).to.equal(false);
  });

  it('sends at most 20 frames a second, however much happens', () => {
    const server = new Inspected();
    server.held.start().elect();
    const watcher = server.watch();
    watcher.frames.length = 0;
    // A leader with its heartbeats: something happens every few milliseconds.
    for (let ms = 0; ms < 1_000; ms += 5) {
      server.held.receive(appendReply({ from: 'b', to: 'a', term: 2, matchIndex: 1 })).pass(5);
    }
    expect(watcher.frames.length).to.be.within(10, 20);
    expect(watcher.events.length).to.be.above(500);
  });

  it('sends no frame while nothing happens', () => {
    const server = new Inspected();
    const watcher = server.watch();
    server.held.pass(1_000);
    expect(watcher.types).to.deep.equal(['hello', 'addresses', 'state']);
  });

  it('goes on after the last event that a watcher has, within a while after it left', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    const whole = server.watch();
    server.frame();
    watcher.leave();
    server.held.elect();
    server.frame();
    const since = watcher.view?.seq ?? -1;
    const resumed = server.watch({ since, stream: 'this start' });
    server.frame();
    expect(resumed.types[2]).to.equal('events');
    expect([...watcher.events, ...resumed.events].map(({ seq }) => seq)).to.deep.equal(
      whole.events.map(({ seq }) => seq),
    );
  });

  it('numbers events without a hole', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    const first = (watcher.view?.seq ?? 0) + 1;
    server.held.elect();
    server.frame();
    expect(watcher.events.map(({ seq }) => seq)).to.deep.equal(
      watcher.events.map((_, i) => first + i),
    );
  });

  it('says a gap, and the full state after it: the ring was overwritten', () => {
    const server = new Inspected({}, { ringSize: 8 });
    server.held.start();
    server.watch();
    server.held.elect();
    const behind = server.watch({ since: 1 });
    expect(behind.frames[2]).to.deep.equal({ type: 'gap', since: 1, reason: 'overwritten' });
    expect(behind.types[3]).to.equal('state');
  });

  it('says a gap to a watcher whom more events overtake than the ring holds', () => {
    const server = new Inspected({}, { ringSize: 8 });
    server.held.start();
    const watcher = server.watch();
    server.held.elect();
    server.frame();
    expect(watcher.types.slice(2, 5)).to.deep.equal(['state', 'gap', 'state']);
  });

  it('says where the servers are that the node has met, and again within a second of another one', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    server.held.pass(3_000);
    const said = () => watcher.frames.filter(({ type }) => type === 'addresses');
    expect(said()).to.have.length(1);
    server.clients['d'] = '127.0.0.1:4';
    server.held.pass(1_000);
    const [first, again] = said();
    expect(first).to.deep.include({ clients: { a: '127.0.0.1:1' } });
    expect(again).to.deep.include({ clients: { a: '127.0.0.1:1', d: '127.0.0.1:4' } });
  });

  it('says a gap where nobody watched for a while', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    watcher.leave();
    server.held.pass(lingerMs).elect();
    const back = server.watch({ since: watcher.view?.seq ?? 0, stream: 'this start' });
    expect(back.types).to.deep.equal(['hello', 'addresses', 'gap', 'state']);
    expect(back.frames[2]).to.include({ reason: 'unwatched' });
  });

  it('says a gap to whoever knows an earlier start of the node', () => {
    const server = new Inspected();
    const other = server.watch({ since: 2, stream: 'an earlier start' });
    expect(other.frames[2]).to.deep.equal({ type: 'gap', since: 2, reason: 'restarted' });
    const ahead = server.watch({ since: 1_000_000 });
    expect(ahead.frames[2]).to.include({ reason: 'restarted' });
  });

  it('parts what is too much for one frame', () => {
    const server = new Inspected({}, { maxFrameEvents: 10 });
    server.held.start();
    const watcher = server.watch();
    server.held.elect();
    server.frame();
    server.held.pass(10 * frameIntervalMs);
    const sizes = watcher.frames.flatMap((one) =>
      one.type === 'events' ? [one.events.length] : [],
    );
    expect(Math.max(...sizes)).to.equal(10);
    expect(watcher.story).to.include('a/replicator.c starts');
  });

  it('lets go of the charts when it fails itself, and the server never notices', () => {
    const server = new Inspected();
    server.held.start();
    const watcher = server.watch();
    // XState would let whatever an observer throws stop the server. No snapshot: it will throw.
    const { system } = server.held.replica.server as unknown as {
      system: { _sendInspectionEvent(event: object): void };
    };
    system._sendInspectionEvent({
      type: '@xstate.microstep',
      actorRef: server.held.replica.server,
      event: { type: 'x' },
      snapshot: null,
      _transitions: [],
    });
    expect(watcher.ends).to.deep.equal(['ERR_INSPECT_FAILED']);
    expect(server.failures).to.have.length(1);
    server.held.elect();
    expect(server.held.role).to.equal('leader');
    expect(server.inspector.tap.attachedCount).to.equal(0);
  });

  it('ends a watcher with whom it fails at once, and measures nothing for it', () => {
    const server = new Inspected();
    server.held.start();
    const broken = {
      logic: { root: {} },
      system: { _sendInspectionEvent: () => undefined },
      subscribe: () => undefined,
      getSnapshot: () => {
        throw new Error('broken');
      },
    };
    server.inspector.tap.add(broken as never);
    const watcher = server.watch();
    expect(watcher.ends).to.deep.equal(['ERR_INSPECT_FAILED']);
    expect(server.failures).to.have.length(1);
    expect([server.measuring, server.inspector.isRecording]).to.deep.equal([false, false]);
  });

  it('ends its watchers when the node stops', () => {
    const server = new Inspected();
    const watcher = server.watch();
    server.inspector.stop();
    expect(watcher.ends).to.deep.equal(['ERR_STOPPED']);
    expect(server.inspector.isRecording).to.equal(false);
  });
});
