/**
 * `statecraft log inspect|verify DIR`: the log of a stopped server, or of a copy of its directory.
 *
 * Both verify everything first; damage is told with file and offset, and exit code 9.
 */
import { readdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { StatecraftError } from '../../../actors/errors.ts';
import {
  isDataDir,
  openLog,
  placeOf,
  type LogEntry,
  type LogReport,
} from '../../../actors/node/log.ts';
import { invalidArgument } from '../failure.ts';
import { countOf } from '../parse/count.ts';
import { onOneLine } from '../printable.ts';
import { examples, outputOption, type Shell } from '../shell.ts';
import { renderTable } from '../table.ts';

interface VerifyOptions {
  readonly output: 'text' | 'json';
}
interface InspectOptions extends VerifyOptions {
  readonly from?: number;
  readonly limit: number;
}

/** Entries that are shown when nothing is said. */
const defaultLimit = 20;
const maxLimit = 100_000;
/** Characters of an entry in the table. */
const maxEntryChars = 80;

export function addLogCommand(program: Command, shell: Shell): void {
  const log = program
    .command('log')
    .description("read a stopped server's log: inspect its entries, verify its checksums")
    .addHelpText('after', examples('log inspect ./n1 --limit 50', 'log verify ./n1 -o json'));
  log
    .command('inspect <dir>')
    .description('show whose log it is, and its entries, the newest unless --from says otherwise')
    .option(
      '--from <index>',
      'begin with this entry',
      countOf('--from', 1, Number.MAX_SAFE_INTEGER),
    )
    .option('--limit <count>', 'entries at most', countOf('--limit', 1, maxLimit), defaultLimit)
    .addOption(outputOption())
    .addHelpText('after', examples('log inspect ./n1', 'log inspect ./n1 --from 1 -o json'))
    .action((dir: string, options: InspectOptions) =>
      located(dir, () => inspect(dir, options, shell)),
    );
  log
    .command('verify <dir>')
    .description('check every line, checksum and file; exit code 9 with the place of any damage')
    .addOption(outputOption())
    .addHelpText('after', examples('log verify ./n1', 'log verify ./copy-of-n1 -o json'))
    .action((dir: string, { output }: VerifyOptions) =>
      located(dir, async () => {
        const { report } = await openLog(dir);
        const data = { ok: true, ...summary(report) };
        shell.io.out(output === 'json' ? `${JSON.stringify(data)}\n` : `OK: ${sentence(report)}\n`);
      }),
    );
}

/** A path that is no data directory is a slip of the fingers, and no damage. */
async function refuseNoLog(dir: string): Promise<void> {
  const how = 'Give the directory that the server has as --data-dir';
  const names = await readdir(dir).catch((error: unknown) => {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw invalidArgument(`${dir || '""'} does not exist`, how);
    if (code === 'ENOTDIR') throw invalidArgument(`${dir} is no directory`, how);
    throw invalidArgument(`${dir} cannot be read (${code ?? 'unknown'})`, how);
  });
  if (!isDataDir(names))
    throw invalidArgument(`${dir} is no data directory: no server wrote there`, how);
}

async function inspect(dir: string, options: InspectOptions, { io }: Shell): Promise<void> {
  const { report, entries } = await openLog(dir);
  const { limit, from = report.lastIndex - limit + 1 } = options;
  const shown = [...entries(from, from + limit - 1)];
  const more = from + limit - 1 < report.lastIndex;
  if (options.output === 'json') {
    const read = shown.map((one) => ({ ...one, entry: JSON.parse(one.entry) as unknown }));
    io.out(`${JSON.stringify({ ...summary(report), entries: read, more })}\n`);
    return;
  }
  const { identity, vote } = report;
  io.out(
    `${identity.node} of cluster ${identity.cluster}, boot ${identity.boot}: ${sentence(report)}\n` +
      `term ${vote.term}, voted for ${vote.votedFor ?? 'nobody'}, ${vote.trust}\n\n`,
  );
  if (shown.length > 0) io.out(renderTable(['INDEX', 'TERM', 'CHECKSUM', 'ENTRY'], rowsOf(shown)));
  if (more) io.err(`There are more; go on with --from ${from + limit}.\n`);
}

function rowsOf(entries: readonly LogEntry[]): string[][] {
  return entries.map(({ index, term, checksum, entry }) => {
    const text = onOneLine(entry);
    const cut = text.length > maxEntryChars ? `${text.slice(0, maxEntryChars - 1)}…` : text;
    return [String(index), String(term), checksum, cut];
  });
}

function summary(report: LogReport): object {
  const { identity, vote, ...rest } = report;
  const { cluster, node, incarnation, boot, format } = identity;
  return { cluster, node, incarnation, boot, format, vote, ...rest };
}

function sentence({ firstIndex, lastIndex, checksum, segments, ...rest }: LogReport): string {
  const torn = rest.tornBytes > 0 ? `, ${rest.tornBytes} torn bytes at the end` : '';
  const { snapshot } = rest;
  const before =
    snapshot === null ? '' : `snapshot of entry ${snapshot.index} in ${snapshot.file}, `;
  if (firstIndex > lastIndex) return `${before}no entries${torn}`;
  const last = rest.runs.at(-1)?.term ?? 0;
  return (
    `${before}entries ${firstIndex} to ${lastIndex}, the last of term ${last} with checksum ${checksum}, ` +
    `in ${segments.length} ${segments.length === 1 ? 'segment' : 'segments'}, on the disk through ${rest.provenIndex}${torn}`
  );
}

/** Puts the place in front of the message, as tools expect it: `file:offset`. */
async function located(dir: string, work: () => Promise<void>): Promise<void> {
  await refuseNoLog(dir);
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StatecraftError)) throw error;
    const place = placeOf(error);
    if (place?.offset === undefined || place.offset === null) throw error;
    const said = error.message.replace(`${place.file}: byte ${place.offset}: `, '');
    const message = `${place.file}:${place.offset}: ${said}`;
    throw new StatecraftError(error.code, message, { cause: error.cause });
  }
}
