/** `statecraft completion SHELL`: a script that completes commands and options. */
import { Argument, Command } from 'commander';
import { addCommands, commandNames } from '../commands.ts';
import { completionScript, shells, type ShellName } from '../completion-script.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

interface CompletionOptions {
  readonly output: 'text' | 'json';
}

export function addCompletionCommand(program: Command, shell: Shell): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'whose completion').choices(shells))
    .description('print a script that completes commands and options in bash, zsh or fish')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        'completion bash >> ~/.bashrc',
        'completion fish > ~/.config/fish/completions/statecraft.fish',
      ),
    )
    .action(async (name: ShellName, { output }: CompletionOptions) => {
      const all = new Command('statecraft');
      await addCommands(all, shell, commandNames());
      const script = completionScript(name, all);
      shell.io.out(output === 'json' ? `${JSON.stringify({ shell: name, script })}\n` : script);
    });
}
