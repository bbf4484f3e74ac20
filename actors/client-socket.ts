/**
 * What the client needs of a WebSocket, as an interface, and that interface over any WebSocket:
 * the browser's own or `ws`.
 */

export interface SocketHandlers {
  opened(): void;
  /** One text frame. */
  message(text: string): void;
  /** Once, and last: it could not be opened, or was closed by the other side. */
  closed(): void;
}

export interface ClientSocket {
  /** Only after `opened`. */
  send(text: string): void;
  /** Idempotent; no handler is called after it. */
  close(): void;
}

export type OpenSocket = (url: string, handlers: SocketHandlers) => ClientSocket;

/** The part of a WebSocket that is used. */
export interface WebSocketLike {
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: { readonly data?: unknown }) => void,
  ): void;
  send(text: string): void;
  close(): void;
}

/** `create` makes a WebSocket for a `ws:` or `wss:` address. */
export function socketsFrom(create: (url: string) => WebSocketLike): OpenSocket {
  return (url, handlers) => {
    const socket = create(url);
    let over = false;
    const closed = (): void => {
      if (over) return;
      over = true;
      handlers.closed();
      socket.close();
    };
    socket.addEventListener('open', () => {
      if (!over) handlers.opened();
    });
    socket.addEventListener('message', ({ data }) => {
      if (!over && typeof data === 'string') handlers.message(data);
    });
    socket.addEventListener('close', closed);
    socket.addEventListener('error', closed);
    return {
      send: (text) => socket.send(text),
      close() {
        over = true;
        socket.close();
      },
    };
  };
}

/** `host:port`, or an `http:`, `https:`, `ws:` or `wss:` address, as that of its client endpoint. */
export function clientUrl(endpoint: string): string {
  const url = new URL(endpoint.includes('://') ? endpoint : `ws://${endpoint}`);
  const secure = url.protocol === 'https:' || url.protocol === 'wss:';
  return `${secure ? 'wss' : 'ws'}://${url.host}/client`;
}
