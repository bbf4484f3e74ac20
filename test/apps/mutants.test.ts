/**
 * Planted bugs: the catalogue fits today's sources, the pipeline tells a kill from a survivor and
 * from a crash, and nothing is convicted without its bug. The hunt for all is `npm run mutants`.
 */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, bundleFolder, root } from '../../apps/mutants/bundle.ts';
import { canary, mutants } from '../../apps/mutants/catalogue/index.ts';
import { waiting } from '../../apps/mutants/catalogue/waiting.ts';
import { hunt } from '../../apps/mutants/hunt.ts';
import { runJob, type SeedLine } from '../../apps/mutants/job.ts';
import { occurrences, plant, type Mutant } from '../../apps/mutants/mutant.ts';
import { serversOf } from '../../apps/mutants/sizes.ts';
import { row } from '../../apps/mutants/table.ts';

/** Rows of the table of historical bugs; what is missing in the count is missing in the table. */
const rows = [
  ...[1, 2, 3, 4, 5, 7, 8, 10, 11, 13, 14, 15, 16, 17, 19, 20, 21, 22, 24, 25, 27, 28, 29, 31, 32],
  ...[34, 35, 37, 38, 39, 41, 43, 44, 45, 46, 47, 50, 51, 52, 53, 55],
];

const all = [...mutants, canary];
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

describe('mutants: the catalogue', () => {
  for (const { name, title, edits } of all) {
    it(`${name} fits today's sources: ${title}`, () => {
      for (const { file, find } of edits) {
        expect(occurrences(read(file), find), `${file}: ${find}`).to.equal(1);
      }
    });
  }

  it('has or explains every row of the historical bugs, each mutant under a name of its own', () => {
    const planted = mutants.map(({ name }) => /^(M\d+)[a-z]?$/.exec(name)?.[1] ?? '');
    const explained = waiting.map(({ row }) => row).filter((row) => row.startsWith('M'));
    const here = new Set([...planted, ...explained].filter((one) => one !== ''));
    expect([...here].sort()).to.deep.equal(rows.map((number) => `M${number}`).sort());
    expect(new Set(all.map(({ name }) => name)).size).to.equal(all.length);
    expect(mutants.length).to.be.at.least(25);
  });

  it('expects invariants that exist', () => {
    const known = read('docs/invariants.md');
    const unheardOf = all.flatMap(({ expects }) =>
      expects.filter((id) => !known.includes(`| ${id} `)),
    );
    expect(unheardOf).to.deep.equal([]);
  });

  it('refuses to plant where the source has changed', () => {
    const edit = { file: 'x.ts', find: 'a + 1', replace: 'a' };
    expect(plant('b = a + 1;', edit)).to.equal('b = a;');
    expect(() => plant('b = a + 2;', edit)).to.throw('ERR_MUTANT_LOST');
    expect(() => plant('b = a + 1; c = a + 1;', edit)).to.throw('ERR_MUTANT_LOST');
  });

  it('hunts in clusters of every size from 1 to 7', () => {
    const sizes = Array.from({ length: 10 }, (_, seed) => serversOf(seed));
    expect([...new Set(sizes)].sort()).to.deep.equal([1, 2, 3, 4, 5, 6, 7]);
  });
});

describe('mutants: the pipeline', () => {
  const folder = bundleFolder();
  const options = { folder, from: 1, maxSeeds: 2 };

  it('reports the canary, and by an invariant; the same seed is clean without it', async () => {
    const caught = await hunt(canary, options);
    expect(caught).to.include({ killedBy: 'I17', seeds: 1, seed: 1, crashes: 0 });
    expect(row(canary, caught)).to.match(/^canary +1 +I17 /);

    const { path } = await bundle(folder, 'control', []);
    const lines: SeedLine[] = [];
    await runJob(path, { seeds: [1], rerunEvery: 1 }, (line) => lines.push(line) > 0);
    expect(lines).to.have.length(1);
    expect(lines[0]).to.deep.include({ seed: 1, violations: [], rerun: 'equal', counts: true });
  }).timeout(120_000);

  it('reports a survivor as one', async () => {
    const harmless: Mutant = {
      ...canary,
      name: 'harmless',
      edits: [
        {
          file: 'machines/rules/quorum.ts',
          find: '2 * voters.filter(holds).length',
          replace: 'voters.filter(holds).length * 2',
        },
      ],
    };
    const caught = await hunt(harmless, options);
    expect(caught).to.include({ killedBy: null, seeds: 2, seed: -1, crashes: 0 });
    expect(row(harmless, caught)).to.match(/^harmless2 +- /);
  }).timeout(120_000);

  it('takes neither a server that stops nor a process that dies for a kill', async () => {
    const edit = { file: 'machines/rules/quorum.ts', find: 'return 2 *' };
    const throws = {
      ...edit,
      replace: "if (voters.length > 0) throw new Error('bug'); return 2 *",
    };
    const stops = await hunt({ ...canary, name: 'stops', edits: [throws] }, options);
    expect(stops).to.include({ killedBy: null, seeds: 2, crashes: 2 });

    const exits = { ...edit, replace: 'process.exit(7); return 2 *' };
    const dies = await hunt({ ...canary, name: 'dies', edits: [exits] }, options);
    expect(dies).to.include({ killedBy: null, seeds: 2, crashes: 2, events: 0 });
  }).timeout(120_000);

  it('refuses a mutant of a file that the simulator does not use', async () => {
    const edits = [{ file: 'storage/vote-file.ts', find: 'x', replace: 'y' }];
    const failure = await hunt({ ...canary, name: 'elsewhere', edits }, options).catch(String);
    expect(failure).to.include('ERR_MUTANT_LOST');
  }).timeout(120_000);
});
