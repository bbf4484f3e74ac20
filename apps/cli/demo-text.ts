/** What a demo says to a person: where it runs, who leads, and what to try. */
import { createColors } from 'picocolors';
import type { Cluster } from './cluster/launch.ts';
import { defaultEndpoints } from './parse/address.ts';
import { renderTable } from './table.ts';
import { version } from './version.ts';

/** The first line, before anything runs. */
export function banner(nodes: number, dataDir: string, note: string): string {
  const servers = nodes === 1 ? '1 server' : `${nodes} servers`;
  return `statecraft ${version}  ${servers}, data in ${dataDir} (${note})`;
}

/** The table of addresses, the leader, and three things to try. */
export function welcome(cluster: Cluster, elapsed: string, colour: boolean): string {
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
    '\nTry, in another terminal:\n',
    `  npx statecraft put greeting hello${endpoints}\n`,
    `  npx statecraft status${endpoints}\n`,
    `  kill -9 ${leaderPid}   ${pc.dim('# the leader: see who takes over, and how fast')}\n`,
    `\n${pc.dim('Ctrl-C ends it all.')}\n`,
  ].join('');
}

/** Nothing when the clients' default would find these servers anyway. */
function endpointsOption(clients: readonly string[]): string {
  return clients.every((client) => defaultEndpoints.includes(client))
    ? ''
    : ` --endpoints ${clients.join(',')}`;
}
