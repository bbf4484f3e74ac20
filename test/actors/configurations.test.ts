/** A frame names the configurations among its lines; both must say the same (§6). */
import { expect } from 'chai';
import {
  createConfigurationBook,
  membersOf,
  type Members,
} from '../../actors/configuration-book.ts';
import { idsOf } from '../../actors/configurations.ts';
import type { AppendEntries } from '../../machines/messages.ts';
import { configurationOf } from '../../machines/log.ts';
import type { ConfigurationEntry } from '../../replicated/configuration-entry.ts';
import { crc32 } from '../../storage/crc32.ts';
import { clusterSeed, encodeLines } from '../../storage/lines.ts';
import { HeldReplica } from '../support/held-replica.ts';
import { appendEntries } from '../support/step.ts';

const entry = {
  kind: 'configuration',
  voters: { a: '127.0.0.1:1', d: '127.0.0.1:4' },
  outgoing: { a: '127.0.0.1:1', b: '127.0.0.1:2' },
  learners: {},
  removed: [],
};
const named = { index: 2, voters: ['a', 'd'], outgoing: ['b', 'a'], learners: [] };

/** `d` is to vote in the place of `b`, once it has caught up. */
const next = { voters: ['a', 'd'], learners: [] };
const waiting: ConfigurationEntry = {
  ...{ kind: 'configuration', voters: { a: '127.0.0.1:1', b: '127.0.0.1:2' }, outgoing: {} },
  ...{ learners: { d: '127.0.0.1:4' }, removed: [], next },
};
const namedWaiting = {
  ...{ index: 2, voters: ['a', 'b'], outgoing: [], learners: ['d'], next },
};

/** A no-op and then `second`, of which `configurations` are said to be there. */
function carrying(second: object, configurations: AppendEntries['configurations']): AppendEntries {
  const texts = ['{"kind":"noop"}', JSON.stringify(second)];
  const head = { firstIndex: 1, term: 1, time: 0, seed: clusterSeed('held', crc32) };
  const payload = encodeLines(head, texts, crc32);
  return { ...appendEntries({ entries: [1, 1], configurations }), payload };
}

describe('configurations of a snapshot', () => {
  it('are told of, also those that the cluster began with: a server that joins began with nobody', () => {
    const began: ConfigurationEntry = { ...entry, kind: 'configuration', outgoing: {} };
    const told: Members[] = [];
    const book = createConfigurationBook({}, (members) => told.push(members));
    book.restore({ index: 0, entry: began }, false);
    expect(told).to.deep.equal([{ index: 0, entry: began }]);
  });

  it('say what is to follow: whoever leads after it goes on with the change', () => {
    const extra = { members: { index: 2, entry: waiting } };
    const members = membersOf({ extra });
    expect(members).to.deep.equal({ index: 2, entry: waiting });
    expect(idsOf(waiting, 2)).to.deep.equal(namedWaiting);
  });
});

describe('configurations in a frame', () => {
  it('§6 are in force as soon as they are in the log, in whatever order the ids are named', () => {
    const held = new HeldReplica().start();
    held.receive(carrying(entry, [named]));
    expect(configurationOf(held.context.log)).to.deep.equal(named);
  });

  it('are known again after a restart, committed or not (mistake 31)', () => {
    const held = new HeldReplica().start();
    held.receive(carrying(entry, [named])).settle();
    const again = held.restart().start();
    expect(configurationOf(again.context.log)).to.deep.equal({ ...named, outgoing: ['a', 'b'] });
  });

  it('say what is to follow, also after a restart', () => {
    const held = new HeldReplica().start();
    held.receive(carrying(waiting, [namedWaiting])).settle();
    expect(configurationOf(held.context.log)).to.deep.equal(namedWaiting);
    expect(configurationOf(held.restart().start().context.log)).to.deep.equal(namedWaiting);
  });

  for (const [title, second, configurations] of [
    ['is not announced', entry, []],
    ['was announced and is none', { kind: 'noop' }, [named]],
    ['names other voters', entry, [{ ...named, voters: ['a', 'c'] }]],
    ['names fewer learners', { ...entry, learners: { x: '127.0.0.1:9' } }, [named]],
    [
      'keeps silent about what follows',
      waiting,
      [{ ...named, voters: ['a', 'b'], outgoing: [], learners: ['d'] }],
    ],
    [
      'says that somebody else is to follow',
      waiting,
      [{ ...namedWaiting, next: { voters: ['a', 'b'], learners: [] } }],
    ],
    [
      'says that a stranger is to follow',
      { ...waiting, next: { voters: ['x'], learners: [] } },
      [{ ...namedWaiting, next: { voters: ['x'], learners: [] } }],
    ],
    [
      'says that something is to follow, and is joint',
      { ...entry, next: { voters: ['a'], learners: [] } },
      [{ ...named, next: { voters: ['a'], learners: [] } }],
    ],
    ['is of a shape that nobody knows', { ...entry, voters: ['a', 'd'] }, [named]],
  ] as const) {
    it(`are dropped with the frame when one ${title}`, () => {
      const held = new HeldReplica().start();
      held.receive(carrying(second, configurations));
      expect(held.context.log.lastIndex).to.equal(0);
      expect(held.faultCodes).to.deep.equal([]);
    });
  }
});
