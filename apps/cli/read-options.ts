/**
 * `--consistency` and `--at-least`, for the commands that read: how much a read may miss, and what it
 * must have seen (the client's `ReadOptions`). What the levels cost is told in docs/guides/client.md.
 */
import { Option, type Command } from 'commander';
import type { ReadOptions } from '../../actors/client.ts';
import { countOf } from './parse/count.ts';

type Consistency = NonNullable<ReadOptions['consistency']>;

/** As the client and HTTP name them. */
const levels = ['linearizable', 'lease', 'local'] as const satisfies readonly Consistency[];

export interface ReadFlags {
  readonly consistency?: Consistency;
  /** A log index. */
  readonly atLeast?: number;
}

export function addReadOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--consistency <level>',
        'linearizable (if not given); lease: without a round, where the cluster has leases; ' +
          'local: what the server that answers has applied, however old',
      ).choices(levels),
    )
    .option(
      '--at-least <revision>',
      'a revision that must have been seen, such as that of an own put',
      countOf('--at-least', 0, Number.MAX_SAFE_INTEGER),
    );
}

/** As the client takes them: no field for what was not given. */
export function readOptionsOf({ consistency, atLeast }: ReadFlags): ReadFlags {
  return {
    ...(consistency === undefined ? {} : { consistency }),
    ...(atLeast === undefined ? {} : { atLeast }),
  };
}
