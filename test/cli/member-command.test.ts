/** `member`: who takes part and changes of it by hand, and a server that is started to join. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Node } from '../../actors/node.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { renderMembers } from '../../apps/cli/members-table.ts';
import { cli, singleNode, start, startWords, temporaryFolder } from './support.ts';

const none = { outgoing: {}, learners: {}, removed: [] };
const two = { n1: '127.0.0.1:7501', n2: '127.0.0.1:7502' };

describe('cli: member', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let at: string[];

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(join(folder.path, 'n1'));
    at = ['--endpoints', node.addresses.client];
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  it('list has a line for each member, and a star for the leader', () => {
    const text = renderMembers({
      ...{ ...none, index: 7, committed: true, leader: 'n2', voters: two },
      ...{ learners: { n3: '127.0.0.1:7503' }, removed: ['n0'] },
    });
    expect(text).to.equal(
      [
        'NODE  MEMBER   PEER',
        'n1    voter    127.0.0.1:7501',
        'n2 ★  voter    127.0.0.1:7502',
        'n3    learner  127.0.0.1:7503',
        'removed for good: n0',
        'since entry 7; 2 voters, a majority is 2',
        '',
      ].join('\n'),
    );
  });

  it('list tells a learner that joins from one that stays', () => {
    const text = renderMembers({
      ...{ ...none, index: 7, committed: true, leader: 'n2', voters: two },
      learners: { n3: '127.0.0.1:7503', n4: '127.0.0.1:7504' },
      next: { voters: ['n1', 'n2', 'n3'], learners: ['n4'] },
    });
    expect(text).to.match(/^n3 +learner, joins +/m);
    expect(text).to.match(/^n4 +learner +127/m);
  });

  it('a joint configuration says who comes, who leaves, and who must agree', () => {
    const outgoing = { n1: '127.0.0.1:7501', n0: '127.0.0.1:7500' };
    const now = { ...none, index: 9, committed: false, leader: 'n1', voters: two, outgoing };
    const text = renderMembers(now);
    expect(text)
      .to.match(/^n0 +voter, leaves/m)
      .and.match(/^n1 ★ +voter +/m);
    expect(text).to.match(/^n2 +voter, comes/m);
    expect(text).to.include('(joint): a majority of n1, n0 and one of n1, n2 must agree');
    expect(text).to.include('since entry 9, which is not committed yet');
  });

  it('a server that is started with --join becomes a voter, and remove lets it go', async () => {
    const words = startWords({
      ...{ id: 'n2', peers: 'n2=127.0.0.1:0', join: node.addresses.client },
      'data-dir': join(folder.path, 'n2'),
    });
    const session = start(words, { parent: true });
    let listed = '';
    while (!/^n2 +voter +/m.test(listed)) listed = (await cli('member', 'list', ...at)).out;
    expect(listed).to.match(/^n1 ★ +voter +/m);

    const removed = await cli('member', 'remove', 'n2', ...at);
    expect(removed).to.deep.equal({ code: 0, out: 'OK, n2 is removed; voters: n1\n', err: '' });
    session.signal('SIGTERM');
    await session.done;
    expect((await cli('member', 'list', ...at)).out).to.include('removed for good: n2\n');
  }).timeout(20_000);

  it('add says when it moves a member to another address, as a typing error does', async () => {
    const [first, second] = ['127.0.0.1:1', '127.0.0.1:2'];
    const add = (address: string) => cli('member', 'add', 'n70', address, '--learner', ...at);
    expect(await add(first)).to.include({ code: 0, out: 'OK, n70 is a learner; voters: n1\n' });
    const told = `OK, n70 is a learner, at ${second} from now on and no longer at ${first}; voters: n1\n`;
    expect(await add(second)).to.include({ code: 0, out: told });
    await cli('member', 'remove', 'n70', ...at);
  });

  it('one that waits for those to join, without a name, ends in order when it is told to', async () => {
    const dataDir = join(folder.path, 'waits');
    const [port] = await anyFreePorts(1);
    const words = ['start', '--id', 'n9', '--peers', 'n9=127.0.0.1:0', '--client', '127.0.0.1:0'];
    const session = start([...words, '--data-dir', dataDir, '--join', `127.0.0.1:${port}`]);
    session.signal('SIGTERM');
    const { code, out } = await session.done;
    expect({ code, out }).to.deep.equal({ code: 0, out: '' });
    expect(existsSync(dataDir)).to.equal(false);
  });

  it('one that is started without --join later takes its members from its log, not from --peers', async () => {
    const dataDir = join(folder.path, 'n3');
    // Its log has this address: the others must find it there again.
    const peers = `n3=127.0.0.1:${(await anyFreePorts(1)).join()}`;
    const begin = (options: Record<string, string>) =>
      start(startWords({ id: 'n3', 'data-dir': dataDir, peers, ...options }), { parent: true });
    const kept = () =>
      (JSON.parse(readFileSync(join(dataDir, 'identity.json'), 'utf8')) as { voters: string[] })
        .voters;
    let listed = '';
    const first = begin({ join: node.addresses.client });
    while (!/^n3 +voter +/m.test(listed)) listed = (await cli('member', 'list', ...at)).out;
    first.signal('SIGTERM');
    expect(await first.done).to.include({ code: 0 });
    expect(kept()).to.deep.equal([]);

    const again = begin({ peers: `${peers},n1=${node.addresses.peer}` });
    expect(await cli('put', 'needs', 'both', ...at)).to.include({ code: 0 });
    const removed = await cli('member', 'remove', 'n3', ...at);

    expect(removed).to.include({ code: 0, out: 'OK, n3 is removed; voters: n1\n' });
    again.signal('SIGTERM');
    await again.done;
    expect(kept()).to.deep.equal([]);
  }).timeout(20_000);

  it('move-leader names whom it was asked for, and why that one cannot lead', async () => {
    await cli('member', 'add', 'n71', '127.0.0.1:1', '--learner', ...at);
    for (const [id, says] of [
      ['n99', 'n99 is no member, so the leader is the same. The voters are n1.'],
      ['n71', 'n71 is a learner, so the leader is the same. Make it a voter first'],
    ] as const) {
      const { code, out, err } = await cli('move-leader', id, ...at);
      expect({ code, out }).to.deep.equal({ code: 4, out: '' });
      expect(err).to.include(`Error: ERR_TRANSFER_FAILED: ${says}`);
    }
    await cli('member', 'remove', 'n71', ...at);
  });

  it('what the leader refuses is exit code 4 and changes nothing', async () => {
    for (const [code, ...words] of [
      ['ERR_UNKNOWN_MEMBER', 'promote', 'n7'],
      ['ERR_UNKNOWN_MEMBER', 'remove', 'n7'],
      ['ERR_ID_REUSED', 'add', 'n2', '127.0.0.1:7502'],
      ['ERR_NO_VOTER_LEFT', 'remove', 'n1'],
    ] as const) {
      const ran = await cli('member', ...words, ...at);
      expect(ran, words.join(' ')).to.include({ code: 4, out: '' });
      expect(ran.err).to.include(code);
    }
    expect((await cli('member', 'list', ...at)).out).to.match(/^n1 ★ +voter +/m);
  });

  it('an address that is none is bad input, before anybody is asked', async () => {
    for (const words of [
      ['add', 'n4', 'nowhere'],
      ['replace', 'n1', 'n4', '7504'],
    ]) {
      expect(await cli('member', ...words, ...at)).to.include({ code: 3, out: '' });
    }
  });

  it('a server that does not run stays a learner, and is told as such', async () => {
    const ran = await cli('member', 'add', 'n5', '127.0.0.1:1', '--timeout', '1s', ...at);
    expect(ran).to.include({ code: 4, out: '' });
    expect(ran.err).to.include('ERR_NOT_CAUGHT_UP');
    expect((await cli('member', 'list', ...at)).out).to.match(
      /^n5 +learner(, joins)? +127.0.0.1:1$/m,
    );
  }).timeout(20_000);
});
