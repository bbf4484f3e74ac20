/**
 * May this HTTP request become a WebSocket? Decided before a frame is read.
 *
 * The Host rule is the defence against DNS rebinding: a page of evil.test that made its name point
 * at 127.0.0.1 still says `Host: evil.test`. The Origin rule keeps pages of other sites out, which
 * browsers let open WebSockets anywhere. Who the other side is, is the handshake's question.
 */
import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';

export interface UpgradeRules {
  /** Names in `Host` that are accepted beside addresses and `localhost`, without ports. */
  readonly hosts: readonly string[];
  /** `none`: not for browsers. `sameLoopback`: a page that this very host and port served, locally. */
  readonly origin: 'none' | 'sameLoopback';
  /**
   * Client addresses of the cluster's servers, `host:port`: the page that one of them served, locally,
   * watches the others, too. None unless told.
   */
  readonly members?: readonly string[];
}

export interface UpgradeRefusal {
  readonly status: 400 | 403 | 404 | 503;
  readonly code: string;
  readonly message: string;
}

/** ERR_HOST_REFUSED, ERR_ORIGIN_REFUSED; null when the request may upgrade. */
export function refuseUpgrade(
  request: Pick<IncomingMessage, 'headers'>,
  rules: UpgradeRules,
): UpgradeRefusal | null {
  const { host, origin } = request.headers;
  const name = hostName(host ?? '');
  if (name === null || !(isIP(name) || name === 'localhost' || rules.hosts.includes(name))) {
    const message = 'this Host is not served here: use the address, or localhost';
    return { status: 403, code: 'ERR_HOST_REFUSED', message };
  }
  if (origin !== undefined && !(rules.origin === 'sameLoopback' && isOurs(origin, host, rules))) {
    const message = 'pages of this Origin may not connect';
    return { status: 403, code: 'ERR_ORIGIN_REFUSED', message };
  }
  return null;
}

/** The name or address in `host[:port]`, in lower case and without brackets; null when malformed. */
export function hostName(host: string): string | null {
  const parts = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host);
  return (parts?.[1] ?? parts?.[2])?.toLowerCase() ?? null;
}

/** This machine and nobody else: 127.0.0.0/8, ::1, localhost. */
export function isLoopback(name: string): boolean {
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}

function isOurs(origin: string, host: string | undefined, { members = [] }: UpgradeRules): boolean {
  const at = /^https?:\/\/(.+)$/.exec(origin)?.[1];
  if (at === undefined || !isLoopback(hostName(at) ?? '')) return false;
  // Loopback has several names: what tells servers on it apart is the port.
  const isServer = (member: string): boolean =>
    isLoopback(hostName(member) ?? '') && portOf(member) === portOf(at);
  return at === host || members.some(isServer);
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? '80';
}
