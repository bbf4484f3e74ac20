/** `statecraft elect NAME VALUE [-- COMMAND…]`: wins an election, and says at its key who did. */
import type { Command } from 'commander';
import { addHoldOptions, hold, type HoldOptions } from '../hold.ts';
import { nameOf } from '../key-argument.ts';
import { examples, type Shell } from '../shell.ts';

export function addElectCommand(program: Command, shell: Shell): void {
  const command = program
    .command('elect')
    .argument('<name>', '', nameOf)
    .argument('<value>')
    .argument('[command...]')
    .description('win an election and hold it, like a lock; the value says who won')
    .addHelpText('after', examples('elect boss n7 -- ./lead.sh', 'elect boss n7 --ttl 5s'))
    .action((name: string, value: string, words: string[], options: HoldOptions) =>
      hold(shell, options, words, (client, asked) => client.elect(name, value, asked)),
    );
  addHoldOptions(command);
}
