/** What a demo says: where it runs, who leads, what to try, and that a server died. */
import { createColors } from 'picocolors';
import type { Cluster } from './cluster/launch.ts';
import { startArguments, type Death, type MemberProcess } from './cluster/member-process.ts';
import type { DemoFolder } from './demo-folder.ts';
import { defaultEndpoints } from './parse/address.ts';
import { asShellWords } from './printable.ts';
import { renderTable } from './table.ts';
import { version } from '../../actors/node/version.ts';

/** Of what a server printed that died without a reason. */
const maxLastLines = 5;

/** The first line, before anything runs. */
export function banner(nodes: number, { cluster, path, note }: DemoFolder): string {
  const servers = nodes === 1 ? '1 server' : `${nodes} servers`;
  return `statecraft ${version}  cluster ${cluster}, ${servers}, data in ${path} (${note})`;
}

/** The table of addresses, the leader, and what to try. */
export function welcome(cluster: Cluster, page: string, elapsed: string, colour: boolean): string {
  const pc = createColors(colour);
  const { leader } = cluster;
  const members = [...cluster.members.values()];
  const rows = members.map(({ pid, options: { id, client, peer } }) => [
    id === leader.id ? `${id} ★` : id,
    client,
    peer,
    String(pid),
  ]);
  const leaderPid = members.find(({ options }) => options.id === leader.id)?.pid ?? 0;
  const endpoints = endpointsOption(members.map(({ options }) => options.client));
  return [
    '\n',
    renderTable(['NODE', 'CLIENTS', 'PEERS', 'PID'], rows),
    `\n${pc.green(`✓ ${leader.id} leads term ${leader.term} after ${elapsed}`)}\n`,
    `\nWatch it live, and break it: ${pc.bold(page)}\n`,
    '\nTry, in another terminal:\n',
    `  npx statecraft put greeting "hello, quorum"${endpoints}\n`,
    `  npx statecraft get greeting${endpoints}\n`,
    `  npx statecraft status${endpoints}\n`,
    `  curl -L -X PUT -d hello ${members[0]?.options.client ?? ''}/v1/kv/greeting\n`,
    `  kill -9 ${leaderPid}   ${pc.dim('# the leader: see who takes over, and how fast')}\n`,
    `\n${pc.dim('Ctrl-C ends it all.')}\n`,
  ].join('');
}

/**
 * The page, from a server that does not lead if there is one: the leader is the first to be killed.
 * What it needs to inject faults follows `#`, which no browser sends to anyone.
 */
export function pageOf({ leader, members }: Cluster, token: string, supervisor: string): string {
  const servers = [...members.values()].map(({ options }) => options);
  const server = servers.find(({ id }) => id !== leader.id) ?? servers[0];
  const query = new URLSearchParams({ faults: token, supervisor });
  return `http://${server?.client ?? ''}/ui/#/?${query.toString().replace('%3A', ':')}`;
}

/** For programs: the first line on stdout, once the cluster can serve. */
export function readyLine(cluster: string, { leader, members }: Cluster, page: string): string {
  const nodes = [...members.values()].map(({ pid, options }) => ({
    id: options.id,
    client: options.client,
    peer: options.peer,
    pid,
    dataDir: options.dataDir,
  }));
  const ready = {
    type: 'ready',
    ready: true,
    cluster,
    leader: leader.id,
    term: leader.term,
    page,
    nodes,
  };
  return `${JSON.stringify(ready)}\n`;
}

/** For programs: another leader, `gapMs` after the one before it died; null: that lives. */
export function leaderLine(id: string, term: number, gapMs: number | null): string {
  return `${JSON.stringify({ type: 'leader', id, term, gapMs })}\n`;
}

/** For programs: a server that had died answers again. */
export function backLine(id: string): string {
  return `${JSON.stringify({ type: 'back', id })}\n`;
}

/** For programs: one that somebody else had started again answers no more. */
export function goneLine(id: string): string {
  return `${JSON.stringify({ type: 'gone', id })}\n`;
}

/** For programs: a server ended, and the words that start it again. */
export function deathLine({ pid, options }: MemberProcess, death: Death): string {
  const { code, signal } = death;
  const restart = ['statecraft', ...startArguments(options)];
  return `${JSON.stringify({ type: 'death', id: options.id, pid, code, signal, restart })}\n`;
}

/** The page ended it, and can start it again. */
export function endedNotice({ pid, options }: MemberProcess): string {
  return `✗ ${options.id} (pid ${pid}) was ended by the page.\n`;
}

/** How a server ended, what was wrong if anything was, and the command that starts it again. */
export function deathNotice({ pid, options }: MemberProcess, death: Death): string {
  const { code, signal } = death;
  const orderly = signal === null && code === 0;
  const how = orderly
    ? 'was stopped in order'
    : signal === null
      ? `ended with exit code ${code}`
      : `was ended by ${signal}`;
  const last = signal === null && !orderly ? lastWords(death) : '';
  const notice = `✗ ${options.id} (pid ${pid}) ${how}. ${last}`;
  // It never comes back under this id.
  if (death.failed?.code === 'ERR_REMOVED') return notice;
  return `${notice}To start it again: npx statecraft ${asShellWords(startArguments(options))}\n`;
}

/** The reason that it gave, or the end of what it printed: its log before that is no help here. */
function lastWords({ failed, stderr }: Death): string {
  if (failed) return `${failed.code}: ${failed.message}\n`;
  const text = stderr.trimEnd().split('\n').slice(-maxLastLines).join('\n');
  return text === '' ? '' : `It said last:\n${text}\n`;
}

/** Nothing when the clients' default leads to these servers anyway: to some, or through some. */
function endpointsOption(clients: readonly string[]): string {
  const isFound =
    clients.every((client) => defaultEndpoints.includes(client)) ||
    defaultEndpoints.every((endpoint) => clients.includes(endpoint));
  return isFound ? '' : ` --endpoints ${clients.join(',')}`;
}
