/**
 * The command line: words in, an exit code out. One file per command in `commands/`.
 *
 * Nothing here ends the process or touches its streams, so tests call `run` as it is. A command
 * reports by throwing a `StatecraftError`, or returns an exit code of its own.
 */
import { Command, CommanderError } from 'commander';
import { StatecraftError } from '../../actors/errors.ts';
import { addCommands } from './commands.ts';
import { exitCodes } from './exit-codes.ts';
import { asFailure, report } from './failure.ts';
import type { Io } from './io.ts';
import type { Shell } from './shell.ts';
import { version } from '../../actors/node/version.ts';

/** Runs one command line, `argv` without the interpreter and the script. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const shell: Shell = { io, exitCode: exitCodes.ok };
  const json = wantsJson(argv);
  const program = createProgram(shell, json);
  try {
    await addCommands(program, shell, argv);
    await program.parseAsync([...argv], { from: 'user' });
    return shell.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return report(asFailure(error), json, io);
    if (error.exitCode === 0) return exitCodes.ok;
    // Without a command, commander has already printed the help.
    if (error.code !== 'commander.help')
      report(usageFailure(error, commandIn(argv, program)), json, io);
    return exitCodes.usage;
  }
}

function createProgram(shell: Shell, json: boolean): Command {
  const { io } = shell;
  const program = new Command('statecraft')
    .description('Raft in TypeScript: run a replicated cluster and talk to it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help; each command has examples')
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      // Usage errors are told by `report`, so that they look like all others.
      outputError: () => undefined,
    });
  if (!json) program.addHelpText('after', '\nTry: statecraft demo');
  return program;
}

/** Read from the words themselves, because a usage error happens before options are parsed. */
function wantsJson(argv: readonly string[]): boolean {
  return argv.some((word, i) => {
    if (word === '-ojson' || word === '--output=json') return true;
    return (word === '-o' || word === '--output') && argv[i + 1] === 'json';
  });
}

/** Commander's message as ours: `error: unknown command 'pt'` and perhaps `(Did you mean put?)`. */
function usageFailure(
  { code, message }: CommanderError,
  command: readonly string[],
): StatecraftError {
  const [what = '', hint] = message.replace(/^error: /, '').split('\n');
  const sentence = what.charAt(0).toUpperCase() + what.slice(1).replace(/\.$/, '');
  const isEarly = code === 'commander.unknownOption' && command.length === 0;
  const order = isEarly ? 'Options follow the command. ' : '';
  const help = `${order}See "${['statecraft', ...command, '--help'].join(' ')}".`;
  const remedy = hint === undefined ? help : hint.replace(/^\(|\)$/g, '');
  return new StatecraftError('ERR_USAGE', `${sentence}. ${remedy}`);
}

/** The command that was called, inner one included, for its help; empty when the first word is none. */
function commandIn([first, ...rest]: readonly string[], program: Command): readonly string[] {
  const found = program.commands.find((command) => command.name() === first);
  return found === undefined ? [] : [found.name(), ...commandIn(rest, found)];
}
