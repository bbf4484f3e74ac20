/**
 * `statecraft start`: one server of a cluster, in the foreground, until it is told to stop.
 *
 * SIGTERM and SIGINT stop it in order (exit code 0), a second one at once. When another process
 * started it with a channel, the end of that process stops it, too, so that nothing is left behind
 * by a `kill -9`. A fault ends it with the code of the fault: a supervisor decides about restarts. A
 * server that was removed from its cluster ends, too (ERR_REMOVED).
 */
import { randomBytes } from 'node:crypto';
import { Option, type Command } from 'commander';
import type { Node } from '../../../actors/node.ts';
import { StatecraftError } from '../../../actors/errors.ts';
import { tellRoles } from '../child-messages.ts';
import { faultTokenVariable } from '../cluster/member-process.ts';
import { addSettings, optionalSetting, resolveSettings } from '../config/resolve.ts';
import { settingsFor, type Flags } from '../config/resolve.ts';
import { unknownVariables } from '../config/unknown-variables.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { asFailure } from '../failure.ts';
import { boundHeapGrowth } from '../heap-growth.ts';
import { createLogger } from '../log.ts';
import { examples, outputOption, type Shell } from '../shell.ts';

/** An orderly stop that takes longer ends at once: the disk is made for it. */
const stopDeadlineMs = 5_000;
/** Of chance, in the token of the faults. */
const tokenBytes = 16;

interface StartOptions extends Flags {
  readonly inspect?: true | 'heartbeats';
  readonly enableFaults?: true;
  readonly output: 'text' | 'json';
}

/** In the order of the help. */
const names = [
  'id',
  'cluster',
  'data-dir',
  'peers',
  'client',
  'heartbeat',
  'election-timeout',
  'snapshot-entries',
  'snapshot-bytes',
  'snapshot-growth',
  'retained-entries',
  'min-free-bytes',
  'max-uncommitted-bytes',
  'leases',
  'log-level',
] as const;

export function addStartCommand(program: Command, shell: Shell): void {
  const command = program
    .command('start')
    .description('run one server of a cluster in the foreground')
    .addOption(
      new Option(
        '--inspect [what]',
        "let Stately's inspector watch, and print the URL; with heartbeats if asked for",
      ).choices(['heartbeats']),
    )
    .option('--enable-faults', 'let the page break this server, and print the address for that')
    .addOption(outputOption())
    .addHelpText(
      'after',
      examples(
        'start --id n1 --data-dir ./n1 --peers n1=127.0.0.1:7501 --client 127.0.0.1:7401',
        'start --id n1 --data-dir ./n1 --client 127.0.0.1:7401 \\\n' +
          '      --peers n1=127.0.0.1:7501,n2=127.0.0.1:7502,n3=127.0.0.1:7503',
        'start --id n4 --data-dir ./n4 --client 127.0.0.1:7404 \\\n' +
          '      --peers n4=127.0.0.1:7504 --join 127.0.0.1:7401,127.0.0.1:7402',
      ),
    )
    .action((options: StartOptions) => start(options, shell));
  addSettings(command, [...names, 'join']);
}

