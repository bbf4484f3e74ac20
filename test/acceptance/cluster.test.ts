/**
 * Acceptance, whole clusters of real replicas on a held clock: rows INT and SM of README.md, and
 * first of all the two that the predecessor had commented out, INT-ELECT.
 */
import { expect } from 'chai';
import { decodeMessage, encodeMessage } from '../../transport/codec.ts';
import type { AppendEntries, Message, RequestVote } from '../../machines/messages.ts';
import { ScenarioCluster } from '../support/scenario-cluster.ts';
import { termsIn } from '../support/scenario-text.ts';

const three = ['n1', 'n2', 'n3'];

function aCluster(voters: readonly string[] = three): ScenarioCluster {
  const cluster = new ScenarioCluster(voters);
  cluster.start();
  return cluster;
}

const rolesOf = (cluster: ScenarioCluster, ids: readonly string[] = three) =>
  ids.map((id) => cluster.role(id));
const logOf = (cluster: ScenarioCluster, id: string) => termsIn(cluster.context(id).log);

/** The message as it is after a wire. */
function overWire(message: Message): Message {
  const decoded = decodeMessage(encodeMessage(message));
  if ('code' in decoded) throw new Error(decoded.message);
  return decoded;
}

describe('acceptance: elections in a cluster', () => {
  it('INT-ELECT1 three servers elect exactly one leader, whom the others know, in one term', () => {
    const cluster = aCluster();
    cluster.campaign('n2');
    cluster.settle();
    expect(rolesOf(cluster)).to.deep.equal(['follower(fresh)', 'leader(open)', 'follower(fresh)']);
    for (const id of three) {
      expect(cluster.context(id)).to.deep.include({ currentTerm: 1, leader: 'n2' });
    }
  });

  it('INT-ELECT2 when the leader is killed, another one leads among the survivors', () => {
    const cluster = aCluster();
    cluster.establish('n1');
    cluster.kill('n1');
    cluster.campaign('n3');
    cluster.settle();
    expect(rolesOf(cluster, ['n2', 'n3'])).to.deep.equal(['follower(fresh)', 'leader(open)']);
    expect(cluster.context('n2')).to.deep.include({ currentTerm: 2, leader: 'n3' });
  });

  it('INT-CORE7 a server votes once in a term, and may vote otherwise in the next', () => {
    const cluster = aCluster();
    cluster.elect('n1');
    expect(cluster.context('n1').votedFor).to.equal('n1');
    cluster.network.lose();
    cluster.elect('n2');
    cluster.network.lose();
    // n1 leads, and is deaf to candidates until it hears of the newer term from its own peers.
    expect(cluster.context('n3')).to.deep.include({ currentTerm: 2, votedFor: 'n2' });
    expect(cluster.role('n2')).to.equal('leader(opening)');
  });

  it('INT-DISP1 a candidate refuses the vote request of a rival of the same term', () => {
    const cluster = aCluster();
    cluster.campaign('n1');
    cluster.deliver({ name: 'PreVote', to: 'n2' });
    cluster.deliver({ name: 'PreVoteReply' });
    expect(cluster.role('n1')).to.equal('candidate');
    cluster.network.lose();
    const rival: RequestVote = {
      ...{ type: 'rpc.requestVote', from: 'n3', to: 'n1', term: 1 },
      ...{ lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false },
    };
    cluster.server('n1').step((replica) => replica.receive(rival));
    expect(cluster.network.underWay()).to.have.length(1);
    expect(cluster.network.underWay()[0]).to.deep.include({
      to: 'n3',
      term: 1,
      voteGranted: false,
    });
  });

  it('INT-DISP2 standing for election raises the term on disk', () => {
    const cluster = aCluster();
    cluster.elect('n1');
    const { durableVote } = cluster.server('n1').disk;
    expect(durableVote).to.deep.equal({ term: 1, votedFor: 'n1', trust: 'proven' });
  });
});

