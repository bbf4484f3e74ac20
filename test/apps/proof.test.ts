/**
 * The ledger of proof: what rows add up to, and that its page says that and nothing else.
 */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SeedLine } from '../../apps/mutants/job.ts';
import { mutants } from '../../apps/mutants/catalogue/index.ts';
import { add, appendRow, nothing, readLedger, sumsOf, type Row } from '../../apps/proof/ledger.ts';
import { page } from '../../apps/proof/page.ts';
import { hashSources } from '../../apps/proof/sources.ts';

function aSeed(seed: number, change: Partial<SeedLine> = {}): SeedLine {
  return {
    seed,
    servers: 3,
    events: 1_000,
    chartSteps: 2_000,
    commits: 10,
    virtualMs: 60_000.4,
    faults: { crash: 2, lost: 3, pause: 0 } as SeedLine['faults'],
    operations: { acked: 5, failed: 1, unknown: 1, pending: 0 },
    snapshots: { saved: 0, installed: 0, chunks: 0 },
    changes: { asked: 0, confirmed: 0, committed: 0 },
    hash: 'h',
    counts: true,
    judged: true,
    violations: [],
    rerun: 'none',
    ...change,
  };
}

function aRow(change: Partial<Row> = {}): Row {
  const sums = sumsOf(aSeed(1));
  return {
    at: '2026-01-02T03:04:05Z',
    sources: 'abc',
    from: 1,
    to: 1,
    ...sums,
    medians: { chartSteps: 2_000, commits: 10, faults: 5 },
    mutants: [],
    ...change,
  };
}

describe('proof: the ledger', () => {
  it('adds seeds up, by size, fault and outcome', () => {
    const violation = { invariant: 'I7', kind: 'safety', server: 'n1', message: 'twice' } as const;
    const sums = [
      aSeed(1, { rerun: 'equal' }),
      aSeed(2, {
        ...{ servers: 5, counts: false, rerun: 'different', judged: false },
        violations: [violation],
      }),
    ]
      .map(sumsOf)
      .reduce(add, nothing);
    expect(sums).to.deep.include({ seeds: 2, counted: 1, events: 2_000, virtualMs: 120_000 });
    expect(sums.sizes).to.deep.equal({ 3: 1, 5: 1 });
    expect(sums.faults).to.include({ crash: 4, lost: 6, pause: 0 });
    expect(sums.operations).to.deep.equal({ acked: 10, failed: 2, unknown: 2, pending: 0 });
    expect(sums.reruns).to.deep.equal({ equal: 1, different: 1 });
    expect(sums.judged).to.equal(7);
    expect(sums.violations).to.deep.equal([
      { seed: 2, servers: 5, invariant: 'I7', message: 'twice' },
    ]);
  });

  it('reads back the rows that were appended', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-ledger-'));
    const path = join(folder, 'proof.jsonl');
    expect(readLedger(path)).to.deep.equal([]);
    appendRow(path, aRow());
    appendRow(path, aRow({ from: 2, to: 9 }));
    expect(readLedger(path)).to.deep.equal([aRow(), aRow({ from: 2, to: 9 })]);
    rmSync(folder, { recursive: true });
  });

  it('reads rows that are older than medians and judged histories', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-ledger-'));
    const path = join(folder, 'proof.jsonl');
    writeFileSync(path, JSON.stringify({ ...aRow(), judged: undefined, medians: undefined }));
    expect(readLedger(path)).to.deep.equal([aRow({ judged: 0, medians: null })]);
    rmSync(folder, { recursive: true });
  });

  it('counts for the sources that ran: a rule is one, the command line is not', () => {
    const before = hashSources(['machines/log.ts', 'machines/rules/quorum.ts']);
    expect(hashSources(['machines/rules/quorum.ts', 'machines/log.ts'])).to.equal(before);
    expect(
      hashSources(['apps/cli/main.ts', 'machines/rules/quorum.ts', 'machines/log.ts']),
    ).to.equal(before);
    expect(hashSources(['machines/log.ts'])).not.to.equal(before);
  });
});

describe('proof: the page', () => {
  it('is what the ledger says: run `npm run proof -- --page` after an edit of either', async () => {
    const written = readFileSync('docs/proof.md', 'utf8');
    expect(written).to.equal(await page(readLedger('docs/proof.jsonl')));
  });

  it('says which sources broke a promise, which mutant survived and which was not hunted', async () => {
    const [first, second] = mutants;
    const broken = { seed: 7, servers: 3, invariant: 'I1', message: 'two leaders' };
    const text = await page([
      aRow({ sources: 'old' }),
      aRow({
        violations: [broken],
        medians: { chartSteps: 1_900, commits: 10, faults: 5 },
        mutants: [
          { name: first?.name ?? '', killedBy: 'I8', seeds: 3 },
          { name: second?.name ?? '', killedBy: null, seeds: 300 },
        ],
      }),
    ]);
    expect(text).to.include('I1 in seed 7 at 3 servers: two leaders');
    expect(text).to.match(new RegExp(`\\| ${first?.name ?? ''} .*\\| I8 +\\| 3 `));
    expect(text).to.match(
      new RegExp(`\\| ${second?.name ?? ''} .*\\| \\*\\*survived\\*\\* +\\| 300 `),
    );
    expect(text).to.include('not hunted yet');
    expect(text).to.include('at least 1,900 chart steps, 10 commits and 5 faults');
    expect(text.indexOf('`abc`')).to.be.lessThan(text.indexOf('`old`'));
  });
});
