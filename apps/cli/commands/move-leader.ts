/** `statecraft move-leader [ID]`: hands leadership over; writes wait for it, and none fails. */
import type { Command } from 'commander';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { examples, type Shell } from '../shell.ts';

export function addMoveLeaderCommand(program: Command, shell: Shell): void {
  const command = program
    .command('move-leader [id]')
    .description('let another server lead: the named one, or whoever is closest behind')
    .addHelpText('after', examples('move-leader', 'move-leader n2 -o json'))
    .action((id: string | undefined, options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const leader = await client.moveLeader(id ?? null, { signal });
        print(shell, options, `OK, ${leader} leads`, { leader });
      }),
    );
  addClientOptions(command);
}
