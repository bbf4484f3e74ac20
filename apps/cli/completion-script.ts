/** What a shell needs to complete `statecraft`: scripts made from the commands and their options. */
import type { Command } from 'commander';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type ShellName = (typeof shells)[number];

/** The script for `shell`, to be sourced by it; `program` has all its commands. */
export function completionScript(shell: ShellName, program: Command): string {
  if (shell === 'fish') return fish(program);
  const script = bash(program);
  return shell === 'bash' ? script : `autoload -U +X bashcompinit && bashcompinit\n${script}`;
}

function bash(program: Command): string {
  const cases = program.commands.map(
    (command) => `    ${command.name()}) words="${wordsOf(command).join(' ')}" ;;\n`,
  );
  const choices = [...choicesOf(program)].map(
    ([flags, words]) => `    ${flags}) words="${words}" ;;\n`,
  );
  const names = program.commands.map((command) => command.name());
  return (
    '_statecraft() {\n' +
    '  local cur="${COMP_WORDS[COMP_CWORD]}" words=""\n' +
    `  if [ "$COMP_CWORD" -eq 1 ]; then words="${names.join(' ')}"; else\n` +
    `  case "\${COMP_WORDS[1]}" in\n${cases.join('')}  esac; fi\n` +
    `  case "\${COMP_WORDS[COMP_CWORD-1]}" in\n${choices.join('')}  esac\n` +
    '  COMPREPLY=($(compgen -W "$words" -- "$cur"))\n' +
    '}\n' +
    'complete -o default -F _statecraft statecraft\n'
  );
}

function fish(program: Command): string {
  const lines = program.commands.flatMap((command) => {
    const name = command.name();
    const about = command.description().replaceAll("'", "\\'");
    return [
      `complete -c statecraft -n __fish_use_subcommand -a ${name} -d '${about}'\n`,
      ...wordsOf(command).map((word) => {
        const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`;
        return `complete -c statecraft -n '__fish_seen_subcommand_from ${name}' ${what}\n`;
      }),
    ];
  });
  return lines.join('');
}

/** The words that may follow an option, by its flags as a pattern of bash: `-o|--output`. */
function choicesOf(command: Command): Map<string, string> {
  const own = command.options.flatMap(({ short, long, argChoices }) => {
    const flags = [short, long].filter((flag) => flag !== undefined).join('|');
    return argChoices === undefined ? [] : [[flags, argChoices.join(' ')] as const];
  });
  return new Map([...own, ...command.commands.flatMap((each) => [...choicesOf(each)])]);
}

/** What may follow a command: its own commands, its options, and the choices of its argument. */
function wordsOf(command: Command): string[] {
  const options = command.options.flatMap(({ long }) => long ?? []);
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const inner = command.commands.flatMap((each) => [each.name(), ...wordsOf(each)]);
  return [...new Set([...choices, ...inner, ...options])];
}
