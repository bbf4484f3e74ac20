/**
 * Addresses on the command line: one server (`host:port`), the servers to ask, the peers by id.
 *
 * Only the shape is checked here, so that the message can name the option; which addresses a node
 * may use is for `createNode` to say.
 */
import { invalidArgument } from '../failure.ts';

/** Where a demo's first three servers listen, so the client commands need no option for it. */
export const defaultEndpoints = ['127.0.0.1:7401', '127.0.0.1:7402', '127.0.0.1:7403'];

/** A parser for commander: `host:port`. Throws ERR_INVALID_ARGUMENT. */
export function addressOf(option: string): (text: string) => string {
  return (text) => {
    if (isAddress(text)) return text;
    throw invalidArgument(
      `${option} "${text}" is not host:port`,
      'Write for example 127.0.0.1:7401',
    );
  };
}

/** Comma-separated client addresses; `source` names the option or variable they came from. */
export function parseEndpoints(text: string, source: string): string[] {
  const parse = addressOf(source);
  const endpoints = text
    .split(',')
    .map((part) => parse(part.trim().replace(/^(?:ws|http):\/\/([^/]*)\/?$/, '$1')));
  return [...new Set(endpoints)];
}

/** `n1=host:port,n2=…` as a record. Throws ERR_INVALID_ARGUMENT, also for an id given twice. */
export function parsePeers(text: string, source: string): Record<string, string> {
  const peers = new Map<string, string>();
  const how = 'Write every server of the cluster once, as n1=127.0.0.1:7501,n2=127.0.0.1:7502';
  for (const part of text.split(',')) {
    const [id = '', address = '', ...rest] = part.trim().split('=');
    if (id === '' || rest.length > 0 || !isAddress(address)) {
      throw invalidArgument(`${source} has "${part}", which is not id=host:port`, how);
    }
    if (peers.has(id)) throw invalidArgument(`${source} names "${id}" twice`, how);
    peers.set(id, address);
  }
  return Object.fromEntries(peers);
}

function isAddress(text: string): boolean {
  const found = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/.exec(text);
  return found !== null && Number(found[1]) <= 65_535;
}
