/** `statecraft get KEY`: a linearizable read; prints the value and nothing else. */
import type { Command } from 'commander';
import { toPlainJson } from '../../../actors/client/json.ts';
import {
  addKeyOptions,
  keyNotFound,
  print,
  withClient,
  type KeyOptions,
} from '../client-command.ts';
import { asText } from '../printable.ts';
import { examples, type Shell } from '../shell.ts';

export function addGetCommand(program: Command, shell: Shell): void {
  const command = program
    .command('get <key>')
    .description('read a value (linearizable); exit code 6 when there is none')
    .addHelpText('after', examples('get greeting', 'get user/1 -o json'))
    .action((key: string, options: KeyOptions) =>
      withClient(shell, options, async (client, signal) => {
        const found = await client.get(key, { signal });
        if (found !== null) {
          const { value, revision } = found;
          print(shell, options, asText(value), { key, value: toPlainJson(value), revision });
        } else if (options.allowMissing !== true) {
          throw keyNotFound(key);
        } else if (options.output === 'json') {
          print(shell, options, '', { key, value: null, revision: null });
        }
      }),
    );
  addKeyOptions(command);
}
