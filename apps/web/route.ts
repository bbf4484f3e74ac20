/** Which view is shown, in the address after `#`: `#/chart/n1/logWriter`, `#/log`. */
import { signal } from '@preact/signals';

export const views = [
  'chart',
  'log',
  'replication',
  'metrics',
  'events',
  'faults',
  'console',
] as const;
export type ViewName = (typeof views)[number];

interface Route {
  readonly view: ViewName;
  /** The server and the actor of a chart; '' for none chosen: the leader's. */
  readonly server: string;
  readonly actor: string;
}

export const route = signal(parse(location.hash));
addEventListener('hashchange', () => (route.value = parse(location.hash)));

export function hrefOf({
  view,
  server = '',
  actor = '',
}: { view: ViewName } & Partial<Route>): string {
  return `#/${[view, server, actor]
    .filter((part) => part !== '')
    .map(encodeURIComponent)
    .join('/')}`;
}

function parse(hash: string): Route {
  const [path = ''] = hash.split('?', 1);
  const [view = '', server = '', actor = 'server'] = path.slice(2).split('/').map(decode);
  return { view: views.find((name) => name === view) ?? 'chart', server, actor };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}
