/**
 * Where to go on when the server that sent this page is gone. Those that are heard still tell it all, but
 * one that starts from now on has never met that server, and lets the pages of those alone in that it has.
 */
import type { FaultAccess } from './faults.ts';
import type { ServerModel } from './server-model.ts';

export interface OtherPage {
  /** The server that is heard, and serves it. */
  readonly id: string;
  /** With what this page may break, which browsers keep for each address apart. */
  readonly href: string;
}

/** null until the server at `origin` is lost, or when no other one is. */
export function otherPage(
  origin: string,
  servers: readonly Pick<ServerModel, 'id' | 'address' | 'connection'>[],
  access: FaultAccess | null,
): OtherPage | null {
  const live = servers.filter(({ connection }) => connection === 'live');
  // Loopback has several names: what tells servers on it apart is the port.
  const isHome = servers.some(
    ({ address, connection }) => connection !== 'lost' && portOf(address) === portOf(origin),
  );
  const [other] = live;
  if (isHome || other === undefined) return null;
  return { id: other.id, href: `http://${other.address}/ui/${accessIn(access)}` };
}

function accessIn(access: FaultAccess | null): string {
  if (access === null) return '';
  const { token, supervisor } = access;
  const query = { faults: token, ...(supervisor === null ? {} : { supervisor }) };
  return `#/?${new URLSearchParams(query).toString()}`;
}

function portOf(address: string): string {
  return /:(\d+)$/.exec(address)?.[1] ?? '80';
}
