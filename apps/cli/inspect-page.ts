/**
 * A page on loopback that shows Stately's inspector and hands it what servers tell.
 *
 * Stately's page hears only the window that embeds it, so somebody must stand between it and the
 * sockets. The address has a secret in it, and only the page itself may open the relay: another site
 * in the same browser can neither guess nor use it. Each viewer gets sockets of its own, so that it
 * is told everything from the beginning.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** The page that draws. It needs the internet, and sends charts to Stately to lay them out. */
export const statelyInspector = 'https://stately.ai/inspect';

/** One message of a server; its charts are the largest. */
const maxPayloadBytes = 8 << 20;
/** Bytes that wait for one viewer; past it the viewer is closed, and its page may be reloaded. */
const maxQueuedBytes = 16 << 20;
const secretLength = 16;

export interface InspectPage {
  /** What to open in a browser. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface InspectPageOptions {
  /** `ws://…/inspect/stately?token=…` of each server. */
  readonly sources: readonly string[];
  /** A server's socket failed while a viewer watched. */
  onTrouble(source: string, why: string): void;
}

/** Serves the page until it is stopped. Rejects when no port can be had. */
export function serveInspectPage(options: InspectPageOptions): Promise<InspectPage> {
  const secret = randomBytes(secretLength).toString('hex');
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1 });
  let host = '';
  const isOurs = ({ url, headers }: IncomingMessage, path: string): boolean =>
    headers.host === host && url === `/${secret}/${path}`;

  const server = createServer((request, response) => {
    if (!isOurs(request, '')) {
      response.writeHead(404).end();
      return;
    }
    const nonce = randomBytes(secretLength).toString('hex');
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'content-security-policy':
        `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; ` +
        `frame-src ${new URL(statelyInspector).origin}; connect-src ws://${host}; ` +
        "frame-ancestors 'none'; base-uri 'none'",
    });
    response.end(pageText(nonce));
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!isOurs(request, 'events') || request.headers.origin !== `http://${host}`) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (viewer) => relay(viewer, options));
  });

  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
      resolve({
        url: `http://${host}/${secret}/`,
        stop: () =>
          new Promise((done) => {
            for (const viewer of sockets.clients) viewer.terminate();
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

/** Tells one viewer what every server tells. */
function relay(viewer: WebSocket, options: InspectPageOptions): void {
  const servers = options.sources.map((source) => {
    const server = new WebSocket(source, { perMessageDeflate: false, maxPayload: maxPayloadBytes });
    server.on('message', (data: Buffer) => {
      if (viewer.readyState !== WebSocket.OPEN) return;
      viewer.send(data.toString());
      if (viewer.bufferedAmount > maxQueuedBytes) viewer.close(1013, 'ERR_OVERLOADED');
    });
    server.on('error', ({ message }) => options.onTrouble(source, message));
    server.on('close', (_status, reason: Buffer) => {
      if (viewer.readyState === WebSocket.OPEN) options.onTrouble(source, reason.toString());
    });
    return server;
  });
  viewer.on('error', () => viewer.terminate());
  viewer.on('close', () => {
    for (const server of servers) server.terminate();
  });
}

/** Waits for Stately's page to say that it is there, and passes on what came meanwhile. */
function pageText(nonce: string): string {
  const { origin } = new URL(statelyInspector);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Statecraft in Stately's inspector</title>
<style nonce="${nonce}">html, body, iframe { height: 100%; width: 100%; margin: 0; border: 0 }</style>
<iframe id="stately" src="${statelyInspector}" title="Stately inspector"></iframe>
<script nonce="${nonce}">
  const frame = document.getElementById('stately');
  const waiting = [];
  let ready = false;
  const show = (event) => frame.contentWindow.postMessage(event, '${origin}');
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== '${origin}') return;
    if (data?.type !== '@statelyai.connected') return;
    ready = true;
    waiting.splice(0).forEach(show);
  });
  const url = location.href.replace('http:', 'ws:') + 'events';
  new WebSocket(url).onmessage = ({ data }) => {
    const event = JSON.parse(data);
    if (ready) show(event);
    else if (waiting.push(event) > 20000) waiting.shift();
  };
</script>
</html>
`;
}
