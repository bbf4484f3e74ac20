/**
 * The table of README.md is complete and true: every row of the predecessor's tests and defects is
 * there, and the test that it names exists. What is left for later features is printed.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { expect } from 'chai';

/** How many numbered rows there are of each kind. */
const counts = {
  ...{ TERM: 11, NODE: 8, ENTRY: 14, STATE: 23, CONF: 16, RPC: 12, FOL: 13, CAND: 13, LEAD: 18 },
  ...{ COM: 5, DISP: 6, SM: 9, PEER: 6, TCP: 13, LOG: 12, ST: 12, ROOT: 1, D: 30 },
  ...{ 'INT-CORE': 11, 'INT-STO': 3, 'INT-DISP': 2, 'INT-NET': 2, 'INT-NODE': 4 },
  ...{ 'INT-TS': 2, 'INT-ELECT': 2 },
};

interface Row {
  readonly id: string;
  readonly meaning: string;
  readonly proof: string;
}

const here = new URL('.', import.meta.url);

function readRows(markdown: string): Row[] {
  return markdown.split('\n').flatMap((line) => {
    const [, id = '', meaning = '', proof = ''] = line.split(/ *\| +/);
    return /^[A-Z-]+\d+$/.test(id) ? [{ id, meaning, proof: proof.replace(/ *\|$/, '') }] : [];
  });
}

/** Every test file, by its path in test/ without `.test.ts`. */
const sources = new Map(
  readdirSync(new URL('..', here), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => {
      const text = readFileSync(new URL(`../${path}`, here), 'utf8');
      return [path.replace('.test.ts', ''), text.replace(/\\(.)/g, '$1')];
    }),
);

/** Why the proof does not hold; '' when it does. */
function doubt({ id, proof }: Row): string {
  if (/^(later|moot): ./.test(proof)) return '';
  const [place = '', title] = proof.split(' › ');
  // What stands behind a title in brackets is a remark, unless it is part of the title.
  if (title !== undefined) return testAt(place, title.replace(/ \(.*\)$/, ''), title);
  const [file = '', row = id] = proof.split(': ');
  return testAt(`acceptance/${file}`, `${row} `);
}

/** '' when a test in the folder or file `place` has a title that begins like one of `titles`. */
function testAt(place: string, ...titles: readonly string[]): string {
  const texts = [...sources].filter(([path]) => path === place || path.startsWith(`${place}/`));
  const starts = titles.flatMap((title) => ["it('", 'it("', 'it(`'].map((it) => it + title));
  const isThere = texts.some(([, text]) => starts.some((start) => text.includes(start)));
  return isThere ? '' : `${place} has no test "${titles[0] ?? ''}…"`;
}

const rows = readRows(readFileSync(new URL('README.md', here), 'utf8'));

describe('acceptance: the table', () => {
  it('has every row of the predecessor’s tests, and every defect, once', () => {
    const wanted = Object.entries(counts).flatMap(([kind, count]) =>
      Array.from({ length: count }, (_, i) => `${kind}${i + 1}`),
    );
    expect(rows.map(({ id }) => id)).to.have.members(wanted);
  });

  it('names a test that exists for each row', () => {
    const doubts = rows.map((row) => [row.id, doubt(row)]).filter(([, why]) => why !== '');
    expect(doubts).to.deep.equal([]);
  });

  it('says what each row means', () => {
    expect(rows.filter(({ meaning }) => meaning === '')).to.deep.equal([]);
  });

  it('leaves to later features what belongs to them', () => {
    const later = rows.filter(({ proof }) => proof.startsWith('later: '));
    for (const { id, meaning, proof } of later) console.log(`      ${id} ${meaning}: ${proof}`);
    const features = new Set(later.map(({ proof }) => proof));
    expect([...features]).to.deep.equal(['later: membership changes', 'later: snapshots']);
  });

  it('would notice a test that is gone', () => {
    const gone = { id: 'FOL99', meaning: 'x', proof: 'follower' };
    expect(doubt(gone)).to.equal('acceptance/follower has no test "FOL99 …"');
    expect(doubt({ ...gone, proof: 'rules/nothing › x' })).to.contain('rules/nothing has no test');
  });
});
