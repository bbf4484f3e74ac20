/** `statecraft del KEY`: removes a key. */
import type { Command } from 'commander';
import {
  addKeyOptions,
  keyNotFound,
  print,
  withClient,
  type KeyOptions,
} from '../client-command.ts';
import { keyOf } from '../key-argument.ts';
import { examples, type Shell } from '../shell.ts';

export function addDelCommand(program: Command, shell: Shell): void {
  const command = program
    .command('del')
    .argument('<key>', '', keyOf)
    .description('remove a key; exit code 6 when there is none')
    .addHelpText('after', examples('del greeting', 'del user/1 --allow-missing -o json'))
    .action((key: string, options: KeyOptions) =>
      withClient(shell, options, async (client, signal) => {
        const { revision, previous } = await client.delete(key, { signal });
        const deleted = previous !== null;
        if (!deleted && options.allowMissing !== true) throw keyNotFound(key);
        const text = deleted ? `OK rev ${revision}` : 'OK, there was none';
        print(shell, options, text, { key, deleted, revision, previousRevision: previous });
      }),
    );
  addKeyOptions(command);
}
