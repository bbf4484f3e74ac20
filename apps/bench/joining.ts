/** A fourth server, which joins by itself: `statecraft start --join`. */
import { join } from 'node:path';
import type { Client } from '../../actors/client.ts';
import { anyFreePorts } from '../cli/cluster/free-ports.ts';
import { MemberProcess } from '../cli/cluster/member-process.ts';
import { until } from './bench.ts';

export const joinerId = 'n4';

/** Starts it on the members' machine, with its data in `folder`. */
export async function startJoiner(
  endpoints: readonly string[],
  folder: string,
): Promise<MemberProcess> {
  const [own, peer] = (await anyFreePorts(2)).map((port) => `127.0.0.1:${port}`);
  return new MemberProcess(
    {
      ...{ id: joinerId, cluster: 'bench', dataDir: join(folder, joinerId), faultToken: null },
      ...{ peer: peer ?? '', peers: `${joinerId}=${peer}`, client: own ?? '' },
      flags: ['--join', endpoints.join(',')],
    },
    () => undefined,
  );
}

/** Resolves when it is a voter by a committed configuration. */
export async function promoted(client: Client, deadlineMs: number): Promise<void> {
  await until(`${joinerId} votes`, deadlineMs, async () => {
    const { voters, committed } = await client.members();
    return (joinerId in voters && committed) || null;
  });
}
