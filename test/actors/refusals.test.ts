/** Whose word ends a server, and whose is a warning (docs/adr/0013, docs/adr/0014). */
import { expect } from 'chai';
import type { Members } from '../../actors/configuration-book.ts';
import { RefusalLog, maxRefusedPeers } from '../../actors/node/refusal-log.ts';
import { Refusals, type FinalRefusal } from '../../actors/node/refusals.ts';
import { membersOf, membersWith } from './membership-builders.ts';

const mismatch = { code: 'ERR_INCARNATION_MISMATCH', message: '' };
const removed = { code: 'ERR_REMOVED', message: '' };

function aServer(members: Members, id = 'a') {
  const warnings: string[] = [];
  const believed: [FinalRefusal, readonly string[]][] = [];
  const refusals = new Refusals({
    id,
    members: () => members,
    onWarning: ({ code, message }) => warnings.push(`${code} ${message}`),
    onBelieved: (code, voters) => believed.push([code, voters]),
  });
  return { refusals, warnings, believed };
}

describe('refusals', () => {
  for (const why of [mismatch, removed]) {
    it(`${why.code}: one of two others is no more than a warning, told once, with what to do`, () => {
      const { refusals, warnings, believed } = aServer(membersOf('a', 'b', 'c'));
      for (let dial = 0; dial < 3; dial += 1) refusals.ended('c', why);
      expect(believed).to.deep.equal([]);
      expect(warnings).to.have.length(1);
      expect(warnings[0]).to.match(new RegExp(`^${why.code} c .*runs at the address of c`));
    });

    it(`${why.code}: more than half of the others are believed, once`, () => {
      const { refusals, believed } = aServer(membersOf('a', 'b', 'c', 'd', 'e'));
      for (const peer of ['b', 'c', 'b']) refusals.ended(peer, why);
      expect(believed, 'half is not more than half').to.deep.equal([]);
      for (const peer of ['e', 'd']) refusals.ended(peer, why);
      expect(believed).to.deep.equal([[why.code, ['b', 'c', 'e']]]);
    });
  }

  it('are forgotten when the peer accepts, and told again after that', () => {
    const { refusals, warnings, believed } = aServer(membersOf('a', 'b', 'c'));
    refusals.ended('c', mismatch);
    refusals.accepted('c');
    refusals.ended('b', mismatch);
    expect(believed).to.deep.equal([]);
    refusals.accepted('b');
    refusals.ended('c', mismatch);
    expect(warnings).to.have.length(3);
  });

  it('count one code by one code: two that disagree are not two that agree', () => {
    const { refusals, believed } = aServer(membersOf('a', 'b', 'c'));
    refusals.ended('b', mismatch);
    refusals.ended('c', removed);
    expect(believed).to.deep.equal([]);
    refusals.ended('b', removed);
    expect(believed).to.deep.equal([['ERR_REMOVED', ['b', 'c']]]);
  });

  it('of learners and strangers do not count', () => {
    const members = membersWith({ learners: ['l', 'm'] }, ['a', 'b', 'c']);
    const { refusals, warnings, believed } = aServer(members);
    for (const peer of ['l', 'm', 'x', 'y', 'b']) refusals.ended(peer, mismatch);
    expect(believed).to.deep.equal([]);
    expect(warnings.map((warning) => warning.split(' ')[1])).to.deep.equal(['l', 'm', 'b']);
  });

  it('of both configurations count in a joint one', () => {
    const { refusals, believed } = aServer(membersWith({ outgoing: ['a', 'b', 'c'] }, ['a', 'd']));
    for (const peer of ['b', 'd']) refusals.ended(peer, mismatch);
    expect(believed.flatMap(([, voters]) => voters)).to.have.members(['b', 'd']);
  });

  it('§6 a server that knows it is leaving takes the word of one that it was removed, and of nothing else', () => {
    const leaving = membersWith({ outgoing: ['a', 'b', 'c'] }, ['b', 'c']);
    const { refusals, believed } = aServer(leaving);
    refusals.ended('b', mismatch);
    expect(believed).to.deep.equal([]);
    refusals.ended('b', removed);
    expect(believed).to.deep.equal([['ERR_REMOVED', ['b']]]);
  });

  it('a server that does not know its cluster yet believes nobody', () => {
    const { refusals, believed, warnings } = aServer(membersOf());
    for (const why of [mismatch, removed]) refusals.ended('b', why);
    expect([...believed, ...warnings]).to.deep.equal([]);
  });

  it('are nothing else that ends a connection', () => {
    const { refusals, believed, warnings } = aServer(membersOf('a', 'b'));
    for (const code of ['ERR_CONNECTION_CLOSED', 'ERR_BOOT_REGRESSED', 'toString']) {
      refusals.ended('b', { code, message: '' });
    }
    expect([...believed, ...warnings]).to.deep.equal([]);
  });
});

describe('the log of who was turned away', () => {
  function aLog() {
    const told: string[] = [];
    const nothing = (): void => undefined;
    const warn = (details: object): void => {
      told.push((details as { code: string }).code);
    };
    return { log: new RefusalLog({ debug: nothing, info: nothing, warn, error: nothing }), told };
  }

  it('tells of each peer and code once, until it is let in', () => {
    const { log, told } = aLog();
    for (let dial = 0; dial < 3; dial += 1) log.refused(removed, 'b');
    log.refused(mismatch, 'b');
    log.refused(removed, 'c');
    expect(told).to.deep.equal(['ERR_REMOVED', 'ERR_INCARNATION_MISMATCH', 'ERR_REMOVED']);
    log.letIn('b');
    log.refused(removed, 'b');
    expect(told).to.have.length(4);
  });

  it('tells each time of those that did not say who they are', () => {
    const { log, told } = aLog();
    for (let dial = 0; dial < 2; dial += 1) {
      log.refused({ code: 'ERR_HANDSHAKE_TIMEOUT', message: '' }, null);
    }
    expect(told).to.have.length(2);
  });

  it('remembers a bounded number of names', () => {
    const { log, told } = aLog();
    for (let name = 0; name <= maxRefusedPeers; name += 1) log.refused(removed, `x${name}`);
    log.refused(removed, `x${maxRefusedPeers}`);
    expect(told).to.have.length(maxRefusedPeers + 1);
    log.refused(removed, 'x0');
    expect(told, 'the oldest').to.have.length(maxRefusedPeers + 2);
  });
});
