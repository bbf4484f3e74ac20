/** `statecraft put KEY VALUE`: acknowledged once a majority has it on disk. */
import type { Command } from 'commander';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { keyOf } from '../key-argument.ts';
import { examples, type Shell } from '../shell.ts';
import { addTtlOption, ttlOf, type TtlOptions } from '../ttl-option.ts';
import { addValueOption, valueOf, type ValueOptions } from '../value-argument.ts';

type PutOptions = ClientOptions & ValueOptions & TtlOptions;

export function addPutCommand(program: Command, shell: Shell): void {
  const command = program
    .command('put')
    .argument('<key>', '', keyOf)
    .argument('[value]')
    .description('write a value; returns when a majority has it on disk')
    .addHelpText(
      'after',
      examples('put greeting hello', 'put user/1 - < ada', 'put here/n7 yes --ttl 30s'),
    )
    .action(async (key: string, given: string | undefined, options: PutOptions) => {
      const value = await valueOf(given, options, shell);
      await withClient(shell, options, async (client, signal) => {
        const { revision, previous } = await client.put(key, value, { signal, ...ttlOf(options) });
        print(shell, options, `OK rev ${revision}`, { key, revision, previousRevision: previous });
      });
    });
  addClientOptions(addTtlOption(addValueOption(command)));
}
