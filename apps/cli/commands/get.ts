/** `statecraft get KEY`: a read, linearizable unless told otherwise; prints the value and nothing else. */
import type { Command } from 'commander';
import { toPlainJson } from '../../../actors/client/json.ts';
import {
  addKeyOptions,
  keyNotFound,
  print,
  withClient,
  type KeyOptions,
} from '../client-command.ts';
import { keyOf } from '../key-argument.ts';
import { asText } from '../printable.ts';
import { addReadOptions, readOptionsOf, type ReadFlags } from '../read-options.ts';
import { examples, type Shell } from '../shell.ts';

export function addGetCommand(program: Command, shell: Shell): void {
  const command = program
    .command('get')
    .argument('<key>', '', keyOf)
    .description('read a value; exit code 6 when there is none')
    .addHelpText(
      'after',
      examples(
        'get greeting',
        'get user/1 -o json',
        'get user/1 --consistency local --at-least 42',
      ),
    )
    .action((key: string, options: KeyOptions & ReadFlags) =>
      withClient(shell, options, async (client, signal) => {
        const found = await client.get(key, { signal, ...readOptionsOf(options) });
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
  addReadOptions(addKeyOptions(command));
}
