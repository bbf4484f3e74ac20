/**
 * What a node is told at its start, and what is refused there: every rule that a configuration can
 * break is checked before a file is opened or a port bound.
 */
import { isIP } from 'node:net';
import type { Fault } from '../../machines/events.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { StateMachine } from '../../replicated/state-machine.ts';
import { maxHeaderBytes } from '../../transport/header-line.ts';
import { defaultPeerLimits } from '../../transport/limits.ts';
import { clientUrl } from '../client/socket.ts';
import { StatecraftError } from '../errors.ts';
import { checkNames } from './option-names.ts';
import { defaultLimits, defaultTiming, type Limits, type Timing } from '../ports.ts';

/** Where a node tells what it does; pino fits. Never given values or secrets. */
export interface Logger {
  /** Connections that come and go. */
  debug(fields: object, message: string): void;
  /** Starts, stops, roles, links. */
  info(fields: object, message: string): void;
  /** What was refused. */
  warn(fields: object, message: string): void;
  /** Faults: the server stops. */
  error(fields: object, message: string): void;
}

const nothing = () => undefined;
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };

/** What `createNode` takes. */
export interface NodeOptions {
  /** This server's id; one of the keys of `peers`. */
  readonly id: ServerId;
  /**
   * Cluster id, equal on all servers; 'statecraft' unless told otherwise, or with `join` that of the
   * servers to join: then `createNode` resolves only once one of them answers, or `signal` aborts.
   */
  readonly cluster?: string;
  /**
   * The peer address, `host:port`, of every voter that the cluster began with, this server's among
   * them. A directory remembers the ids (ERR_VOTERS_MISMATCH); addresses may change.
   */
  readonly peers: Readonly<Record<ServerId, string>>;
  /**
   * Clients' addresses of a running cluster that this server is to join, `host:port`; `peers` then
   * has its own address alone. Once its directory knows the cluster this means nothing.
   */
  readonly join?: readonly string[];
  /** Where this server listens for clients, `host:port`; port 0 takes any free one. */
  readonly client: string;
  /** The directory that keeps what must last; made if absent. */
  readonly dataDir: string;
  /**
   * The replicated state machines by name, equal on all servers; the key-value store alone unless
   * told otherwise: `{ kv: createKv() }`. Clients reach them by `command` and `query`. They must be
   * made anew for each node, since they hold its copy of the state.
   */
  readonly machines?: Readonly<Record<string, StateMachine>>;
  /** Durations in milliseconds; the default of each that is left out. */
  readonly timing?: Partial<Timing>;
  /**
   * Leases for reads that ask for them (`consistency: 'lease'`); off unless told otherwise. Equal on
   * all servers, as the election timeout must then be. They cost the quick failover when a leader's
   * process dies: a whole election timeout instead (docs/adr/0012).
   */
  readonly leases?: boolean;
  /** Bounds; the default of each that is left out. */
  readonly limits?: Partial<Limits>;
  /** Silent if not given. */
  readonly logger?: Logger;
  /**
   * Lets whoever brings this secret break the node on purpose: cut, slow and lossy links, a slow disk,
   * slow motion (docs/page.md#faults). For demonstrations and tests; without it nobody can.
   */
  readonly faultToken?: string;
  /** Aborting gives the start up at its next step, with ERR_ABORTED; later it means nothing. */
  readonly signal?: AbortSignal;
  /** The node failed for good and has stopped serving; the process should exit. Called once. */
  onFault?(fault: Fault): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parses `host:port` or `[v6]:port`; null when it is neither. */
export function parseAddress(text: string): Address | null {
  const found = /^(?:\[([0-9a-fA-F:]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  if (found === null) return null;
  const host = found[1] ?? found[2] ?? '';
  const port = Number(found[3]);
  if (port > 65_535 || (found[1] !== undefined && isIP(host) !== 6)) return null;
  return { host, port };
}

const isLoopback = ({ host }: Address): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

export interface CheckedOptions {
  readonly id: ServerId;
  readonly cluster: string;
  readonly peers: Readonly<Record<ServerId, string>>;
  /** With whom the cluster begins, by this start; none: the server joins a running one. */
  readonly voters: readonly ServerId[];
  /** null: it is one of those that the cluster begins with. */
  readonly join: readonly string[] | null;
  readonly listen: { readonly peer: Address; readonly client: Address };
  readonly dataDir: string;
  readonly timing: Timing;
  readonly limits: Limits;
  readonly leases: boolean;
}

/** @throws StatecraftError ERR_INVALID_CONFIG, naming the rule that is broken. */
export function checkOptions(options: NodeOptions): CheckedOptions {
  checkNames(options);
  const { id, peers, dataDir, cluster = 'statecraft' } = options;
  const invalid = (why: string): never => {
    throw new StatecraftError('ERR_INVALID_CONFIG', why);
  };
  const address = (what: string, text: string): Address => {
    const parsed = parseAddress(text) ?? invalid(`${what} "${text}" is not host:port`);
    // Secure by default: without TLS and authentication nothing but this machine may connect.
    if (isLoopback(parsed)) return parsed;
    return invalid(
      `${what} ${text} is not a loopback address: this version has no TLS or authentication yet, ` +
        'so it serves 127.0.0.1, ::1 and localhost only',
    );
  };

  for (const [what, name] of Object.entries({ id, cluster })) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      invalid(`the ${what} "${name}" must be 1 to 64 letters, digits, dots, dashes or underscores`);
    }
  }
  const own = Object.hasOwn(peers, id) ? peers[id] : undefined;
  if (own === undefined) {
    return invalid(`the peers are ${Object.keys(peers).join(', ')}; add this server, "${id}"`);
  }
  const join = options.join ?? null;
  if (join !== null && Object.keys(peers).length > 1) {
    invalid('a server that joins is told of the others by the cluster: give its own address alone');
  }
  if (join?.length === 0) invalid('there is no server to ask: give an address to join');
  for (const one of join ?? []) {
    if (clientUrl(one) === null) invalid(`the address to join "${one}" is not host:port`);
  }
  if (Object.keys(peers).length > maxVoters) invalid(`more than ${maxVoters} peers`);
  const seen = new Map<string, ServerId>();
  for (const [peer, text] of Object.entries(peers)) {
    const { host, port } = address(`the address of peer ${peer}`, text);
    const twin = seen.get(`${host}:${port}`);
    if (twin !== undefined && port !== 0) invalid(`peers ${twin} and ${peer} share ${text}`);
    seen.set(`${host}:${port}`, peer);
  }
  const client = address('the client address', options.client);
  if (client.port !== 0 && seen.has(`${client.host}:${client.port}`)) {
    invalid(`the client address ${options.client} is also a peer address; they need a port each`);
  }
  const { faultToken } = options;
  if (faultToken !== undefined && faultToken.length < minTokenLength) {
    invalid(`the fault token needs at least ${minTokenLength} characters, or it can be guessed`);
  }

  const timing = { ...defaultTiming, ...options.timing };
  for (const [name, value] of Object.entries(timing)) {
    if (!Number.isFinite(value) || value <= 0) invalid(`${name} must be above 0`);
  }
  if (2 * timing.heartbeatMs > timing.electionTimeoutMs) {
    invalid(
      `the heartbeat (${timing.heartbeatMs} ms) must be at most half the election timeout ` +
        `(${timing.electionTimeoutMs} ms), or followers campaign against a living leader`,
    );
  }
  const limits = { ...defaultLimits, ...options.limits };
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isSafeInteger(value) || value < 1)
      invalid(`${name} must be a whole number above 0`);
  }
  if (limits.maxFrameBytes > maxFrameBytes) {
    invalid(
      `maxFrameBytes (${limits.maxFrameBytes}) must be at most ${maxFrameBytes}: its peers close a ` +
        'connection for a longer frame, so one that is behind would never catch up',
    );
  }
  const peer = address(`the address of peer ${id}`, own);
  return {
    id,
    cluster,
    peers,
    voters: join === null ? Object.keys(peers) : [],
    join,
    listen: { peer, client },
    dataDir,
    timing,
    limits,
    leases: options.leases ?? false,
  };
}

/** What a peer takes as one message, without the header line. */
const maxFrameBytes = defaultPeerLimits.maxPayloadBytes - maxHeaderBytes;
/** Characters of a secret. */
const minTokenLength = 16;
/** Beyond this a majority costs more than it gains. */
const maxVoters = 9;