describe('acceptance: a server and its disk', () => {
  it('INT-NODE1 starts as a follower that has applied nothing, in term 0', () => {
    const cluster = aCluster();
    expect(cluster.role('n1')).to.equal('follower(leaderless)');
    expect(cluster.context('n1')).to.deep.include({ currentTerm: 0, commitIndex: 0 });
    expect(cluster.server('n1').replica.lastApplied).to.equal(0);
  });

  it('INT-NODE2 recovers entries, term and vote after a restart', () => {
    const cluster = aCluster();
    cluster.establish('n1', 'c');
    cluster.clients.put('c', 'n1', 'x', '1');
    cluster.settle();
    cluster.crash('n2');
    cluster.start('n2');
    expect(logOf(cluster, 'n2')).to.deep.equal([1, 1, 1]);
    expect(cluster.context('n2')).to.deep.include({ currentTerm: 1, votedFor: 'n1' });
  });

  it('INT-NODE3 applies what is committed and no more; what it applied can be read', () => {
    const cluster = aCluster();
    cluster.establish('n1', 'c');
    cluster.clients.put('c', 'n1', 'x', '1');
    expect(cluster.server('n1').replica.lastApplied).to.equal(2);
    expect(cluster.context('n1').log.lastIndex).to.equal(3);
    cluster.settle();
    expect(cluster.server('n1').replica.lastApplied).to.equal(3);
    cluster.clients.get('c', 'n1', 'x');
    cluster.settle();
    const last = cluster.clients.named('c').answers.at(-1);
    expect(last).to.deep.include({ index: 3, result: { value: { json: '1' }, revision: 3 } });
  });

  it('INT-NODE4 old terms in the log do not change the current term', () => {
    const cluster = new ScenarioCluster(three);
    cluster.server('n1').prepare({ term: 7, votedFor: null, trust: 'proven' }, [1, 2, 3]);
    cluster.start('n1');
    expect(cluster.context('n1').currentTerm).to.equal(7);
  });

  it('D8 a crash and a replay apply nothing twice: all servers end in one state', () => {
    const cluster = aCluster();
    cluster.establish('n1', 'c');
    for (const value of ['1', '2', '3']) {
      cluster.clients.put('c', 'n1', 'x', value);
      cluster.settle();
    }
    cluster.crash('n2');
    cluster.start('n2');
    cluster.server('n1').fire('heartbeat');
    cluster.settle();
    const states = three.map((id) => cluster.server(id).replica.stateHash());
    expect(new Set(states).size).to.equal(1);
  });
});

describe('acceptance: over the wire', () => {
  it('INT-TS1 a vote request is decoded equal, and its receiver has term and vote on disk', () => {
    const cluster = aCluster();
    cluster.campaign('n1');
    cluster.settle({ name: 'PreVote' });
    cluster.settle({ name: 'PreVoteReply' });
    const [request] = cluster.network.underWay({ name: 'RequestVote', to: 'n2' });
    const heard = overWire(request!);
    expect(heard).to.deep.equal(request);
    cluster.server('n2').step((replica) => replica.receive(heard));
    const { durableVote } = cluster.server('n2').disk;
    expect(durableVote).to.deep.include({ term: 1, votedFor: 'n1' });
  });

  it('INT-TS2 entries go over the wire, and both logs are equal, byte for byte', () => {
    const cluster = new ScenarioCluster(three);
    const vote = { term: 5, votedFor: null, trust: 'proven' } as const;
    cluster.server('n1').prepare(vote, [1, 3, 5]);
    cluster.start();
    cluster.elect('n1');
    for (let i = 0; i < 6; i += 1) {
      for (const message of cluster.network.underWay({ name: 'AppendEntries', to: 'n2' })) {
        cluster.server('n2').step((replica) => replica.receive(overWire(message)));
      }
      cluster.network.lose({ to: 'n2' });
      cluster.deliver({ from: 'n2' });
    }
    expect(logOf(cluster, 'n2')).to.deep.equal([1, 3, 5, 6]);
    const [one, two] = ['n1', 'n2'].map((id) => cluster.server(id).disk.durableChecksumAt(4));
    expect(one).to.equal(two);
  });

  it('TCP11 a thousand entries are decoded equal', () => {
    const cluster = new ScenarioCluster(three);
    const terms = Array.from({ length: 1_000 }, (_, i) => 1 + Math.floor(i / 100));
    cluster.server('n1').prepare({ term: 10, votedFor: null, trust: 'proven' }, terms);
    cluster.start();
    cluster.elect('n1');
    cluster.deliver({ to: 'n2' });
    cluster.deliver({ from: 'n2' });
    cluster.deliver({ to: 'n2' });
    cluster.deliver({ from: 'n2' });
    const [append] = cluster.network.underWay({
      name: 'AppendEntries',
      to: 'n2',
    }) as AppendEntries[];
    expect(append).to.deep.include({ prevLogIndex: 0, lastIndex: 1_001 });
    expect(overWire(append!)).to.deep.equal(append);
  });
});

describe('acceptance: the key-value store in a cluster', () => {
  it('SM3 two keys that were put are there on every server', () => {
    const cluster = aCluster();
    cluster.establish('n1', 'c');
    cluster.clients.put('c', 'n1', 'x', '1');
    cluster.clients.put('c', 'n1', 'y', '2');
    cluster.settle();
    cluster.server('n1').fire('heartbeat');
    cluster.settle();
    for (const id of three) expect(cluster.server(id).replica.lastApplied).to.equal(4);
    const states = three.map((id) => cluster.server(id).replica.stateHash());
    expect(new Set(states).size).to.equal(1);
  });

  it('SM9 a key that is missing is null, and no error', () => {
    const cluster = aCluster();
    cluster.establish('n1');
    cluster.clients.get('c', 'n1', 'nothing');
    cluster.settle();
    expect(cluster.clients.named('c').answers[0]).to.deep.include({ ok: true, result: null });
  });
});
