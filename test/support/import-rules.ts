/**
 * Who may import whom: a table as data; test/tidy.test.ts holds every file to it.
 *
 * The first rule whose `files` fit a path counts. `'machines/'` means all below the folder. Own
 * files are always allowed unless `ownFiles` says otherwise. What is not listed is forbidden.
 */
import type { Import } from './sources.ts';

export interface ImportRule {
  readonly files: readonly string[];
  readonly may: readonly string[];
  /** Only as `import type`. */
  readonly mayAsTypes?: readonly string[];
  readonly packages: readonly string[];
  /** False: even files of the same folder must be listed. */
  readonly ownFiles?: boolean;
  readonly why: string;
}

const words = ['machines/messages.ts', 'machines/events.ts'];
/** Interfaces, and the pure helpers that both twins of a port share. */
const ports = [
  ...[
    'storage/store.ts',
    'storage/snapshots/snapshot-store.ts',
    'storage/snapshots/snapshot-chunk.ts',
  ],
  ...['storage/lines.ts', 'storage/crc32.ts'],
  ...['transport/transport.ts', 'transport/client-protocol.ts'],
];
const twins = [
  ...['storage/memory-store.ts', 'storage/memory-disk.ts'],
  ...['transport/memory.ts', 'transport/codec.ts'],
];
const publicApi = [
  ...['actors/node.ts', 'actors/client.ts', 'actors/errors.ts', 'actors/ports.ts'],
  ...['actors/inspect/index.ts', 'actors/error-codes/index.ts', 'actors/node/log.ts'],
  ...['actors/node/version.ts', 'actors/client/json.ts', 'actors/node/metrics/definitions.ts'],
  ...['machines/index.ts', 'simulation/simulate.ts', 'replicated/state-machine.ts'],
  'simulation/graph-tests/index.ts',
];

export const importRules: readonly ImportRule[] = [
  {
    files: ['machines/rules/', 'machines/messages.ts', 'machines/log.ts'],
    may: ['machines/rules/', 'machines/messages.ts', 'machines/log.ts'],
    packages: [],
    ownFiles: false,
    why: 'rules are pure functions of messages and the log',
  },
  {
    files: ['machines/'],
    may: [],
    packages: ['xstate'],
    why: 'charts decide; actors do',
  },
  {
    files: ['storage/'],
    may: [],
    mayAsTypes: [...words, 'machines/log.ts'],
    packages: ['node:', 'zod', 'fs-extra', 'fs-native-extensions', 'denque'],
    why: 'a disk knows lines, not what they decide',
  },
  {
    files: ['transport/'],
    may: [],
    // Frames carry `Lines` and `Chunk`, client requests `Json`: types without behaviour.
    mayAsTypes: [
      ...[...words, 'machines/log.ts', 'replicated/state-machine.ts'],
      ...['storage/store.ts', 'storage/snapshots/snapshot-chunk.ts'],
    ],
    packages: ['node:', 'zod', 'ws', 'denque'],
    why: 'a socket knows messages, not what they decide',
  },
  {
    files: ['replicated/'],
    may: [],
    packages: ['xstate', 'sorted-btree'],
    why: 'what is replicated knows nothing of how',
  },
  {
    // node.ts and its helpers in actors/node/.
    files: ['actors/node.ts', 'actors/node/'],
    may: ['machines/', 'storage/', 'transport/', 'replicated/'],
    packages: ['xstate', 'node:', 'pino', 'prom-client', 'ws'],
    why: 'the composition root names concrete classes, and nothing of apps/',
  },
  {
    // The client's border: the only place where application values are serialised.
    files: ['actors/client.ts', 'actors/client/'],
    may: [
      ...['machines/client.machine.ts', 'transport/client-protocol.ts'],
      'replicated/kv-protocol.ts',
    ],
    mayAsTypes: ['replicated/'],
    packages: ['ws', 'superjson', 'denque', 'xstate'],
    why: 'a client knows its own chart and the protocol, not the server',
  },
  {
    files: ['actors/'],
    may: ['machines/', 'replicated/', ...ports],
    packages: ['xstate', 'denque'],
    why: 'actors run charts over interfaces; only node/ names concrete classes',
  },
  {
    files: ['simulation/'],
    may: ['machines/', 'actors/', 'replicated/', ...ports, ...twins],
    packages: ['xstate', 'pure-rand', 'tinyqueue', 'denque'],
    why: 'the simulator runs the real actors on twins, in Node and in a browser',
  },
  {
    files: ['apps/chart/'],
    may: ['machines/'],
    packages: ['node:', 'elkjs', 'xstate'],
    why: 'pictures are drawn from the machines',
  },
  {
    files: ['apps/web/build/'],
    may: ['machines/', 'apps/chart/', ...publicApi],
    packages: ['node:', 'vite', 'xstate'],
    why: 'the build of the page draws the machines that nodes run',
  },
  {
    files: ['apps/web/'],
    may: ['machines/', ...publicApi],
    packages: ['preact', '@preact/signals', 'uplot', 'zod', 'virtual:'],
    why: 'the page draws machines and talks through the public API',
  },
  {
    files: ['apps/mutants/', 'apps/proof/'],
    may: ['simulation/simulate.ts'],
    packages: ['node:', 'commander', 'esbuild', 'prettier'],
    why: 'proof runs the simulator as a user would; bugs are planted in bundles',
  },
  {
    files: ['docs/examples/'],
    may: publicApi,
    packages: ['node:', 'xstate', 'statecraft', 'chai'],
    why: 'an example uses what a user could use, and is tested as a user would test it',
  },
  {
    files: ['apps/'],
    may: publicApi,
    packages: [
      ...[
        'node:',
        'commander',
        'picocolors',
        'cli-table3',
        'pino',
        'xstate',
        'fs-extra',
        'zod',
        'yaml',
      ],
      ...['statecraft', 'ws', 'fs-native-extensions'],
    ],
    why: 'an application uses what a user could use',
  },
];

/** Null when `path` may import it, or the reason why not. */
export function forbids(path: string, imported: Import): string | null {
  const rule = importRules.find(({ files }) => files.some((one) => fits(path, one)));
  if (rule === undefined) return 'no rule for this folder: add one to test/support/import-rules.ts';
  const own = rule.ownFiles === false ? [] : [`${path.split('/')[0] ?? ''}/`];
  const allowed = imported.isPackage
    ? rule.packages.some((name) => isPartOf(imported.from, name))
    : [...own, ...rule.may, ...(imported.isType ? (rule.mayAsTypes ?? []) : [])].some((one) =>
        fits(imported.from, one),
      );
  return allowed ? null : rule.why;
}

/** A folder fits all below it, `actors/client` every file whose path begins so. */
function fits(path: string, pattern: string): boolean {
  return pattern.endsWith('.ts') ? path === pattern : path.startsWith(pattern);
}

function isPartOf(specifier: string, name: string): boolean {
  return name.endsWith(':') ? specifier.startsWith(name) : `${specifier}/`.startsWith(`${name}/`);
}
