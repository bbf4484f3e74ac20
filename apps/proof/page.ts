/**
 * docs/proof.md, from the rows of docs/proof.jsonl: what ran, on which sources, and what found which bug.
 */
import { format, resolveConfig } from 'prettier';
import { harmless, waiting } from '../mutants/catalogue/waiting.ts';
import { mutants } from '../mutants/catalogue/index.ts';
import type { Medians } from '../../simulation/simulate.ts';
import { add, nothing, type Row, type Sums } from './ledger.ts';
import { found, notCovered } from './words.ts';

/** The page, formatted as the project's other pages are. */
export async function page(rows: readonly Row[]): Promise<string> {
  const newest = rows.at(-1)?.sources;
  const current = rows.filter(({ sources }) => sources === newest);
  const text = [intro, ledger(rows), present(current), kills(rows), bugs, gaps].join('\n\n');
  return format(text, { ...(await resolveConfig('docs/proof.md')), parser: 'markdown' });
}

const intro = `# Proof

What was run to find out whether the promises hold, and whether the checks would notice if they did not.
\`npm run proof -- --minutes N\` spends N minutes on simulated clusters of 1 to 7 servers and on planted
bugs, and adds a row to \`docs/proof.jsonl\`; this page is made from those rows. No row is written by hand.

Each event of a simulated cluster is checked against [the invariants](invariants.md). A seed counts when it
had at least 2,000 chart steps, a commit and a fault; after its faults, a healed majority owed progress.
Rows count for the sources that they ran on, named by a hash of every file that the simulated cluster
consists of: charts, actors, in-memory twins, what is replicated, and the simulator.`;

const count = (value: number): string => value.toLocaleString('en-US');
const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);
const sumUp = (rows: readonly Row[]): Sums => rows.reduce<Sums>(add, nothing);

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map(() => '---');
  return [head, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** `18.4 h`; rounded down, since it is a claim. */
function duration(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours >= 48) return `${(hours / 24).toFixed(1)} d`;
  return hours >= 1 ? `${hours.toFixed(1)} h` : `${Math.floor(ms / 60_000)} min`;
}

function ledger(rows: readonly Row[]): string {
  const hashes = [...new Set(rows.map(({ sources }) => sources))].reverse();
  const line = (name: string, of: readonly Row[]): string[] => {
    const sums = sumUp(of);
    return [
      name,
      of.at(-1)?.at.slice(0, 10) ?? '',
      count(sums.seeds),
      count(sums.counted),
      count(sums.events),
      duration(sums.virtualMs),
      count(sum(Object.values(sums.operations))),
      count(sums.judged),
      `${count(sums.reruns.equal)} of ${count(sums.reruns.equal + sums.reruns.different)}`,
      count(sums.violations.length),
    ];
  };
  const lines = hashes.map((hash) =>
    line(
      `\`${hash}\``,
      rows.filter((row) => row.sources === hash),
    ),
  );
  return `## Ledger\n\n${table(
    [
      ...['sources', 'last run', 'seeds', 'that count', 'events', 'simulated time'],
      ...['operations', 'of them in a history found linearizable'],
      ...['equal when run twice', 'broken promises'],
    ],
    [...lines, line('all', rows)],
  )}`;
}

function present(rows: readonly Row[]): string {
  const { faults, sizes, operations, violations } = sumUp(rows);
  const counts = (of: Readonly<Record<string, number>>): string[][] =>
    Object.entries(of).map(([name, value]) => [name, count(value)]);
  const broken = violations.map(
    ({ seed, servers, invariant, message }) =>
      `- ${invariant} in seed ${seed} at ${servers} servers: ${message.split('\n')[0] ?? ''}`,
  );
  return [
    '## The newest sources',
    table(['fault', 'injected'], counts(faults)),
    table(['servers', 'seeds'], counts(sizes)),
    table(['outcome told to clients', 'operations'], counts(operations)),
    usual(rows),
    broken.length === 0 ? 'No promise was broken.' : `Broken:\n\n${broken.join('\n')}`,
  ].join('\n\n');
}

/** Medians of different runs cannot be added up: the least of each is what all of them reached. */
function usual(rows: readonly Row[]): string {
  const medians = rows.flatMap((row) => row.medians ?? []);
  if (medians.length === 0) return 'Medians per seed were not counted.';
  const least = (of: (one: Medians) => number): string => count(Math.min(...medians.map(of)));
  return (
    `Half of the seeds had at least ${least((one) => one.chartSteps)} chart steps, ` +
    `${least((one) => one.commits)} commits and ${least((one) => one.faults)} faults, ` +
    'lost, doubled and late messages included.'
  );
}

function kills(rows: readonly Row[]): string {
  const lines = mutants.map(({ name, title, source }) => {
    const row = rows.findLast((one) => one.mutants.some((verdict) => verdict.name === name));
    const verdict = row?.mutants.find((one) => one.name === name);
    const by = verdict === undefined ? 'not hunted yet' : (verdict.killedBy ?? '**survived**');
    return [name, title, source, by, verdict ? count(verdict.seeds) : '', row?.sources ?? ''];
  });
  const later = waiting.map(({ row, why }) => [row, why]);
  return [
    '## Planted bugs',
    'Each was built into today’s sources and hunted from seed 1 on until an invariant found it; crashes and ' +
      'endless loops do not count. `npm run mutants` hunts them all.',
    table(['bug', 'what was planted', 'who had it', 'found by', 'seeds', 'sources'], lines),
    'These historical bugs, and bugs that this project feared, are not planted:',
    table(['bug', 'why'], later),
    'And these changes were tried and are no bugs here:',
    table(
      ['change', 'why nothing breaks'],
      harmless.map(({ change, why }) => [change, why]),
    ),
  ].join('\n\n');
}

const bugs = `## Bugs found on the way\n\n${found
  .map(({ bug, by, test }) => `- ${bug}. Found by ${by}; kept in \`${test}\`.`)
  .join('\n')}`;

const gaps = `## Not covered yet\n\n${notCovered.map((gap) => `- ${gap}`).join('\n')}`;
