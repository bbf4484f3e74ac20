/**
 * What a store promises, asked of both twins: the one on files and the one in memory.
 */
import { expect } from 'chai';
import { crc32 } from 'node:zlib';
import { checkLines, clusterSeed, encodeLines, lastIndexOf } from '../../storage/lines.ts';
import type { Store } from '../../storage/store.ts';
import {
  CLUSTER,
  aVote,
  checksums,
  linesFor,
  recover,
  seededRandom,
  sync,
  textOf,
} from './support.ts';
import { twins, type Twin } from './twins.ts';

for (const [name, twinOf] of twins) {
  describe(`a store ${name}`, () => {
    let twin: Twin;
    let store: Store;

    beforeEach(async () => {
      twin = twinOf();
      store = await twin.open();
    });

    afterEach(async () => {
      await twin.close();
      twin.remove();
    });

    const reopen = async (): Promise<ReturnType<typeof recover>> => {
      await twin.close();
      store = await twin.open();
      return recover(store);
    };

    it('begins with term 0, no vote and an empty log', async () => {
      expect(await recover(store)).to.deep.equal({
        vote: { term: 0, votedFor: null, trust: 'proven' },
        snapshot: null,
        base: { index: 0, term: 0 },
        lastIndex: 0,
        runs: [],
        configurations: [],
        lastTime: 0,
        tornBytes: 0,
      });
      expect(store.checksumAt(0)).to.equal(clusterSeed(CLUSTER, crc32));
    });

    it('gives back the configurations that count, not those of a replaced tail', async () => {
      await recover(store);
      const texts = (name: string) => [
        '{"kind":"noop"}',
        `{"kind":"configuration","voters":{"${name}":""}}`,
      ];
      const appendTexts = (firstIndex: number, term: number, entries: readonly string[]): void => {
        const seed = store.checksumAt(firstIndex - 1);
        store.append(encodeLines({ firstIndex, term, time: 0, seed }, entries, crc32));
      };
      appendTexts(1, 1, texts('a'));
      appendTexts(3, 1, texts('b'));
      await sync(store, aVote(1));
      appendTexts(4, 2, texts('c'));
      await sync(store, aVote(2));
      const { configurations } = await reopen();
      expect(configurations).to.deep.equal([
        { index: 2, entry: texts('a')[1] },
        { index: 5, entry: texts('c')[1] },
      ]);
    });

    it('gives back vote and log after a restart, and the terms of the entries', async () => {
      await recover(store);
      store.append(linesFor(store, 1, 1, 3));
      store.append(linesFor(store, 4, 2, 2));
      await sync(store, aVote(2, 'b'));
      const before = textOf(store, 5);
      const recovered = await reopen();
      expect(recovered.vote).to.deep.equal(aVote(2, 'b'));
      expect(recovered.lastIndex).to.equal(5);
      expect(recovered.lastTime).to.equal(20);
      expect(recovered.runs).to.deep.equal([
        { firstIndex: 1, term: 1 },
        { firstIndex: 4, term: 2 },
      ]);
      expect(textOf(store, 5)).to.deep.equal(before);
    });

    it('keeps doubt across restarts', async () => {
      await recover(store);
      await sync(store, { term: 3, votedFor: null, trust: 'doubtful' });
      expect((await reopen()).vote.trust).to.equal('doubtful');
    });

    it('shows lines at once, and loses those that were never synced', async () => {
      await recover(store);
      store.append(linesFor(store, 1, 1, 2));
      await sync(store, aVote(1));
      store.append(linesFor(store, 3, 1, 2));
      expect(lastIndexOf(store.read(3, 4, 1e6))).to.equal(4);
      expect((await reopen()).lastIndex).to.equal(2);
    });

    it('§5.3 replaces everything from a conflict on, also after a restart', async () => {
      await recover(store);
      store.append(linesFor(store, 1, 1, 6, 'old'));
      await sync(store, aVote(1));
      store.append(linesFor(store, 4, 2, 1, 'new'));
      await sync(store, aVote(2));
      const before = textOf(store, 4);
      expect(before[3]).to.contain('new');
      expect((await reopen()).lastIndex).to.equal(4);
      expect(textOf(store, 4)).to.deep.equal(before);
      store.append(linesFor(store, 5, 3, 1, 'newer'));
      await sync(store, aVote(3));
      expect((await reopen()).lastIndex).to.equal(5);
    });

    it('takes a conflict while the lines that it replaces are being synced', async () => {
      await recover(store);
      store.append(linesFor(store, 1, 1, 4, 'old'));
      const first = sync(store, aVote(1));
      store.append(linesFor(store, 3, 2, 1, 'new'));
      await first;
      await sync(store, aVote(2));
      expect((await reopen()).lastIndex).to.equal(3);
      expect(textOf(store, 3)[2]).to.contain('new');
    });

    it('shows the new lines of a conflict, not the old ones that were just synced', async () => {
      await recover(store);
      store.append(linesFor(store, 1, 1, 40, 'old'));
      const first = sync(store, aVote(1));
      for (let index = 3; index < 40; index++) store.append(linesFor(store, index, 2, 1, 'new'));
      await first;
      const expected = Array.from({ length: 39 }, (_, i) => (i < 2 ? 'old' : 'new'));
      const found = textOf(store, 39).map((line) => /old|new/.exec(line)?.[0]);
      expect(found).to.deep.equal(expected);
      await sync(store, aVote(2));
      expect((await reopen()).lastIndex).to.equal(39);
    });

    it('reads as many whole lines as fit, at least one, and what it reads verifies', async () => {
      await recover(store);
      for (let index = 1; index <= 120; index += 6) {
        store.append(linesFor(store, index, 1, 6));
        await sync(store, aVote(1));
      }
      for (const from of [1, 40, 77, 115, 120]) {
        for (const maxBytes of [0, 500, 4_000, 1e6]) {
          const lines = store.read(from, 120, maxBytes);
          const last = lastIndexOf(lines);
          expect(checkLines(lines, [{ firstIndex: 1, term: 1 }], [], crc32)).to.equal(null);
          expect(lines.firstIndex).to.equal(from);
          if (last > from) expect(lines.bytes.length).to.be.at.most(maxBytes);
          if (last < 120) {
            const next = store.read(last + 1, last + 1, 0).bytes.length;
            expect(lines.bytes.length + next, `${from}, ${maxBytes}`).to.be.above(maxBytes);
          }
        }
      }
    });

    it('refuses a gap, another history and a second sync as the mistakes they are', async () => {
      await recover(store);
      const lines = linesFor(store, 1, 1, 1);
      expect(() => store.append({ ...lines, firstIndex: 2 })).to.throw(RangeError);
      expect(() => store.append({ ...lines, seed: 7 }))
        .to.throw('another history')
        .with.property('code', 'ERR_DIVERGED');
      const first = sync(store, aVote(1));
      expect(() => store.sync(null, () => undefined)).to.throw('in flight');
      await first;
    });

    it('calls nobody back once it is stopped', async () => {
      await recover(store);
      let called = false;
      store.append(linesFor(store, 1, 1));
      store.sync(aVote(1), () => (called = true));
      await twin.close();
      await new Promise((resolve) => setImmediate(resolve));
      expect(called).to.equal(false);
    });

    it('does what a plain array does, whatever the order of calls', async function () {
      this.timeout(60_000);
      const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
      const random = seededRandom(seed);
      const upTo = (n: number): number => Math.floor(random() * n);
      let model: string[] = [];
      let durable: string[] = [];
      let term = 1;
      await recover(store);
      const hint = `SEED=${seed}`;
      for (let step = 0; step < 400; step++) {
        const dice = random();
        if (dice < 0.45) {
          const conflict = random() < 0.2;
          const first = conflict ? 1 + upTo(model.length + 1) : model.length + 1;
          if (conflict) term++;
          const lines = linesFor(store, first, term, 1 + upTo(8), `s${step}`);
          store.append(lines);
          const text = new TextDecoder().decode(lines.bytes).split('\n').slice(0, -1);
          model = [...model.slice(0, first - 1), ...text];
        } else if (dice < 0.85) {
          await sync(store, aVote(term));
          durable = model;
        } else if (dice < 0.95 && model.length > 0) {
          const from = 1 + upTo(model.length);
          const lines = store.read(from, model.length, upTo(3_000));
          const text = new TextDecoder().decode(lines.bytes).split('\n').slice(0, -1);
          expect(text, hint).to.deep.equal(model.slice(from - 1, from - 1 + text.length));
        } else {
          const { lastIndex } = await reopen();
          model = durable;
          expect(lastIndex, hint).to.equal(model.length);
          expect(textOf(store, lastIndex), hint).to.deep.equal(model);
        }
      }
      const last = await reopen();
      expect(checksums(store, last.lastIndex).length, hint).to.equal(durable.length + 1);
      expect(textOf(store, last.lastIndex), hint).to.deep.equal(durable);
    });
  });
}
