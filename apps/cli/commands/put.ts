/** `statecraft put KEY VALUE`: acknowledged once a majority has it on disk. */
import type { Command } from 'commander';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { examples, type Shell } from '../shell.ts';

export function addPutCommand(program: Command, shell: Shell): void {
  const command = program
    .command('put <key> <value>')
    .description('write a value; returns when a majority has it on disk')
    .addHelpText('after', examples('put greeting hello', 'put user/1 Ada -o json'))
    .action((key: string, value: string, options: ClientOptions) =>
      withClient(shell, options, async (client, signal) => {
        const { revision, previous } = await client.put(key, value, { signal });
        print(shell, options, `OK rev ${revision}`, { key, revision, previousRevision: previous });
      }),
    );
  addClientOptions(command);
}
