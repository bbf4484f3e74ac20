/**
 * `statecraft status`: who leads, who follows how closely, who is missing and from whose view.
 *
 * Exit codes: 0 when the cluster serves, degraded or not (`--strict`: 5 when degraded), 5 without a
 * leader, 2 when no server answers.
 */
import type { Command } from 'commander';
import type { Client } from '../../../actors/client.ts';
import {
  addClientOptions,
  withClient,
  type ClientOptions,
  type Target,
} from '../client-command.ts';
import { askAll } from '../ask-servers.ts';
import { viewOf } from '../cluster-view.ts';
import { wantsColour } from '../colour.ts';
import { exitCodes } from '../exit-codes.ts';
import { unreachable } from '../explain-timeout.ts';
import { examples, type Shell } from '../shell.ts';
import { renderStatus } from '../status-table.ts';

/** A server that says nothing for so long counts as not reachable. */
const defaultTimeout = '1s';

interface StatusOptions extends ClientOptions {
  readonly strict?: true;
}

export function addStatusCommand(program: Command, shell: Shell): void {
  const command = program
    .command('status')
    .description('show every server: role, term, log, lag; exit code 5 without a leader')
    .option('--strict', 'exit with 5 also when a server is missing')
    .addHelpText('after', examples('status', 'status --endpoints 127.0.0.1:7401 --strict -o json'))
    .action((options: StatusOptions) =>
      withClient(shell, options, (...asked) => status(shell, options, ...asked), defaultTimeout),
    );
  addClientOptions(command, defaultTimeout);
}

async function status(
  shell: Shell,
  options: StatusOptions,
  client: Client,
  signal: AbortSignal,
  { endpoints, timeout }: Target,
): Promise<void> {
  const answers = await askAll(client, endpoints, timeout, signal);
  signal.throwIfAborted();
  const view = viewOf(answers);
  if (view === null) throw unreachable(endpoints);
  const colour = wantsColour(shell.io.env, shell.io.outIsTty);
  const json = options.output === 'json';
  shell.io.out(json ? `${JSON.stringify(view)}\n` : renderStatus(view, colour));
  const failed =
    view.health === 'unavailable' || (options.strict === true && view.health !== 'healthy');
  if (failed) shell.exitCode = exitCodes.unhealthy;
}
