/** `statecraft move-leader [ID]`: hands leadership over; writes wait for it, and none fails. */
import type { Command } from 'commander';
import type { Client } from '../../../actors/client.ts';
import { failure } from '../failure.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { examples, type Shell } from '../shell.ts';

/** Whether there is one voter: what the leader says of others would be no help. */
async function isAlone(client: Client, signal: AbortSignal): Promise<boolean> {
  const members = await client.members({ signal }).catch(() => null);
  return members !== null && Object.keys(members.voters).length === 1;
}

function nobodyElse(): Error {
  return failure(
    'ERR_TRANSFER_FAILED',
    'The cluster has one voter, so nobody else can lead',
    'Add a server first ("statecraft start --join"); it leads on until then',
  );
}

export function addMoveLeaderCommand(program: Command, shell: Shell): void {
  const command = program
    .command('move-leader [id]')
    .description('let another server lead: the named one, or whoever is closest behind')
    .addHelpText('after', examples('move-leader', 'move-leader n2 -o json'))
    .action((id: string | undefined, options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const leader = await client
          .moveLeader(id ?? null, { signal })
          .catch(async (error: unknown) => {
            throw (await isAlone(client, signal)) ? nobodyElse() : error;
          });
        print(shell, options, `OK, ${leader} leads`, { leader });
      }),
    );
  addClientOptions(command);
}
