/** Holds the index and the tests of the paper's sentences together; README.md is the index to read. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { sentences, type SentenceId } from './sentences.ts';

const folder = new URL('./', import.meta.url);
const files = readdirSync(folder)
  .filter((name) => /^(section|thesis).*\.test\.ts$/.test(name))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const ids = Object.keys(sentences) as SentenceId[];

/** The tests of the folder, in order. */
const tests = files.flatMap(({ name, text }) =>
  [...text.matchAll(/^ {2}paper\('([^']+)'/gm)].map(([, id]) => ({ name, id })),
);

function render(): string {
  const rows = ids.map((id) => {
    const name = tests.find((test) => test.id === id)?.name ?? '';
    return `| ${id} | ${sentences[id]} | [${name}](${name}) |`;
  });
  return [
    "# The paper's sentences",
    '',
    'Written by `REWRITE=1 npx mocha test/paper/paper.test.ts` from [sentences.ts](sentences.ts).',
    'A number is a section of the extended Raft paper, or of the thesis, and a count.',
    '',
    '<!-- prettier-ignore -->',
    '| number | sentence | test |',
    '| --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

describe("the paper's sentences", () => {
  it('have a test each, and one only', () => {
    expect(tests.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
  });

  it('are all that is tested here', () => {
    const others = files.filter(({ text }) => /\bit\(/.test(text));
    expect(others.map(({ name }) => name)).to.deep.equal([]);
  });

  it('are listed in README.md as they are here', () => {
    const readme = new URL('README.md', folder);
    if (process.env['REWRITE'] === '1') writeFileSync(readme, render());
    expect(readFileSync(readme, 'utf8')).to.equal(render());
  });
});
