/**
 * I32 – I34, I36 and I37: what clients were told, judged by the committed log (§8; thesis §6.3, §6.4).
 *
 * The log is the witness of linearizability. A write took effect at its entry, a read at the index
 * that it was served from; so each answer must be the reference's at that index, and no index may
 * lie before one that was answered before the operation began.
 */
import type { LogIndex, ServerId } from '../../machines/messages.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { Consistency } from '../../transport/client-protocol.ts';
import type { Reference } from '../reference.ts';
import { checkClientHistory } from './linearizability.ts';
import type { Report } from './observation.ts';

/** `lock`: creates the key of the lock if it is not there. `lease`: a put that ends by itself. */
export type OperationKind = 'put' | 'delete' | 'get' | 'cas' | 'lease' | 'lock' | 'touch';

/** One operation of a client, over all its attempts. */
export interface Operation {
  readonly client: string;
  readonly kind: OperationKind;
  readonly key: string;
  /** Unique over the run; '' unless something is written. */
  readonly value: string;
  /** `cas`: the revision that the key must have; null: there must be none. `touch`: the lock's. */
  readonly expected: LogIndex | null;
  /** 0 for reads. */
  readonly session: LogIndex;
  readonly seq: number;
  readonly invokedAtMs: number;
  /** Of a get: what it may miss. A lease promises as much as a round. */
  readonly consistency: Consistency;
  /** The largest index that any client had been told when this one began; of a local get its token. */
  readonly floor: LogIndex;
  /** Of a get: it names its floor to the server. */
  readonly named: boolean;
  attempts: number;
  /** Attempts that were answered `not-applied`. */
  refusals: number;
  /** `failed`: every attempt was refused, so it must never take effect. */
  outcome: 'pending' | 'acked' | 'failed' | 'unknown';
  /** Where it took effect or was read from, once acked. */
  index: LogIndex;
  completedAtMs: number;
}

export class ClientRules {
  readonly operations: Operation[] = [];
  /** I36 has asked whether an order explains all answers; false until the end, and when it gave up. */
  judged = false;
  /** What the client was told first, by operation. */
  readonly #results = new Map<Operation, Json>();
  readonly #report: Report;
  readonly #reference: Reference;
  #floor: LogIndex = 0;
  /** Who was told that he holds the lock, by token. */
  readonly #tokens = new Map<LogIndex, string>();

  constructor(report: Report, reference: Reference) {
    this.#report = report;
    this.#reference = reference;
  }

  /** The `floor` of an operation that begins now. */
  get floor(): LogIndex {
    return this.#floor;
  }

  invoked(operation: Operation): void {
    this.operations.push(operation);
  }

  /** A command was acknowledged. */
  wrote(operation: Operation, index: LogIndex, result: Json): void {
    const { client, session, seq } = operation;
    const name = `${client}'s ${operation.kind} ${session}/${seq}`;
    const effect = this.#reference.effectOf(session, seq);
    if (effect === undefined) {
      this.#report('I32', null, `${name} was acknowledged at ${index}, but is not committed`);
      return;
    }
    const [told, is] = [JSON.stringify(result), JSON.stringify(effect.result)];
    if (effect.index !== index || revisionIn(result) !== revisionIn(effect.result)) {
      this.#report('I37', null, `${name} took effect at ${effect.index}, told ${index}: ${told}`);
    } else if (told !== is) {
      this.#report('I36', null, `${name} of ${operation.key}: told ${told}, is ${is}`);
    }
    if (operation.kind === 'lock' && operation.outcome === 'pending') {
      this.#fence(name, result);
    }
    if (index <= operation.floor) {
      this.#report(
        'I36',
        null,
        `${name} took effect at ${index}, but began after ${operation.floor}`,
      );
    }
    this.#told(operation, index, result);
  }

  /** A get was answered from the state at `index`. */
  read(operation: Operation, index: LogIndex, result: Json): void {
    const { client, key, floor } = operation;
    if (index < floor) {
      this.#report('I34', null, `${client} read ${key} at ${index}, but began after ${floor}`);
    }
    const version = this.#reference.versionAt(key, index);
    const seen = result as { value?: { json?: Json }; revision?: Json } | null;
    if (seen?.value?.json !== version?.value || (seen?.revision ?? undefined) !== version?.index) {
      const is = version === undefined ? 'nothing' : `${String(version.value)}@${version.index}`;
      const told = JSON.stringify(result);
      this.#report('I36', null, `${client} read ${key} at ${index}: told ${told}, is ${is}`);
    }
    this.#told(operation, index, result);
  }

  /** A get was told that nobody was ever given the revision that it named. */
  deniedToken({ client, key, floor }: Operation): void {
    this.#report('I34', null, `${client} was told of ${floor} before it read ${key}: denied`);
  }

  /** Whoever was told that he holds the lock has a token of his own. */
  #fence(name: string, result: Json): void {
    const { ok, revision } = result as { readonly ok: boolean; readonly revision: LogIndex };
    if (!ok) return;
    const holder = this.#tokens.get(revision);
    if (holder !== undefined && holder !== name) {
      this.#report('I36', null, `${holder} and ${name} both hold the lock with token ${revision}`);
    }
    this.#tokens.set(revision, name);
  }

  #told(operation: Operation, index: LogIndex, result: Json): void {
    if (operation.outcome === 'pending') this.#results.set(operation, result);
    this.#floor = Math.max(this.#floor, index);
  }

  /** At the end: what was refused for good has had no effect (I33), and an order exists (I36). */
  ended(): void {
    const ordered = this.operations.filter(({ consistency }) => consistency !== 'local');
    this.judged = checkClientHistory(ordered, this.#results, this.#report);
    for (const { client, kind, session, seq, outcome } of this.operations) {
      const effect = session === 0 ? undefined : this.#reference.effectOf(session, seq);
      if (outcome === 'failed' && effect !== undefined) {
        const name = `${client}'s ${kind} ${session}/${seq}`;
        this.#report(
          'I33',
          null,
          `${name} was refused for good, but took effect at ${effect.index}`,
        );
      }
    }
  }
}

function revisionIn(result: Json): Json | undefined {
  return (result as { readonly revision?: Json }).revision;
}

/** I15 and I37 on one running server: it applies in order, and each put once. */
export class ApplyRules {
  readonly #report: Report;
  readonly #server: ServerId;
  readonly #values = new Set<string>();
  #lastIndex: LogIndex = 0;

  /** One for each incarnation: a restart replays the log. */
  constructor(report: Report, server: ServerId) {
    this.#report = report;
    this.#server = server;
  }

  /** A command reached the state machine; `value` is '' unless it writes one. */
  applied(index: LogIndex, value: string): void {
    if (index <= this.#lastIndex) {
      this.#report('I15', this.#server, `applied ${index} after ${this.#lastIndex}`);
    }
    this.#lastIndex = index;
    if (value === '') return;
    if (this.#values.has(value)) {
      this.#report('I37', this.#server, `applied the write of ${value} a second time, at ${index}`);
    }
    this.#values.add(value);
  }
}
