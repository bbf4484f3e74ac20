/** `statecraft list [PREFIX]`: keys and values in order of key, a line each. */
import type { Command } from 'commander';
import type { Client } from '../../../actors/client.ts';
import { toPlainJson } from '../../../actors/client/json.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { invalidArgument } from '../failure.ts';
import { countOf } from '../parse/count.ts';
import { onOneLine } from '../printable.ts';
import { addReadOptions, readOptionsOf, type ReadFlags } from '../read-options.ts';
import { examples, type Shell } from '../shell.ts';

/** What a server lists at most. */
const maxListLimit = 1_000;

interface ListOptions extends ClientOptions, ReadFlags {
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export function addListCommand(program: Command, shell: Shell): void {
  const command = program
    .command('list [prefix]')
    .description('list keys and values, tab-separated, in order of key')
    .option('--from <key>', 'begin with this key')
    .option('--to <key>', 'end before this key')
    .option('--limit <count>', 'entries at most', countOf('--limit', 1, maxListLimit), maxListLimit)
    .addHelpText(
      'after',
      examples(
        'list user/ --limit 20 -o json',
        'list --from user/1 --to user/5',
        'list user/ --consistency local',
      ),
    )
    .action((prefix: string | undefined, options: ListOptions) =>
      withClient(shell, options, async (client, signal) => {
        const { entries, more, next, revision } = await read(client, prefix, options, signal);
        if (options.output === 'json') {
          const rows = entries.map((entry) => ({ ...entry, value: toPlainJson(entry.value) }));
          print(shell, options, '', { entries: rows, more, next, revision });
          return;
        }
        for (const { key, value } of entries) {
          shell.io.out(`${onOneLine(key)}\t${onOneLine(value)}\n`);
        }
        if (more) {
          const from = `--from ${JSON.stringify(next)}`;
          shell.io.err(`There are more than these ${entries.length}; go on with ${from}.\n`);
        }
      }),
    );
  addReadOptions(addClientOptions(command));
}

function read(
  client: Client,
  prefix: string | undefined,
  { from = '', to, limit, ...flags }: ListOptions,
  signal: AbortSignal,
) {
  const options = { limit, signal, ...readOptionsOf(flags) };
  if (to === undefined) return client.list(prefix ?? '', { start: from, ...options });
  if (prefix === undefined) return client.range({ start: from, end: to }, options);
  throw invalidArgument('--to does not go with a prefix', 'Give --from and --to, or the prefix');
}
