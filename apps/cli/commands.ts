/**
 * All commands, as the help lists them, and where each begins. Only the one that is called is loaded:
 * `status` needs no server, and `start` no simulator. A test holds these lines to the commands.
 */
import type { Command } from 'commander';
import type { Shell } from './shell.ts';

type Add = (program: Command, shell: Shell) => void;

interface Listed {
  /** The name, and its arguments. */
  readonly usage: string;
  readonly description: string;
  readonly load: () => Promise<Add>;
}

export const commands: readonly Listed[] = [
  {
    usage: 'demo',
    description: 'start a cluster on this machine to play with; Ctrl-C ends it',
    load: async () => (await import('./commands/demo.ts')).addDemoCommand,
  },
  {
    usage: 'start',
    description: 'run one server of a cluster in the foreground',
    load: async () => (await import('./commands/start.ts')).addStartCommand,
  },
  {
    usage: 'status',
    description: 'show every server: role, term, log, lag; exit code 5 without a leader',
    load: async () => (await import('./commands/status.ts')).addStatusCommand,
  },
  {
    usage: 'metrics',
    description: 'print the metrics of one server, in the format of Prometheus or as JSON',
    load: async () => (await import('./commands/metrics.ts')).addMetricsCommand,
  },
  {
    usage: 'put <key> [value]',
    description: 'write a value; returns when a majority has it on disk',
    load: async () => (await import('./commands/put.ts')).addPutCommand,
  },
  {
    usage: 'get <key>',
    description: 'read a value; exit code 6 when there is none',
    load: async () => (await import('./commands/get.ts')).addGetCommand,
  },
  {
    usage: 'del <key>',
    description: 'remove a key; exit code 6 when there is none',
    load: async () => (await import('./commands/del.ts')).addDelCommand,
  },
  {
    usage: 'list [prefix]',
    description: 'list keys and values, tab-separated, in order of key',
    load: async () => (await import('./commands/list.ts')).addListCommand,
  },
  {
    usage: 'cas <key> [value]',
    description: 'write a value if the key is still at a revision; exit code 7 when it is not',
    load: async () => (await import('./commands/cas.ts')).addCasCommand,
  },
  {
    usage: 'txn <json>',
    description:
      'compare, then do one of two branches, all at once; exit code 7 for the else; "-": JSON on stdin',
    load: async () => (await import('./commands/txn.ts')).addTxnCommand,
  },
  {
    usage: 'watch <key>',
    description: 'follow a key or a prefix: each change once, in order, none left out',
    load: async () => (await import('./commands/watch.ts')).addWatchCommand,
  },
  {
    usage: 'move-leader [id]',
    description: 'let another server lead: the named one, or whoever is closest behind',
    load: async () => (await import('./commands/move-leader.ts')).addMoveLeaderCommand,
  },
  {
    usage: 'member',
    description: 'list the members of a cluster; add, promote, remove or replace one',
    load: async () => (await import('./commands/member.ts')).addMemberCommand,
  },
  {
    usage: 'lock <name> [command...]',
    description: 'hold a lock while a command runs, or until Ctrl-C; waits until it is free',
    load: async () => (await import('./commands/lock.ts')).addLockCommand,
  },
  {
    usage: 'elect <name> <value> [command...]',
    description: 'win an election and hold it, like a lock; the value says who won',
    load: async () => (await import('./commands/elect.ts')).addElectCommand,
  },
  {
    usage: 'log',
    description: "read a stopped server's log: inspect its entries, verify its checksums",
    load: async () => (await import('./commands/log.ts')).addLogCommand,
  },
  {
    usage: 'config',
    description: 'show the settings, and where each comes from: flag, environment, file or default',
    load: async () => (await import('./commands/config.ts')).addConfigCommand,
  },
  {
    usage: 'explain [code]',
    description: 'say what an error code means and what to do; without a code, list all',
    load: async () => (await import('./commands/explain.ts')).addExplainCommand,
  },
  {
    usage: 'inspect <urls...>',
    description: "show servers in Stately's inspector (stately.ai, needs the internet)",
    load: async () => (await import('./commands/inspect.ts')).addInspectCommand,
  },
  {
    usage: 'chart <file>',
    description: 'draw the XState machines that a file exports: SVG, Mermaid, JSON for Stately',
    load: async () => (await import('./commands/chart.ts')).addChartCommand,
  },
  {
    usage: 'simulate',
    description: 'run seeded clusters in virtual time under faults; every event is checked',
    load: async () => (await import('./simulate.ts')).addSimulateCommand,
  },
  {
    usage: 'check-history <file>',
    description: 'check that a recorded history is linearizable; exit code 20 when it is not',
    load: async () => (await import('./commands/check-history.ts')).addCheckHistoryCommand,
  },
  {
    usage: 'completion <shell>',
    description: 'print a script that completes commands and options in bash, zsh or fish',
    load: async () => (await import('./commands/completion.ts')).addCompletionCommand,
  },
];

export function commandNames(): string[] {
  return commands.map(({ usage }) => usage.split(' ')[0] ?? usage);
}

/** Adds the commands that occur among `words` whole, and the others by name for the help. */
export async function addCommands(
  program: Command,
  shell: Shell,
  words: readonly string[],
): Promise<void> {
  for (const { usage, description, load } of commands) {
    const [name = ''] = usage.split(' ');
    if (words.includes(name)) (await load())(program, shell);
    else program.command(usage).description(description);
  }
}
