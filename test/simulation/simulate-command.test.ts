/** apps/cli/simulate.ts: what a person and a script are told, and by which exit code. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Readable } from 'node:stream';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import sinon from 'sinon';
import type { Io } from '../../apps/cli/io.ts';
import type { Shell } from '../../apps/cli/shell.ts';
import { addSimulateCommand } from '../../apps/cli/simulate.ts';
import { Network } from '../../simulation/network.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';

/** Runs `statecraft simulate …` in this process. */
function simulate(...words: string[]) {
  const printed = { out: '', err: '' };
  const io: Io = {
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    input: () => Readable.from([]),
    env: {},
    outIsTty: false,
    errIsTty: false,
    onSignal: () => () => undefined,
    parent: null,
    onShellGone: () => () => undefined,
    run: () => {
      throw new Error('it starts no program');
    },
    abort: () => undefined,
  };
  const shell: Shell = { io, exitCode: 0 };
  const program = new Command().exitOverride();
  addSimulateCommand(program, shell);
  program.parse(['simulate', ...words], { from: 'user' });
  return { ...printed, exitCode: shell.exitCode };
}

describe('simulation: the simulate command', () => {
  afterEach(() => sinon.restore());

  it('ends with one JSON line of totals, and 0 when every promise held', () => {
    const { out, err, exitCode } = simulate('--seeds', '1..2', '--servers', '3', '-o', 'json');
    const totals = JSON.parse(out.trim().split('\n').at(-1) ?? '') as Record<string, number>;
    expect(Object.keys(totals).slice(0, 4)).to.deep.equal([
      ...['seeds', 'events', 'eventsPerSecond', 'violations'],
    ]);
    expect(totals).to.include.keys('reruns', 'unjudged', 'medians', 'faults');
    expect(totals).to.include({ seeds: 2, violations: 0 });
    expect(totals['events']).to.be.above(4_000);
    expect([err, exitCode]).to.deep.equal(['', 0]);
  });

  it('prints what happens, event by event, with -v, and the hash of the run', () => {
    const { out } = simulate('--seeds', '1', '--servers', '3', '-v');
    expect(out).to.match(/^\d+\.\d{3} n1 start/m);
    expect(out).to.match(/n\d message rpc\.requestVote n\d>n\d t\d+ last \d+@\d+ \| follower t/);
    expect(out).to.match(/^seed 1: hash [0-9a-f]{16}, \d+ events/m);
    expect(out.trim().split('\n').at(-1)).to.match(/^1 seed, \d+ events, \d+ events\/s, 0 violat/);
  });

  it('reports a broken promise with seed, time, options and the command that replays it', () => {
    sinon.stub(MemoryDisk.prototype, 'commit').returns(null);
    const { out, err, exitCode } = simulate('--seeds', '7', '--servers', '3', '-o', 'json');
    expect(exitCode).to.equal(20);
    expect(err).to.match(/^Violation: I\d+ \(safety\) in seed 7 at [\d.]+ ms on n\d: /m);
    expect(err).to.include('  Drawn: {"seed":7,"servers":3,');
    expect(err).to.include('  Replay: statecraft simulate --seeds 7..7 --servers 3 -v\n');
    expect(JSON.parse(out)).to.include({ violations: 1 });
  });

  it('shrinks the first failure, draws it, and writes a trace that replays it', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-trace-'));
    const file = join(folder, 'failure.jsonl');
    sinon.stub(MemoryDisk.prototype, 'commit').returns(null);
    const { err } = simulate('--seeds', '7', '--servers', '3', '--trace', file);
    expect(err).to.match(/Shrunk in \d+ runs: I\d+ at [\d.]+ ms with 0 of \d+ faults/);
    expect(err).to.match(/^ +ms │ n1 +│ n2/m);
    expect(err).to.include(`  Replay what is left: statecraft simulate --replay ${file} -v\n`);
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    const types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
    expect([types[0], types.at(-1)]).to.deep.equal(['options', 'violation']);
    expect(types).to.include('step');

    const again = simulate('--replay', file);
    expect(again.exitCode).to.equal(20);
    expect(again.err).to.match(/^Violation: I\d+ \(safety\) in seed 7/m);
    sinon.restore();
    expect(simulate('--replay', file).exitCode, 'without the bug').to.equal(0);
    rmSync(folder, { recursive: true });
  });

  it('refuses a trace that cannot be written before it runs anything, and leaves no file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'statecraft-trace-'));
    const seeds = ['--seeds', '1', '--servers', '3', '--trace'];
    for (const [file, why] of [
      [join(folder, 'nowhere', 'failure.jsonl'), 'ENOENT'],
      [folder, 'EISDIR'],
    ] as const) {
      // So it would end with 22, if it ran.
      sinon.stub(MemoryDisk.prototype, 'load').throws(new Error('planted'));
      expect(() => simulate(...seeds, file)).to.throw(`cannot be written (${why})`);
      sinon.restore();
    }
    expect(simulate(...seeds, join(folder, 'none.jsonl')).exitCode).to.equal(0);
    expect(readdirSync(folder), 'nothing failed').to.deep.equal([]);
    rmSync(folder, { recursive: true });
  });

  it('refuses --trace where no trace would be written', () => {
    for (const words of [
      ['--shrink', '0'],
      ['--replay', 'package.json'],
    ]) {
      expect(() => simulate('--trace', 'failure.jsonl', ...words)).to.throw('--trace goes without');
    }
  });

  it('does not shrink when told so, and refuses a replay of what is no trace', () => {
    sinon.stub(MemoryDisk.prototype, 'commit').returns(null);
    const { err } = simulate('--seeds', '7', '--servers', '3', '--shrink', '0');
    expect(err).not.to.include('Shrunk');
    expect(() => simulate('--replay', 'package.json')).to.throw('is not a trace of a run');
    expect(() => simulate('--replay', 'no-such-file')).to.throw('cannot be read (ENOENT)');
  });

  it('exits with 21 when a healed cluster makes no progress', () => {
    sinon.stub(Network.prototype, 'send');
    expect(simulate('--seeds', '1', '--servers', '3', '--shrink', '0').exitCode).to.equal(21);
  });

  it('exits with 22 when a server crashes by itself', () => {
    sinon.stub(MemoryDisk.prototype, 'load').throws(new Error('planted'));
    const { err, exitCode } = simulate('--seeds', '1', '--servers', '3');
    expect(exitCode).to.equal(22);
    expect(err).to.match(/Violation: I44 \(crash\) in seed 1 .*planted/);
  });

  it('refuses what is no range of seeds', () => {
    for (const range of ['x', '5..1', '1..', '-3', '1.5']) {
      expect(() => simulate(`--seeds=${range}`), range).to.throw('is not a range of whole numbers');
    }
  });
});
