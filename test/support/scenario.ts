/**
 * Plays a scenario file, a script of plain words, on a cluster of real replicas whose clock and
 * network are held. What comes out is the transcript that is compared with the golden file beside
 * it. `expect` lines state the point, so that no regenerated transcript can lose it.
 * The words are listed in test/scenarios/README.md.
 */
import type { TimerName } from './held-clock.ts';
import { ScenarioCluster, type Setting } from './scenario-cluster.ts';
import { checkExpectation } from './scenario-expect.ts';
import type { Which } from './scenario-network.ts';
import { drawLogs } from './scenario-text.ts';

const messageName =
  /^(AppendEntries|RequestVote|PreVote|InstallSnapshot|ReadIndex|TimeoutNow)(Reply)?$/;

/** One word of the script: what it does with the rest of its line. */
type Word = (cluster: ScenarioCluster, words: readonly string[]) => void;

/** Plays `script`; gives the transcript. Throws, naming the line, when a line cannot be played. */
export function playScenario(script: string): string {
  const lines = script.trimEnd().split('\n');
  const cluster = new ScenarioCluster(idsAfter('servers', lines), readSetting(lines));
  lines.forEach((line, i) => {
    if (line === '' || line.startsWith('#')) {
      cluster.tell(line);
      return;
    }
    cluster.tell(`> ${line}`);
    try {
      play(cluster, line.split(/\s+/));
    } catch (error) {
      const { transcript } = cluster;
      throw new Error(`line ${i + 1}, "${line}": ${String(error)}\n${transcript.join('\n')}`, {
        cause: error,
      });
    }
  });
  return `${cluster.transcript.join('\n')}\n`;
}

function readSetting(lines: readonly string[]): Setting {
  const entries = /^snapshots every (\d+) entries$/m.exec(lines.join('\n'))?.[1];
  const snapshots = { snapshotEntries: Number(entries), snapshotGrowth: 0, retainedEntries: 0 };
  return {
    spares: idsAfter('spares', lines),
    leases: lines.includes('leases'),
    limits: {
      // A frame always has one entry, so a bound of one byte makes frames of one entry.
      ...(lines.includes('frames of one entry') ? { maxFrameBytes: 1 } : {}),
      ...(entries === undefined ? {} : snapshots),
    },
  };
}

function idsAfter(word: 'servers' | 'spares', lines: readonly string[]): readonly string[] {
  const line = lines.find((each) => each.startsWith(`${word} `));
  return line?.split(/\s+/).slice(1) ?? [];
}

function play(cluster: ScenarioCluster, [first = '', ...rest]: readonly string[]): void {
  const word = vocabulary[first];
  if (word !== undefined) word(cluster, rest);
  else if (rest[0] !== undefined && clientWords[rest[0]] !== undefined) {
    clientWords[rest[0]]?.(cluster, [first, ...rest.slice(1)]);
  } else throw new Error('no such word');
}

