/** `statecraft cas KEY VALUE`: writes a key only while it is still what the caller read. */
import type { Command } from 'commander';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { invalidArgument } from '../failure.ts';
import { keyOf } from '../key-argument.ts';
import { countOf } from '../parse/count.ts';
import { examples, type Shell } from '../shell.ts';
import { addTtlOption, ttlOf, type TtlOptions } from '../ttl-option.ts';
import { addValueOption, valueOf, type ValueOptions } from '../value-argument.ts';

interface CasOptions extends ClientOptions, ValueOptions, TtlOptions {
  readonly revision?: number;
  readonly absent?: true;
}

export function addCasCommand(program: Command, shell: Shell): void {
  const command = program
    .command('cas')
    .argument('<key>', '', keyOf)
    .argument('[value]')
    .description('write a value if the key is still at a revision; exit code 7 when it is not')
    .option(
      '--revision <number>',
      'the revision that the key must have',
      countOf('--revision', 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--absent', 'there must be no such key')
    .addHelpText(
      'after',
      examples('cas greeting goodbye --revision 3', 'cas leader n1 --absent -o json'),
    )
    .action(async (key: string, given: string | undefined, options: CasOptions) => {
      const value = await valueOf(given, options, shell);
      await withClient(shell, options, async (client, signal) => {
        const { revision, previous } = await client.cas(key, expected(options), value, {
          signal,
          ...ttlOf(options),
        });
        print(shell, options, `OK rev ${revision}`, { key, revision, previousRevision: previous });
      });
    });
  addClientOptions(addTtlOption(addValueOption(command)));
}

function expected({ revision, absent }: CasOptions): { readonly revision: number } | 'absent' {
  if (revision !== undefined && absent === undefined) return { revision };
  if (revision === undefined && absent === true) return 'absent';
  throw invalidArgument(
    'What the key must be is not clear',
    'Pass --revision with the revision that "statecraft get -o json" tells, or --absent',
  );
}
