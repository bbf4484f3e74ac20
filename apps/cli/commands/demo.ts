/**
 * `statecraft demo`: a cluster of real processes on this machine, to look at and to break. Its page
 * opens in a browser when a person reads the output.
 *
 * A server that dies is reported and left dead. Ctrl-C, SIGTERM and SIGHUP stop everything and
 * remove the data, unless it is to be kept. After a `kill -9` of the demo its servers stop by
 * themselves; the folder is swept by the next demo.
 */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { launchCluster } from '../cluster/launch.ts';
import { serveSupervisor } from '../cluster/supervisor.ts';
import { makeLastingFolder, makeTemporaryFolder } from '../cluster/temporary-folder.ts';
import { wantsColour } from '../colour.ts';
import { DemoNarrator } from '../demo-narrator.ts';
import { banner, pageOf, readyLine, welcome } from '../demo-text.ts';
import { invalidArgument } from '../failure.ts';
import { openBrowser } from '../open-browser.ts';
import { formatDuration } from '../parse/duration.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

interface DemoOptions {
  readonly nodes: '1' | '3' | '5' | '7';
  readonly dataDir?: string;
  readonly retain?: true;
  readonly open: boolean;
  readonly output: 'text' | 'json';
}

const clusterId = 'demo';
/** Of chance, in the token of the faults. */
const tokenBytes = 16;

export function addDemoCommand(program: Command, shell: Shell): void {
  program
    .command('demo')
    .description('start a cluster on this machine to play with; Ctrl-C ends it')
    .addOption(
      new Option('--nodes <count>', 'how many servers').choices(['1', '3', '5', '7']).default('3'),
    )
    .option('--data-dir <dir>', 'keep the data there, and go on with what is there')
    .option('--retain', 'keep the temporary data directory at the end')
    .option('--no-open', 'do not open the page in a browser')
    .addOption(outputOption())
    .addHelpText('after', examples('demo', 'demo --nodes 5 -o json --no-open'))
    .action((options: DemoOptions) => demo(options, shell));
}

async function demo(options: DemoOptions, shell: Shell): Promise<void> {
  const { io } = shell;
  const stop = new AbortController();
  const release = io.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => stop.abort());
  const leave = io.parent?.onGone(() => stop.abort());
  const folder = await chooseFolder(options);
  try {
    await play(options, shell, folder.path, folder.note, stop.signal);
  } finally {
    if (!(await folder.remove())) {
      shell.io.err(`A server still uses data in ${folder.path}; stop it, and remove the folder.\n`);
    }
    leave?.();
    release();
  }
}

/** Where the data goes, what to say of that, and how to clean up. */
async function chooseFolder({ nodes, dataDir, retain }: DemoOptions) {
  const remove = (): Promise<boolean> => Promise.resolve(true);
  if (dataDir !== undefined) {
    await refuseOtherSize(dataDir, Number(nodes));
    return { path: resolve(dataDir), note: 'kept', remove };
  }
  if (retain === true) return { path: await makeLastingFolder(), note: 'kept', remove };
  return { ...(await makeTemporaryFolder()), note: 'removed at the end; --retain keeps it' };
}

/**
 * Servers that remember a cluster of another size would count other majorities than their new peers:
 * two leaders in one term. Changing the size is a matter for the log, not for an option.
 */
async function refuseOtherSize(dataDir: string, nodes: number): Promise<void> {
  const names = await readdir(dataDir).catch(() => []);
  const found = names.filter((name) => /^n\d+$/.test(name)).length;
  if (found === 0 || found === nodes) return;
  throw invalidArgument(
    `${dataDir} holds a cluster of ${found}, not of ${nodes}`,
    `Pass --nodes ${found}, or another directory`,
  );
}

async function play(
  options: DemoOptions,
  shell: Shell,
  dataDir: string,
  note: string,
  stop: AbortSignal,
): Promise<void> {
  const { io } = shell;
  const nodes = Number(options.nodes);
  const text = options.output === 'text';
  const narrator = new DemoNarrator(io, text);
  const startedAtMs = performance.now();
  if (text) io.out(`${banner(nodes, dataDir, note)}\n`);
  const faultToken = randomBytes(tokenBytes).toString('hex');
  const cluster = await launchCluster({
    nodes,
    faultToken,
    cluster: clusterId,
    dataDir,
    signal: stop,
    onLeader: (id, term) => narrator.leads(id, term),
    onDeath: (member, death, after) => narrator.died(member, death, after),
  });
  if (cluster === null) return;
  const supervisor = await serveSupervisor(cluster, faultToken);
  const page = pageOf(cluster, faultToken, supervisor.address);
  try {
    const elapsed = formatDuration(performance.now() - startedAtMs);
    if (text) io.out(welcome(cluster, page, elapsed, wantsColour(io.env, io.outIsTty)));
    else io.out(readyLine(clusterId, cluster, page));
    if (text && options.open && io.outIsTty) openBrowser(page, io.env);
    await Promise.race([narrator.deserted, aborted(stop)]);
  } finally {
    await supervisor.stop();
    await cluster.stop();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