async function start(options: StartOptions, shell: Shell): Promise<void> {
  const { io } = shell;
  const set = await settingsFor(names, options, shell);
  const join = await optionalSetting('join', options, shell);
  const [cluster] = await resolveSettings(['cluster'], options, shell);
  // A name that nobody gave is the one of the cluster that it joins.
  const takesName = join !== null && cluster?.source === 'default';
  const { createNode } = await import('../../../actors/node.ts');
  const end = new Ending(shell);
  let node: Node | null = null;
  const faultToken = faultTokenFor(options, io.env);
  const logger = createLogger(set['log-level'], set.id, io);
  for (const variable of unknownVariables(io.env)) {
    logger.warn({ variable }, 'no setting, and ignored');
  }
  let silence = (): void => undefined;
  const leaveHeap = boundHeapGrowth();
  try {
    node = await createNode({
      id: set.id,
      ...(takesName ? {} : { cluster: set.cluster }),
      peers: set.peers,
      ...(join === null ? {} : { join }),
      client: set.client,
      dataDir: set['data-dir'],
      timing: { heartbeatMs: set.heartbeat, electionTimeoutMs: set['election-timeout'] },
      limits: {
        snapshotEntries: set['snapshot-entries'],
        snapshotBytes: set['snapshot-bytes'],
        snapshotGrowth: set['snapshot-growth'],
        retainedEntries: set['retained-entries'],
        minFreeBytes: set['min-free-bytes'],
        maxUncommittedBytes: set['max-uncommitted-bytes'],
      },
      leases: set.leases,
      signal: end.signal,
      ...(faultToken === null ? {} : { faultToken }),
      logger,
      onFault: ({ code, message }) => end.fail(new StatecraftError(code, message)),
    });
    if (options.inspect !== undefined) {
      const url = node.inspect({ heartbeats: options.inspect === 'heartbeats' });
      io.err(`Inspect: statecraft inspect '${url}'\n`);
    }
    node.once('removed', ({ message }) => end.fail(new StatecraftError('ERR_REMOVED', message)));
    const { id, addresses } = node;
    if (faultToken !== null && io.parent === null) {
      io.err(`Faults: http://${addresses.client}/ui/#/?faults=${faultToken}\n`);
    }
    if (options.output === 'json') io.out(`${JSON.stringify({ id, ...addresses })}\n`);
    io.parent?.send({ type: 'serving', ...node.addresses });
    if (io.parent) silence = tellRoles(node, io.parent);
    await end.reached;
  } catch (error) {
    const failure = asFailure(error);
    const { code, message } = failure;
    // Told to stop while it started, or waited for those that it joins: it did.
    if (node === null && code === 'ERR_ABORTED') return;
    shell.exitCode = exitCodeOf(failure);
    io.parent?.send({ type: 'failed', code, message });
    throw error;
  } finally {
    silence();
    leaveHeap();
    abortLater(shell);
    await node?.stop();
    end.release();
  }
}

/** The servers of one cluster share a token when the variable gives it to each. */
function faultTokenFor({ enableFaults }: StartOptions, env: Shell['io']['env']): string | null {
  if (enableFaults !== true) return null;
  return env[faultTokenVariable] ?? randomBytes(tokenBytes).toString('hex');
}

/** Unreferenced: fires only when something keeps the process alive that should not. */
function abortLater(shell: Shell): void {
  setTimeout(() => shell.io.abort(shell.exitCode), stopDeadlineMs).unref();
}

/** Why and when the server is to stop: a signal, the end of the parent, or a fault. */
class Ending {
  readonly reached: Promise<void>;
  /** Aborts when it is told to stop, which gives up a start. */
  readonly signal: AbortSignal;
  readonly #releases: (() => void)[] = [];
  fail: (fault: StatecraftError) => void = () => undefined;

  constructor(shell: Shell) {
    const { io } = shell;
    const stop = new AbortController();
    this.signal = stop.signal;
    this.reached = new Promise((reach, reject) => {
      const resolve = (): void => {
        stop.abort();
        reach();
      };
      this.fail = reject;
      let asked = false;
      const onSignal = io.onSignal(['SIGINT', 'SIGTERM'], (signal) => {
        if (asked) io.abort(signal === 'SIGINT' ? exitCodes.interrupted : exitCodes.terminated);
        asked = true;
        // Also while it starts, which may hang with the disk.
        abortLater(shell);
        resolve();
      });
      this.#releases.push(onSignal);
      if (io.parent) this.#releases.push(io.parent.onGone(resolve));
    });
    // A fault may come before anyone awaits; it is not lost, since `reached` stays rejected.
    this.reached.catch(() => undefined);
  }

  release(): void {
    for (const release of this.#releases) release();
  }
}
