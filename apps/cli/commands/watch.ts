/**
 * `statecraft watch KEY`: each change once and in order, a line each, until Ctrl-C or `--count`.
 *
 * Lines of JSON tell of progress, too: whoever reads them can tell silence from a dead connection.
 * `--timeout` is for the first word of a server; after that a watch outlives whatever happens to them.
 */
import type { Command } from 'commander';
import type { Change, Client, WatchEvent } from '../../../actors/client.ts';
import { toPlainJson } from '../../../actors/client/json.ts';
import { addClientOptions, withClient, type ClientOptions } from '../client-command.ts';
import { asFailure, failure } from '../failure.ts';
import { keyOf } from '../key-argument.ts';
import { countOf } from '../parse/count.ts';
import { onOneLine } from '../printable.ts';
import { examples, type Shell } from '../shell.ts';

interface WatchOptions extends ClientOptions {
  readonly prefix?: true;
  readonly from?: number;
  readonly count?: number;
}

export function addWatchCommand(program: Command, shell: Shell): void {
  const most = Number.MAX_SAFE_INTEGER;
  const command = program
    .command('watch <key>')
    .description('follow a key or a prefix: each change once, in order, none left out')
    .option('--prefix', 'follow all keys that begin with KEY')
    .option(
      '--from <revision>',
      'begin with this revision (default: now)',
      countOf('--from', 1, most),
    )
    .option('--count <number>', 'end after so many changes of keys', countOf('--count', 1, most))
    .addHelpText('after', examples('watch greeting', 'watch user/ --prefix --from 813 -o json'))
    .action((given: string, options: WatchOptions) => {
      const select = options.prefix === true ? { prefix: given } : { key: keyOf(given) };
      return withClient(shell, options, async (client, signal, { timeout }) => {
        const json = options.output === 'json';
        const from = options.from === undefined ? {} : { from: options.from };
        let left = options.count ?? Infinity;
        const first = new FirstWord(timeout, signal);
        const watch = client.watch(select, { ...from, progress: true, signal: first.signal });
        for await (const change of first.of(watch, () => refuseFuture(client, options.from))) {
          if (json || change.events.length > 0) {
            shell.io.out(json ? asJsonLines(change) : asTextLines(change));
          }
          left -= change.events.length;
          if (left <= 0) return;
        }
      });
    });
  addClientOptions(command);
}

/** Milliseconds to find out why a watch hears nothing. */
const explainTimeoutMs = 1_000;

/** Rejects with ERR_FUTURE_REVISION when the cluster is not about to come to `from`. */
async function refuseFuture(client: Client, from = 1): Promise<void> {
  try {
    await client.get('', { atLeast: from - 1, timeoutMs: explainTimeoutMs });
  } catch (error) {
    if (asFailure(error).code === 'ERR_FUTURE_REVISION') throw error;
  }
}

/** Gives a watch up with ERR_TIMEOUT when no server answers it in time. */
class FirstWord {
  readonly signal: AbortSignal;
  readonly #late = new AbortController();
  readonly #timeoutMs: number;

  constructor(timeoutMs: number, signal: AbortSignal) {
    this.#timeoutMs = timeoutMs;
    this.signal = AbortSignal.any([signal, this.#late.signal]);
  }

  /** `explain` may reject with something better than ERR_TIMEOUT. */
  async *of(watch: AsyncIterable<Change>, explain: () => Promise<void>): AsyncGenerator<Change> {
    const timer = setTimeout(() => this.#late.abort(), this.#timeoutMs);
    try {
      for await (const change of watch) {
        clearTimeout(timer);
        yield change;
      }
    } catch (error) {
      if (!this.#late.signal.aborted) throw error;
      await explain();
      const what = `No server answered the watch within ${this.#timeoutMs} ms`;
      throw failure('ERR_TIMEOUT', what, 'Look at "statecraft status"', { retryable: true });
    } finally {
      clearTimeout(timer);
    }
  }
}

function asTextLines({ revision, events }: Change): string {
  return events
    .map((event) => {
      const value = event.type === 'put' ? onOneLine(event.value) : '';
      const what = event.type === 'delete' && event.reason === 'expired' ? 'expire' : event.type;
      return `${revision}\t${what}\t${onOneLine(event.key)}\t${value}`.trimEnd() + '\n';
    })
    .join('');
}

function asJsonLines({ revision, events }: Change): string {
  const lines = events.map((event) => ({ ...asJson(event), revision }));
  const all = lines.length === 0 ? [{ type: 'progress', revision }] : lines;
  return all.map((line) => `${JSON.stringify(line)}\n`).join('');
}

function asJson(event: WatchEvent): object {
  const { type, key, previous: previousRevision } = event;
  if (type === 'delete') return { type, key, previousRevision, reason: event.reason };
  return { type, key, value: toPlainJson(event.value), previousRevision };
}
