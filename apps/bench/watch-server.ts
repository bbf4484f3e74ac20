/**
 * A watcher of one server, as a page is one: it takes in all that the event stream tells. It runs in the
 * benchmark's process, so what is measured of the servers is their own part of the cost.
 */
import { WebSocket } from 'ws';
import { watch, type WatchSocket } from '../../actors/inspect/index.ts';

/** Watches until the returned function is called. */
export function watchServer(endpoint: string): () => void {
  const connect = (url: string): WatchSocket => new WebSocket(url) as unknown as WatchSocket;
  return watch(`ws://${endpoint}/inspect`, {}, { connect });
}
