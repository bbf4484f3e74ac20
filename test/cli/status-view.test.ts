/** The picture that status puts together from answers and silences, and how it is written. */
import { expect } from 'chai';
import type { Status } from '../../apps/cli/ask-servers.ts';
import { viewOf } from '../../apps/cli/cluster-view.ts';
import { renderStatus } from '../../apps/cli/status-table.ts';

type Peer = Status['peers'][string];

const aPeer = (peer: Partial<Peer>): Peer => ({
  link: 'open',
  error: null,
  client: null,
  matchIndex: null,
  ...peer,
});

function aServer(id: string, status: Partial<Status>): Status {
  const peers = Object.fromEntries(
    ['n1', 'n2', 'n3'].flatMap((peer) => (peer === id ? [] : [[peer, aPeer({})]])),
  );
  const position = {
    lastIndex: 812,
    commitIndex: 812,
    appliedIndex: 812,
    snapshotIndex: 600,
    firstIndex: 101,
  };
  return {
    id,
    cluster: 'demo',
    role: 'follower',
    state: 'follower.fresh',
    term: 2,
    ...position,
    client: `127.0.0.1:740${id.slice(1)}`,
    uptimeMs: 252_000,
    version: '0.1.0',
    configuration: null,
    peers,
    ...status,
  };
}

const leader = aServer('n2', {
  role: 'leader',
  state: 'leader.open',
  snapshotIndex: 0,
  peers: {
    n1: aPeer({ client: '127.0.0.1:7401', matchIndex: 812 }),
    n3: aPeer({
      link: 'waiting',
      error: 'ERR_CONNECTION_REFUSED: n3: connect ECONNREFUSED 127.0.0.1:7503',
      client: '127.0.0.1:7403',
      matchIndex: 804,
    }),
  },
});
const silentN3 = { endpoint: '127.0.0.1:7403', reason: 'No server answers at 127.0.0.1:7403.' };

describe('cli: the view of status', () => {
  it('writes a star for the leader, (down) with a reason, lag, DEGRADED and whose view it is', () => {
    const view = viewOf({ statuses: [aServer('n1', {}), leader], silent: [silentN3] })!;
    expect(renderStatus(view, false)).to.equal(
      [
        'NODE  ROLE      TERM  LAST  COMMIT  APPLIED  SNAPSHOT  LAG        UP     VERSION  CLIENT',
        'n1    follower  2     812   812     812      600       0          4m12s  0.1.0    127.0.0.1:7401',
        'n2 ★  leader    2     812   812     812      -         -          4m12s  0.1.0    127.0.0.1:7402',
        'n3    (down)    ?     ?     ?       ?        ?         8 entries  -      -        127.0.0.1:7403',
        'n3 does not answer: ERR_CONNECTION_REFUSED: connect ECONNREFUSED 127.0.0.1:7503',
        'cluster demo: DEGRADED, n2 leads term 2, 2 of 3 servers answer, can lose 0 more (seen from n2)',
        '',
      ].join('\n'),
    );
  });

  it('never says the same by colour alone', () => {
    const view = viewOf({ statuses: [aServer('n1', {}), leader], silent: [silentN3] })!;
    const escapes = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g');
    const colourful = renderStatus(view, true);
    expect(colourful).to.match(escapes);
    expect(colourful.replace(escapes, '')).to.equal(renderStatus(view, false));
  });

  it('a server that others reach and we do not is told as such', () => {
    const peers = { ...leader.peers, n3: aPeer({ client: '127.0.0.1:7403', matchIndex: 812 }) };
    const view = viewOf({ statuses: [{ ...leader, peers }], silent: [silentN3] })!;
    const n3 = view.members.find(({ id }) => id === 'n3');
    expect(n3).to.include({ reachable: false, lag: 0, reason: 'n2 is connected to it' });
  });

  it('a deposed leader that does not know it yet is not the leader', () => {
    const deposed = aServer('n1', { role: 'leader', term: 1, commitIndex: 900 });
    const view = viewOf({ statuses: [deposed, leader, aServer('n3', {})], silent: [] })!;
    expect(view).to.include({ leader: 'n2', term: 2, viewer: 'n2', health: 'healthy' });
  });

  it('without a leader it is unavailable, and the one that knows the most tells of the others', () => {
    const candidate = aServer('n1', { role: 'candidate', term: 7, commitIndex: 800 });
    const view = viewOf({ statuses: [candidate, aServer('n3', {})], silent: [] })!;
    expect(view).to.include({ leader: null, health: 'unavailable', viewer: 'n3', term: 7 });
    expect(renderStatus(view, false)).to.include(
      'NO LEADER, 2 of 3 servers answer, a majority is 2',
    );
  });

  const at = (...ids: string[]) => Object.fromEntries(ids.map((id) => [id, '']));

  it('learners are told as such and do not count; who is no member is told, too', () => {
    const configuration = {
      ...{ index: 7, committed: true, voters: at('n1', 'n2'), outgoing: {} },
      learners: at('n3'),
    };
    const statuses = [aServer('n1', {}), { ...leader, configuration }, aServer('n3', {})];
    const view = viewOf({ statuses: [...statuses, aServer('n4', {})], silent: [] })!;
    expect(view).to.include({ health: 'healthy', voters: 2, reachable: 2, spare: 0, joint: false });
    expect(renderStatus(view, false))
      .to.match(/^n3 +learner +2/m)
      .and.match(/^n4 +follower, no member +2/m);
  });

  it('while joint it can lose no more than the weaker of both majorities', () => {
    const configuration = {
      ...{ index: 8, committed: false, voters: at('n1', 'n2', 'n4'), learners: {} },
      outgoing: at('n1', 'n2', 'n3'),
    };
    const statuses = [aServer('n1', {}), { ...leader, configuration }, aServer('n4', {})];
    const view = viewOf({ statuses, silent: [silentN3] })!;
    expect(view).to.include({ health: 'degraded', voters: 4, reachable: 3, spare: 0, joint: true });
    expect(renderStatus(view, false)).to.include('n2 leads term 2, members change (joint), 3 of 4');
  });

  it('there is no view without an answer', () => {
    expect(viewOf({ statuses: [], silent: [silentN3] })).to.equal(null);
  });
});
