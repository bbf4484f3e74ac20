/**
 * The clients and operators of a scenario: what they ask, of which server, and what they heard.
 *
 * An operator looks who takes part, by the log of the server that it asks, before it asks for a change.
 */
import { configurationOf } from '../../machines/log.ts';
import type { ServerId } from '../../machines/messages.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type {
  ChangeRequest,
  ClientRequest,
  ClientResponse,
  Consistency,
} from '../../transport/client-protocol.ts';
import type { ScenarioServer } from './scenario-server.ts';
import { describeResponse } from './scenario-text.ts';

/** A client with one session; its sequence numbers count up. */
interface Client {
  session: number;
  seq: number;
  answers: ClientResponse[];
}

type Change = Partial<Pick<ChangeRequest, 'voters' | 'learners' | 'removed'>>;

export class ScenarioClients {
  readonly #server: (id: ServerId) => ScenarioServer;
  readonly #tell: (line: string) => void;
  readonly #clients = new Map<string, Client>();
  #requests = 0;

  constructor(server: (id: ServerId) => ScenarioServer, tell: (line: string) => void) {
    this.#server = server;
    this.#tell = tell;
  }

  named(name: string): Client {
    let client = this.#clients.get(name);
    if (client === undefined) {
      client = { session: 0, seq: 0, answers: [] };
      this.#clients.set(name, client);
    }
    return client;
  }

  open(name: string, at: ServerId): void {
    this.#submit(name, at, { id: (this.#requests += 1), op: 'open' });
  }

  put(name: string, at: ServerId, key: string, value: string): void {
    this.named(name).seq += 1;
    this.putAgain(name, at, key, value);
  }

  /** The same sequence number as the last put: a retry. */
  putAgain(name: string, at: ServerId, key: string, value: string): void {
    const { session, seq } = this.named(name);
    const command: Json = { put: { key, value: { json: value } } };
    const request = { id: (this.#requests += 1), op: 'command', session, seq } as const;
    this.#submit(name, at, { ...request, doneBelow: seq, machine: 'kv', command });
  }

  get(name: string, at: ServerId, key: string, consistency: Consistency = 'linearizable'): void {
    const query: Json = { get: { key } };
    const request = { id: (this.#requests += 1), op: 'read', machine: 'kv', query } as const;
    this.#submit(name, at, { ...request, consistency });
  }

  /** Asks for a change of who takes part, if that is still so. */
  change(name: string, at: ServerId, change: Change): void {
    const { log } = this.#server(at).replica.server.getSnapshot().context;
    const id = (this.#requests += 1);
    const request = { id, op: 'change', expected: configurationOf(log).index } as const;
    const nobody = { voters: [], learners: [], removed: [], addresses: {} };
    this.#submit(name, at, { ...request, ...nobody, ...change });
  }

  moveLeader(name: string, at: ServerId, target: ServerId): void {
    this.#submit(name, at, { id: (this.#requests += 1), op: 'moveLeader', target });
  }

  #submit(name: string, at: ServerId, request: ClientRequest): void {
    const client = this.named(name);
    this.#server(at).step((replica) =>
      replica.submit(request, (response) => {
        client.answers.push(response);
        if (response.ok && 'session' in response) client.session = response.session;
        this.#tell(`    ${name} hears from ${at}: ${describeResponse(response)}`);
      }),
    );
  }
}
