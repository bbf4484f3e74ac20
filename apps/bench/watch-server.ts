/**
 * A process that watches the servers named by its arguments, as a page does: it takes in all that the
 * event streams tell, until it is ended. `watching.ts` starts it.
 */
import { WebSocket } from 'ws';
import { watch, type WatchSocket } from '../../actors/inspect/index.ts';

const connect = (url: string): WatchSocket => new WebSocket(url);
process.once('disconnect', () => process.exit());
const endpoints = process.argv.slice(2);
const watched = new Set<string>();
for (const endpoint of endpoints) {
  const state = (): void => {
    watched.add(endpoint);
    if (watched.size === endpoints.length) process.send?.('watches all');
  };
  watch(`ws://${endpoint}/inspect`, { state }, { connect });
}