const vocabulary: Readonly<Record<string, Word>> = {
  servers: () => undefined,
  spares: () => undefined,
  frames: () => undefined,
  leases: () => undefined,
  snapshots: () => undefined,
  disk: (cluster, [id = '', ...words]) => {
    const log = words.indexOf('log');
    const terms = log < 0 ? [] : words.slice(log + 1).map(Number);
    cluster.server(id).prepare(
      {
        term: Number(after(words, 'term') ?? 0),
        votedFor: after(words, 'vote') ?? null,
        trust: words.includes('doubtful') ? 'doubtful' : 'proven',
      },
      terms,
    );
  },
  start: (cluster, ids) => cluster.start(...ids),
  restart: (cluster, ids) => cluster.start(...ids),
  crash: (cluster, [id = '']) => cluster.crash(id),
  kill: (cluster, [id = '']) => cluster.kill(id),
  timer: (cluster, [id = '', name = '']) => cluster.server(id).fire(name as TimerName),
  campaign: (cluster, [id = '']) => cluster.campaign(id),
  elect: (cluster, [id = '']) => cluster.elect(id),
  leads: (cluster, [id = '', ...clients]) => cluster.establish(id, ...clients),
  deliver: (cluster, words) => {
    cluster.deliver(some(cluster, words), words.includes('first') ? 1 : Infinity);
  },
  settle: (cluster, words) => cluster.settle(whichOf(words)),
  lose: (cluster, words) => cluster.network.lose(some(cluster, words)),
  delay: (cluster, words) => cluster.network.setAside(some(cluster, words)),
  copy: (cluster, words) => cluster.network.copyAside(some(cluster, words)),
  'bring-back': (cluster) => cluster.network.bringBack(),
  block: (cluster, [from = '', , to = '']) => cluster.network.block(from, to),
  isolate: (cluster, [id = '']) => cluster.network.isolate(id),
  heal: (cluster) => cluster.network.heal(),
  'break-link': (cluster, [a = '', b = '']) => cluster.breakLink(a, b),
  stall: (cluster, [id = '']) => cluster.server(id).disk.stall(),
  unstall: (cluster, [id = '']) => cluster.server(id).unstall(),
  'finish-sync': (cluster, [id = '']) => cluster.server(id).finishSync(),
  'fail-sync': (cluster, [id = '']) => {
    cluster.server(id).disk.failNextSync = true;
  },
  logs: (cluster) => {
    const running = [...cluster.servers.keys()].filter((id) => cluster.server(id).isRunning);
    const rows = running.map((id) => [id, cluster.context(id)] as const);
    for (const line of drawLogs(rows)) cluster.tell(`    ${line}`);
  },
  expect: checkExpectation,
};

const clientWords: Readonly<Record<string, Word>> = {
  opens: ({ clients }, [name = '', , at = '']) => clients.open(name, at),
  puts: ({ clients }, [name = '', pair = '', , at = '']) => {
    const [key = '', value = ''] = pair.split('=');
    clients.put(name, at, key, value);
  },
  'puts-again': ({ clients }, [name = '', pair = '', , at = '']) => {
    const [key = '', value = ''] = pair.split('=');
    clients.putAgain(name, at, key, value);
  },
  gets: ({ clients }, [name = '', key = '', , at = '']) => clients.get(name, at, key),
  'gets-by-lease': ({ clients }, [name = '', key = '', , at = '']) =>
    clients.get(name, at, key, 'lease'),
  adds: ({ clients }, [name = '', ids = '', , at = '']) =>
    clients.change(name, at, { voters: ids.split(',') }),
  'adds-learners': ({ clients }, [name = '', ids = '', , at = '']) =>
    clients.change(name, at, { learners: ids.split(',') }),
  removes: ({ clients }, [name = '', ids = '', , at = '']) =>
    clients.change(name, at, { removed: ids.split(',') }),
  'moves-leader-to': ({ clients }, [name = '', target = '', , at = '']) =>
    clients.moveLeader(name, at, target),
};

function after(words: readonly string[], key: string): string | undefined {
  const at = words.indexOf(key);
  return at < 0 ? undefined : words[at + 1];
}

/** As `whichOf`, of messages that must be there: a line that moves nothing tells nothing. */
function some(cluster: ScenarioCluster, words: readonly string[]): Which {
  const which = whichOf(words);
  if (cluster.network.underWay(which).length === 0) throw new Error('no such message is under way');
  return which;
}

/** `n1 -> n2 AppendEntries` or `n1 <-> n2`, each part optional, `*` for any. */
function whichOf(words: readonly string[]): Which {
  const arrow = words.findIndex((word) => word === '->' || word === '<->');
  const any = (word: string | undefined) => (word === '*' ? undefined : word);
  return {
    bothWays: words[arrow] === '<->',
    from: arrow < 0 ? undefined : any(words[arrow - 1]),
    to: arrow < 0 ? undefined : any(words[arrow + 1]),
    name: words.find((word) => messageName.test(word)),
  };
}
