/**
 * One client's connection: request lines in, response lines out, both bounded.
 *
 * A frame carries many lines. The responses of one turn of the event loop leave as one frame, so
 * that a busy client costs a few system calls instead of thousands. A client that sends faster than
 * it is served is refused; one that never reads is closed.
 */
import type { WebSocket } from 'ws';
import { parseRequest } from './client-protocol.ts';
import type {
  ClientRequest,
  ClientResponse,
  FailedResponse,
  StreamResponse,
  WatchRequest,
  WatchSink,
} from './client-protocol.ts';
import { ConnectionWatches } from './connection-watches.ts';
import type { Debtor, Debts } from './debts.ts';
import { keepAlive } from './keep-alive.ts';
import type { ClientLimits } from './limits.ts';

/** Characters gathered before a frame leaves without waiting for the turn to end. */
const maxGatheredChars = 1 << 18;

export interface RequestHandler {
  submit(request: ClientRequest, respond: (response: ClientResponse) => void): void;
  /** Starts a watch; what it returns ends it without a word. Idempotent. */
  watch(request: WatchRequest, sink: WatchSink): () => void;
}

export class ClientConnection implements Debtor {
  readonly #socket: WebSocket;
  readonly #handler: RequestHandler;
  readonly #limits: ClientLimits;
  readonly #debts: Debts;
  #closed = false;
  /** Requests handed on and not yet answered. */
  #outstanding = 0;
  #badLines = 0;
  readonly #watches: ConnectionWatches;
  /** Response lines of this turn. */
  #gathered = '';

  constructor(socket: WebSocket, handler: RequestHandler, limits: ClientLimits, debts: Debts) {
    this.#socket = socket;
    this.#handler = handler;
    this.#limits = limits;
    this.#debts = debts;
    this.#watches = new ConnectionWatches({
      watch: (request, sink) => handler.watch(request, sink),
      send: (response) => this.#queue(response),
      backlogBytes: () => this.#gathered.length + socket.bufferedAmount,
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.#close(1003, 'ERR_BAD_REQUEST');
      else this.#hear(data.toString());
    });
    // A frame that breaks the protocol or a bound; ws closes the socket itself.
    socket.on('error', () => this.#forget());
    socket.on('close', () => this.#forget());
    keepAlive(socket, limits.idleTimeoutMs, () => this.#forget());
  }

  /** Sends the responses that wait, then says that the server stops. */
  stop(): void {
    this.#close(1001, 'ERR_STOPPED');
  }

  drop(): void {
    this.#forget();
    this.#socket.terminate();
  }

  #hear(text: string): void {
    for (let from = 0; from < text.length && !this.#closed;) {
      const newline = text.indexOf('\n', from);
      const end = newline < 0 ? text.length : newline;
      if (end > from) this.#hearLine(text.slice(from, end));
      from = end + 1;
    }
  }

  #hearLine(line: string): void {
    const request = parseRequest(line);
    if (request === null) {
      this.#refuseLine(idOf(line));
    } else if (request.op === 'cancel') {
      this.#watches.cancel(request.id);
    } else if (this.#outstanding + this.#watches.size >= this.#limits.maxOutstanding) {
      this.#queue(overloaded(request.id, this.#limits.maxOutstanding));
    } else if (request.op === 'watch') {
      // Its id is that of the watch that is open.
      if (!this.#watches.open(request)) this.#refuseLine(null);
    } else {
      this.#submit(request);
    }
  }

  #refuseLine(id: number | null): void {
    this.#queue({ ...badRequest, id });
    this.#badLines += 1;
    if (this.#badLines >= this.#limits.maxBadLines) this.#close(1008, 'ERR_BAD_REQUEST');
  }

  #submit(request: ClientRequest): void {
    let answered = false;
    this.#outstanding += 1;
    this.#handler.submit(request, (response) => {
      if (answered) throw new Error(`request ${request.id} was answered twice`);
      answered = true;
      this.#outstanding -= 1;
      this.#queue(response);
    });
  }

  #queue(response: ClientResponse | StreamResponse): void {
    if (this.#closed) return;
    if (this.#gathered === '') setImmediate(() => this.#flush());
    this.#gathered += `${JSON.stringify(response)}\n`;
    if (this.#gathered.length >= maxGatheredChars) this.#flush();
  }

  #flush(): void {
    if (this.#closed || this.#gathered === '') return;
    const before = this.#socket.bufferedAmount;
    let bytes = 0;
    // As bytes: ws would keep a string as it is, on the heap until the client takes it, and count its
    // characters, of which one may be three bytes.
    this.#socket.send(Buffer.from(this.#gathered), { binary: false }, () => {
      if (!this.#closed && bytes > 0) this.#debts.add(this, -bytes);
    });
    this.#gathered = '';
    bytes = this.#socket.bufferedAmount - before;
    if (bytes > 0) this.#debts.add(this, bytes);
    // Closed late by at most one frame, so that a large answer to a client that reads still leaves.
    if (this.#socket.bufferedAmount > this.#limits.maxQueuedBytes)
      this.#close(1013, 'ERR_OVERLOADED');
  }

  #close(status: number, code: string): void {
    this.#flush();
    if (this.#closed) return;
    this.#forget();
    this.#socket.close(status, code);
  }

  #forget(): void {
    this.#closed = true;
    this.#debts.forget(this);
    this.#gathered = '';
    this.#watches.close();
  }
}

/**
 * Of a line that is no request, so that the one call which it is of fails, and at once: a client that
 * cannot know which one sends all of them again, and this one until its time is up.
 */
function idOf(line: string): number | null {
  try {
    const { id } = Object(JSON.parse(line)) as { readonly id?: unknown };
    return typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : null;
  } catch {
    return null; // No JSON.
  }
}

const badRequest: FailedResponse = {
  id: null,
  ok: false,
  code: 'ERR_BAD_REQUEST',
  message: 'this line is no request; docs/formats.md#client-frame says what is',
  outcome: 'not-applied',
  retryable: false,
  leader: null,
};

function overloaded(id: number, maxOutstanding: number): FailedResponse {
  return {
    id,
    ok: false,
    code: 'ERR_OVERLOADED',
    message: `${maxOutstanding} requests of this connection wait already; await some first`,
    outcome: 'not-applied',
    retryable: true,
    leader: null,
  };
}
