/**
 * A server that tells what another one told, again and again and faster: for what the page costs when
 * much happens for long. It serves the page itself, so the page watches it and nothing else.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { InspectFrame, NodeEvent } from '../../actors/inspect/index.ts';
import { createNodeUi } from '../../actors/node/ui.ts';

/** Events of one frame, and milliseconds between two: the most that a server tells. */
const frameEvents = 2_048;
const frameEveryMs = 50;

type Told<Type> = Extract<InspectFrame, { type: Type }>;

export interface Recording {
  readonly hello: Told<'hello'>;
  readonly state: Told<'state'>;
  readonly events: readonly NodeEvent[];
}

/** Watches the server at `address` until it has told `count` events. */
export function record(address: string, count: number): Promise<Recording> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address}/inspect`);
    let hello: Told<'hello'> | null = null;
    let state: Told<'state'> | null = null;
    const events: NodeEvent[] = [];
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as InspectFrame;
      if (frame.type === 'hello') hello = frame;
      if (frame.type === 'state') state = frame;
      if (frame.type === 'events') events.push(...frame.events);
      if (events.length < count || hello === null || state === null) return;
      socket.terminate();
      resolve({ hello, state, events: events.slice(0, count) });
    });
  });
}

export interface Replay {
  readonly page: string;
  /** Tells `count` more events, or a few more; resolves with all that the page was sent so far. */
  tell(count: number): Promise<number>;
  stop(): Promise<void>;
}

export async function replay({ hello, state, events }: Recording): Promise<Replay> {
  const ui = createNodeUi();
  const { node: id, cluster } = hello;
  const server = createServer((request, response) => {
    const { url = '' } = request;
    const client = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (url === '/status') {
      response.end(JSON.stringify({ id, cluster, client, peers: {} }));
      return;
    }
    void ui(url)?.then(({ status, headers, body }) => {
      response.writeHead(status, headers).end(body);
    });
  });
  const sockets = new WebSocketServer({ server, path: '/inspect' });
  let seq = state.state.seq;
  let told = 0;
  let page: WebSocket | null = null;
  sockets.on('connection', (socket) => {
    page = socket;
    // It says of no others where they are: those that were recorded are not to be watched.
    socket.send(JSON.stringify(hello));
    socket.send(JSON.stringify({ ...state, state: { ...state.state, seq } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const next = (): NodeEvent => {
    const event = events[seq % events.length];
    if (event === undefined) throw new Error('Nothing was recorded.');
    seq += 1;
    // As if the log grew all the time: what was told before is never told of the same entries again.
    return { ...shifted(event, Math.floor(seq / events.length) * 1_000), seq };
  };
  return {
    page: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ui/`,
    async tell(count) {
      for (let left = count; left > 0; left -= frameEvents) {
        const frame = { type: 'events', events: Array.from({ length: frameEvents }, next) };
        page?.send(JSON.stringify(frame));
        told += frameEvents;
        await new Promise((resolve) => setTimeout(resolve, frameEveryMs));
      }
      return told;
    },
    stop: () =>
      new Promise((done) => {
        for (const socket of sockets.clients) socket.terminate();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/** Entries of the log by so much further on. */
function shifted(event: NodeEvent, by: number): NodeEvent {
  if ('index' in event) return { ...event, index: event.index + by };
  if (!('firstIndex' in event)) return event;
  return { ...event, firstIndex: event.firstIndex + by, lastIndex: event.lastIndex + by };
}
