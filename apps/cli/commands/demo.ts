/**
 * `statecraft demo`: a cluster of real processes on this machine, to look at and to break. Its page
 * opens in a browser when a person reads the output.
 *
 * A server that dies is reported and left dead. Ctrl-C, SIGTERM and SIGHUP stop everything and
 * remove the data, unless it is to be kept. When all servers died the demo ends, too, and keeps the
 * data: nobody asked for its end. After a `kill -9` of the demo its servers stop by themselves; the
 * folder is swept by the next demo.
 */
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { Option } from 'commander';
import { launchCluster } from '../cluster/launch.ts';
import { Returns } from '../cluster/returns.ts';
import { serveSupervisor } from '../cluster/supervisor.ts';
import { wantsColour } from '../colour.ts';
import { chooseFolder, type DemoFolder } from '../demo-folder.ts';
import { DemoNarrator } from '../demo-narrator.ts';
import { banner, pageOf, readyLine, welcome } from '../demo-text.ts';
import { failure } from '../failure.ts';
import { openBrowser } from '../open-browser.ts';
import { formatDuration } from '../parse/duration.ts';
import { asShellWords } from '../printable.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

interface DemoOptions {
  readonly nodes: '1' | '3' | '5' | '7';
  readonly dataDir?: string;
  readonly retain?: true;
  readonly open: boolean;
  readonly output: 'text' | 'json';
}

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
  const leaveShell = io.onShellGone(() => stop.abort());
  const { dataDir, retain } = options;
  const nodes = Number(options.nodes);
  try {
    const folder = await chooseFolder({ nodes, dataDir, retain: retain === true });
    try {
      await play(options, shell, folder, stop.signal);
    } finally {
      if (!(await folder.remove())) {
        const remedy = 'stop it, and remove the folder';
        shell.io.err(`A server still uses data in ${folder.path}; ${remedy}.\n`);
      }
    }
  } finally {
    leaveShell();
    leave?.();
    release();
  }
}

async function play(
  options: DemoOptions,
  shell: Shell,
  folder: DemoFolder,
  stop: AbortSignal,
): Promise<void> {
  const { io } = shell;
  const nodes = Number(options.nodes);
  const text = options.output === 'text';
  const narrator = new DemoNarrator(io, text);
  let desert = (): void => undefined;
  const deserted = new Promise<void>((resolve) => (desert = resolve));
  const isOurs = (id: string): boolean => cluster?.members.get(id)?.alive === true;
  const startedAtMs = performance.now();
  if (text) io.out(`${banner(nodes, folder)}\n`);
  const faultToken = randomBytes(tokenBytes).toString('hex');
  const cluster = await launchCluster({
    nodes,
    faultToken,
    cluster: folder.cluster,
    dataDir: folder.path,
    signal: stop,
    onLeader: (id, term) => narrator.leads(id, term),
    onDeath: (member, death, { asked, living }) => {
      narrator.died(member, death, asked);
      returns.died(member.options);
      // One that the page ended can be started by the page again.
      if (!asked && living === 0 && returns.strangers === 0) desert();
    },
  });
  if (cluster === null) return;
  const returns = new Returns({
    isOurs,
    onBack: (id) => narrator.back(id),
    onGone: (id) => {
      narrator.gone(id);
      if (![...cluster.members.keys()].some(isOurs) && returns.strangers === 0) desert();
    },
  });
  const supervisor = await serveSupervisor(cluster, faultToken);
  const page = pageOf(cluster, faultToken, supervisor.address);
  try {
    const elapsed = formatDuration(performance.now() - startedAtMs);
    if (text) io.out(welcome(cluster, page, elapsed, wantsColour(io.env, io.outIsTty)));
    else io.out(readyLine(folder.cluster, cluster, page));
    if (text && options.open && io.outIsTty) openBrowser(page, io.env);
    await Promise.race([deserted, aborted(stop)]);
    if (!stop.aborted) {
      await folder.keep();
      throw allGone(nodes, folder.path);
    }
  } finally {
    returns.stop();
    await supervisor.stop();
    await cluster.stop();
  }
}

function allGone(nodes: number, path: string): Error {
  const words = asShellWords(['statecraft', 'demo', '--nodes', String(nodes), '--data-dir', path]);
  return failure(
    'ERR_NODE_DIED',
    `All servers are gone; their data stays in ${path}`,
    `Go on with it by "${words}", or remove it`,
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
