/**
 * `statecraft inspect`: shows running servers in Stately's inspector, in a browser.
 *
 * Given the URLs that `statecraft start --inspect` printed. Ctrl-C ends it; the servers never notice.
 */
import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { WebSocket } from 'ws';
import { failure, invalidArgument } from '../failure.ts';
import { serveInspectPage } from '../inspect-page.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

/** For a server to let a viewer in, in milliseconds. */
const connectTimeoutMs = 3_000;

interface InspectOptions {
  readonly open: boolean;
  readonly output: 'text' | 'json';
}

export function addInspectCommand(program: Command, shell: Shell): void {
  program
    .command('inspect')
    .description("show servers in Stately's inspector (stately.ai, needs the internet)")
    .argument('<urls...>', 'what "statecraft start --inspect" printed, one per server')
    .option('--no-open', 'only print the address of the page')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        "inspect 'ws://127.0.0.1:7401/inspect/stately?token=…'",
        "inspect --no-open 'ws://127.0.0.1:7401/inspect/stately?token=…'",
      ),
    )
    .action((urls: string[], options: InspectOptions) => inspect(urls, options, shell));
}

async function inspect(
  urls: readonly string[],
  { open, output }: InspectOptions,
  { io }: Shell,
): Promise<void> {
  for (const url of urls) {
    if (!isSource(url)) {
      throw invalidArgument(
        `"${url}" is not the URL of a server's inspector`,
        'Start a server with --inspect and use the ws:// URL that it prints, in quotes',
      );
    }
  }
  await Promise.all(urls.map(tryOut));
  const page = await serveInspectPage({
    sources: urls,
    onTrouble: (source, why) => io.err(`${new URL(source).host}: ${why || 'gone'}\n`),
  });
  io.out(output === 'json' ? `${JSON.stringify({ url: page.url })}\n` : `${page.url}\n`);
  if (open && io.outIsTty) openBrowser(page.url);
  await new Promise<void>((resolve) => {
    const release = io.onSignal(['SIGINT', 'SIGTERM', 'SIGHUP'], () => {
      release();
      resolve();
    });
  });
  await page.stop();
}

function isSource(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, searchParams } = new URL(text);
  return protocol === 'ws:' && searchParams.has('token');
}

/** Resolves when the server lets a viewer in. ERR_TOKEN_REFUSED, ERR_CONNECTION_REFUSED. */
function tryOut(url: string): Promise<void> {
  const { host } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { handshakeTimeout: connectTimeoutMs });
    socket.on('open', () => {
      socket.terminate();
      resolve();
    });
    socket.on('unexpected-response', (_request, { statusCode }) => {
      const remedy = 'A token lasts until the server stops: use the URL that it printed last';
      reject(
        failure('ERR_TOKEN_REFUSED', `${host} refused the token (${statusCode ?? 0})`, remedy),
      );
    });
    socket.on('error', ({ message }) => {
      const remedy = 'Start it with --inspect, and use the URL that it prints';
      const what = `No server answers at ${host} (${message})`;
      reject(failure('ERR_CONNECTION_REFUSED', what, remedy));
    });
  });
}

/** What opens a URL, by the name of the system. */
const openers: Readonly<Record<string, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Best effort: whoever has no browser has the address. */
function openBrowser(url: string): void {
  const [command = 'xdg-open', ...words] = openers[process.platform] ?? [];
  const child = spawn(command, [...words, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
