/**
 * Everything that can be configured, once: its name, which is its flag (`--data-dir`), its key in a
 * file (`data-dir`) and, as STATECRAFT_DATA_DIR, its variable; how its text is read; its default.
 */
import { defaultLimits } from '../../../actors/ports.ts';
import { logLevels, type LogLevel } from '../log-levels.ts';
import { invalidArgument } from '../failure.ts';
import { addressOf, defaultEndpoints, parseEndpoints, parsePeers } from '../parse/address.ts';
import { countOf } from '../parse/count.ts';
import { durationOf } from '../parse/duration.ts';
import { formatSize, sizeOf } from '../parse/size.ts';

/** What the settings are when they have been read. Durations are milliseconds, sizes bytes. */
export interface Settings {
  readonly id: string;
  readonly cluster: string;
  readonly 'data-dir': string;
  readonly peers: Readonly<Record<string, string>>;
  readonly join: readonly string[];
  readonly client: string;
  readonly heartbeat: number;
  readonly 'election-timeout': number;
  readonly 'snapshot-entries': number;
  readonly 'snapshot-bytes': number;
  readonly 'snapshot-growth': number;
  readonly 'retained-entries': number;
  readonly 'min-free-bytes': number;
  readonly 'max-uncommitted-bytes': number;
  readonly leases: boolean;
  readonly 'log-level': LogLevel;
  readonly endpoints: readonly string[];
  readonly timeout: number;
}

export type SettingName = keyof Settings;

export interface Setting<T> {
  /** As the help writes its argument. */
  readonly argument: string;
  readonly description: string;
  /** Reads a text. `source` is where it stands, for the message of ERR_INVALID_ARGUMENT. */
  readonly parse: (text: string, source: string) => T;
  /** As one would write it; null: it must be given where it is needed. */
  readonly default: string | null;
}

const asItIs = (text: string): string => text;
const size = (text: string, source: string): number => sizeOf(source)(text);
const duration = (text: string, source: string): number => durationOf(source)(text);
const entries = (text: string, source: string): number => countOf(source, 1, maxEntries)(text);
/** Of a log between two snapshots: more is a typing error. */
const maxEntries = 1_000_000_000;
const maxGrowth = 1_000;

export const settings: { readonly [Name in SettingName]: Setting<Settings[Name]> } = {
  id: {
    argument: '<id>',
    description: 'this server, one of the ids in --peers',
    parse: asItIs,
    default: null,
  },
  cluster: {
    argument: '<id>',
    description: 'the cluster it belongs to; with --join that of the servers to join, if left out',
    parse: asItIs,
    default: 'statecraft',
  },
  'data-dir': {
    argument: '<dir>',
    description: 'where it keeps its log; made if absent',
    parse: asItIs,
    default: null,
  },
  peers: {
    argument: '<list>',
    description: 'all servers, id=host:port,…, this one too; a map in a file',
    parse: parsePeers,
    default: null,
  },
  join: {
    argument: '<list>',
    description:
      'client addresses of a running cluster to be added to; --peers then has this server alone',
    parse: parseEndpoints,
    default: null,
  },
  client: {
    argument: '<address>',
    description: 'where clients reach it, host:port',
    parse: (text, source) => addressOf(source)(text),
    default: null,
  },
  heartbeat: {
    argument: '<duration>',
    description: 'between heartbeats',
    parse: duration,
    default: '50ms',
  },
  'election-timeout': {
    argument: '<duration>',
    description: 'without a leader before a campaign, up to twice this',
    parse: duration,
    default: '500ms',
  },
  'snapshot-entries': {
    argument: '<count>',
    description: 'entries applied since the last snapshot that make the next one due',
    parse: entries,
    default: String(defaultLimits.snapshotEntries),
  },
  'snapshot-bytes': {
    argument: '<size>',
    description: 'growth of the log since the last snapshot that makes the next one due',
    parse: size,
    default: formatSize(defaultLimits.snapshotBytes),
  },
  'snapshot-growth': {
    argument: '<factor>',
    description: 'none is due before the log has grown by so many times the size of the last one',
    parse: (text, source) => countOf(source, 1, maxGrowth)(text),
    default: String(defaultLimits.snapshotGrowth),
  },
  'retained-entries': {
    argument: '<count>',
    description: 'entries before a snapshot that stay in the log, for peers that lag a little',
    parse: entries,
    default: String(defaultLimits.retainedEntries),
  },
  'min-free-bytes': {
    argument: '<size>',
    description: 'the reserve of the disk: with less free, commands are refused and reads go on',
    parse: size,
    default: formatSize(defaultLimits.minFreeBytes),
  },
  'max-uncommitted-bytes': {
    argument: '<size>',
    description: 'commands accepted and not yet applied; past it they are refused as overload',
    parse: size,
    default: formatSize(defaultLimits.maxUncommittedBytes),
  },
  leases: {
    argument: '<on|off>',
    description:
      'serve reads of consistency "lease" without a round; equal on all servers, as the election ' +
      'timeout then is',
    parse: onOrOff,
    default: 'off',
  },
  'log-level': {
    argument: '<level>',
    description: `what to log: ${logLevels.join(', ')}`,
    parse: parseLevel,
    default: 'info',
  },
  endpoints: {
    argument: '<list>',
    description: 'client addresses, comma-separated; a list in a file',
    parse: parseEndpoints,
    default: defaultEndpoints.join(','),
  },
  timeout: {
    argument: '<duration>',
    description: 'how long to try before giving up',
    parse: duration,
    default: '5s',
  },
};

export const settingNames = Object.keys(settings) as readonly SettingName[];

/** STATECRAFT_DATA_DIR of `data-dir`. */
export function variableOf(name: SettingName): string {
  return `STATECRAFT_${name.toUpperCase().replaceAll('-', '_')}`;
}

/** Also as JSON and YAML write it. */
function onOrOff(text: string, source: string): boolean {
  if (['on', 'true'].includes(text)) return true;
  if (['off', 'false'].includes(text)) return false;
  throw invalidArgument(`${source} "${text}" is neither on nor off`, 'Write on or off');
}

function parseLevel(text: string, source: string): LogLevel {
  const level = logLevels.find((one) => one === text);
  if (level !== undefined) return level;
  throw invalidArgument(
    `${source} "${text}" is no level`,
    `Allowed choices are ${logLevels.join(', ')}`,
  );
}
