/**
 * `statecraft metrics`: what `/metrics` of one server says, as it is or as data. Asks the endpoints
 * in turn and prints the answer of the first, since each server tells of itself alone.
 */
import type { Command } from 'commander';
import { addClientOptions, type ClientOptions } from '../client-command.ts';
import { settingsFor } from '../config/resolve.ts';
import { unreachable } from '../explain-timeout.ts';
import { examples, type Shell } from '../shell.ts';

/** A server that says nothing for so long is passed over. */
const defaultTimeout = '2s';

export function addMetricsCommand(program: Command, shell: Shell): void {
  const command = program
    .command('metrics')
    .description('print the metrics of one server, in the format of Prometheus or as JSON')
    .addHelpText('after', examples('metrics', 'metrics --endpoints 127.0.0.1:7402 -o json'))
    .action((options: ClientOptions) => metrics(shell, options));
  addClientOptions(command, defaultTimeout);
}

async function metrics(shell: Shell, options: ClientOptions): Promise<void> {
  const defaults = { timeout: defaultTimeout };
  const { endpoints, timeout } = await settingsFor(
    ['endpoints', 'timeout'],
    options,
    shell,
    defaults,
  );
  const search = options.output === 'json' ? '?format=json' : '';
  for (const endpoint of endpoints) {
    const text = await ask(`http://${endpoint}/metrics${search}`, timeout);
    if (text === null) continue;
    shell.io.out(text);
    return;
  }
  throw unreachable(endpoints);
}

/** null: nobody answers there, or not with metrics. */
async function ask(url: string, timeoutMs: number): Promise<string | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    return response.ok ? await response.text() : null;
  } catch {
    return null;
  }
}
