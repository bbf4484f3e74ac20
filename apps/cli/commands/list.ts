/** `statecraft list [PREFIX]`: keys and values in order of key, a line each. */
import type { Command } from 'commander';
import { toPlainJson } from '../../../actors/client-json.ts';
import { addClientOptions, print, withClient, type ClientOptions } from '../client-command.ts';
import { countOf } from '../parse/count.ts';
import { onOneLine } from '../printable.ts';
import { examples, type Shell } from '../shell.ts';

/** What a server lists at most. */
const maxListLimit = 1_000;

interface ListOptions extends ClientOptions {
  readonly limit: number;
}

export function addListCommand(program: Command, shell: Shell): void {
  const command = program
    .command('list [prefix]')
    .description('list keys and values, tab-separated, in order of key (linearizable)')
    .option('--limit <count>', 'entries at most', countOf('--limit', 1, maxListLimit), maxListLimit)
    .addHelpText('after', examples('list', 'list user/ --limit 20 -o json'))
    .action((prefix: string | undefined, options: ListOptions) =>
      withClient(shell, options, async (client, signal) => {
        const { entries, more } = await client.list(prefix ?? '', { limit: options.limit, signal });
        if (options.output === 'json') {
          const rows = entries.map(({ key, value, revision }) => ({
            key,
            value: toPlainJson(value),
            revision,
          }));
          print(shell, options, '', { entries: rows, more });
          return;
        }
        for (const { key, value } of entries) {
          shell.io.out(`${onOneLine(key)}\t${onOneLine(value)}\n`);
        }
        if (more) shell.io.err(`There are more; these are the first ${entries.length}.\n`);
      }),
    );
  addClientOptions(command);
}
