/**
 * What the client needs of a WebSocket, as an interface, and that interface over any WebSocket:
 * the browser's own or `ws`.
 */

export interface SocketHandlers {
  /** Once: it can send. */
  opened(): void;
  /** One text frame. */
  message(text: string): void;
  /** Once, and last: it could not be opened, or was closed by the other side. */
  closed(): void;
}

/** A connection to one server. */
export interface ClientSocket {
  /** Only after `opened`. */
  send(text: string): void;
  /** Idempotent; no handler is called after it. */
  close(): void;
}

/** No handler is called before it returns. */
export type OpenSocket = (url: string, handlers: SocketHandlers) => ClientSocket;

/** The part of a WebSocket that is used. `never`: each kind has its own events. */
export interface WebSocketLike {
  /** Set by the client. */
  onopen: ((event: never) => void) | null;
  /** Set by the client; the event has `data`. */
  onmessage: ((event: never) => void) | null;
  /** Set by the client. */
  onclose: ((event: never) => void) | null;
  /** Set by the client; taken as the end. */
  onerror: ((event: never) => void) | null;
  /** One text frame. */
  send(text: string): void;
  /** Closes it; idempotent. */
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
    socket.onopen = () => {
      if (!over) handlers.opened();
    };
    socket.onmessage = ({ data }: { readonly data: unknown }) => {
      if (!over && typeof data === 'string') handlers.message(data);
    };
    socket.onclose = closed;
    socket.onerror = closed;
    return {
      send: (text) => socket.send(text),
      close() {
        over = true;
        socket.close();
      },
    };
  };
}

/** The client endpoint of `host:port` or of an `http:`, `https:`, `ws:` or `wss:` address, or null. */
export function clientUrl(endpoint: string): string | null {
  const text = endpoint.includes('://') ? endpoint : `ws://${endpoint}`;
  if (!URL.canParse(text)) return null;
  const { protocol, host } = new URL(text);
  if (host === '' || !['http:', 'https:', 'ws:', 'wss:'].includes(protocol)) return null;
  return `${protocol === 'https:' || protocol === 'wss:' ? 'wss' : 'ws'}://${host}/client`;
}
