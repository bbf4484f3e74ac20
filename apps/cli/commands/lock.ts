/** `statecraft lock NAME [-- COMMAND…]`: one at a time, in the whole cluster. */
import type { Command } from 'commander';
import { addHoldOptions, hold, type HoldOptions } from '../hold.ts';
import { nameOf } from '../key-argument.ts';
import { examples, type Shell } from '../shell.ts';

export function addLockCommand(program: Command, shell: Shell): void {
  const command = program
    .command('lock')
    .argument('<name>', '', nameOf)
    .argument('[command...]')
    .description('hold a lock while a command runs, or until Ctrl-C; waits until it is free')
    .addHelpText(
      'after',
      examples('lock nightly -- ./report.sh --all', 'lock nightly --ttl 30s --wait 5m'),
    )
    .action((name: string, words: string[], options: HoldOptions) =>
      hold(shell, options, words, (client, asked) => client.lock(name, asked)),
    );
  addHoldOptions(command);
}
