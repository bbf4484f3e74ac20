/**
 * Between the clients of one server and its chart: turns the commands of a turn of
 * the event loop into one `client.command` and the reads into one `client.read`, and answers each
 * request exactly once, with its outcome.
 *
 * What has been sent is kept in pending-commands.ts and pending-reads.ts; sockets and frames are
 * transport's; exactly-once is the session table's (replicated/sessions.ts).
 */
import type { Reply, ServerEvent } from '../../machines/events.ts';
import type { LogIndex, ServerId } from '../../machines/messages.ts';
import { encodeEntry } from '../../replicated/entry.ts';
import type { ReplicatedState } from '../../replicated/replicated-state.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type {
  ClientRequest,
  ClientResponse,
  CommandRequest,
  LeaderHint,
} from '../../transport/client-protocol.ts';
import type { Applied, Applier } from '../applier.ts';
import { Budget } from './budget.ts';
import { bytesOf, encodeCommand } from './command-check.ts';
import { fail, notLeader, overloaded, stopping, storageFull } from '../failures.ts';
import type { Asker, Failure } from '../failures.ts';
import { isAboutMembers, PendingChanges, type Membership } from './pending-changes.ts';
import { PendingCommands, unkeyed } from './pending-commands.ts';
import { PendingReads } from './pending-reads.ts';
import { PendingTransfers } from './pending-transfers.ts';
import type { Clock, Limits } from '../ports.ts';

const tickText = encodeEntry({ kind: 'tick' });

export type GatewayEvent = Extract<
  ServerEvent,
  {
    type:
      | 'client.command'
      | 'client.read'
      | 'client.leaseRead'
      | 'admin.transfer'
      | 'admin.changeMembers';
  }
>;

export interface GatewayOptions {
  /** To the server chart. The payload of `client.command` is a `string[]` of entry texts. */
  send(event: GatewayEvent): void;
  /** Runs a task when the present turn of the event loop has read all it can. */
  defer(task: () => void): void;
  readonly limits: Pick<
    Limits,
    'maxPending' | 'maxUncommittedBytes' | 'maxCommandBytes' | 'maxSessions' | 'sessionTtlMs'
  >;
  readonly state: Pick<ReplicatedState, 'refuse' | 'query'>;
  readonly applier: Pick<Applier, 'whenApplied' | 'commitIndex'>;
  /** Whether the disk has less free than the reserve: nothing more is proposed. */
  isShortOfSpace(): boolean;
  readonly clock: Clock;
  /** How long a read may wait for the state to catch up, in milliseconds. */
  readonly maxReadWaitMs: number;
  /**
   * Counts the starts of this server: no two batches, and so no two ReadIndex attempts, ever have
   * the same number (thesis §6.4; etcd-io/raft#397).
   */
  readonly boot: number;
  /** Where clients reach a server; null when unknown. */
  leaderAddress(id: ServerId): LeaderHint | null;
  status(): Json;
  /** This server leads, or has lately heard its leader. */
  inTouch(): boolean;
  readonly membership: Membership;
}

export interface Gateway {
  /** Takes a checked request; `respond` is called exactly once, now or later. */
  submit(request: ClientRequest, respond: (response: ClientResponse) => void): void;
  /** Proposes an entry that is there for its time alone. Nobody is told what becomes of it. */
  tick(): void;
  /** The chart's slot `reply`. */
  reply(reply: Reply): void;
  /** What the applier reports; an entry is reported after the chart accepted it. */
  applied(results: readonly Applied[]): void;
  /** The state leapt to a snapshot of `index`: what waits for entries up to there is told so. */
  skipped(index: LogIndex): void;
  /** Requests accepted and not yet answered. */
  readonly pendingCount: number;
  /** Bytes of commands accepted and not yet applied or given up. */
  readonly uncommittedBytes: number;
  /** Answers everything that waits, and every later request, with ERR_STOPPED. */
  stop(): void;
}

export function createGateway(options: GatewayOptions): Gateway {
  const { limits, state, applier } = options;
  const { maxSessions, sessionTtlMs: ttlMs } = limits;
  const sessionText = encodeEntry({ kind: 'session', ttlMs, maxSessions });
  const uncommitted = new Budget(limits.maxUncommittedBytes);
  const commands = new PendingCommands(uncommitted);
  const reads = new PendingReads({ ...options, maxWaitMs: options.maxReadWaitMs });
  const transfers = new PendingTransfers(applier);
  const changes = new PendingChanges(options.membership, (event) => options.send(event));
  let pendingCount = 0;
  let lastBatch = options.boot * 2 ** 32;
  let scheduled = false;
  let stopped = false;

  function submit(request: ClientRequest, respond: (response: ClientResponse) => void): void {
    if (request.op === 'status' && !stopped) {
      respond({ id: request.id, ok: true, status: options.status() });
      return;
    }
    if (request.op === 'ping') {
      respond({ id: request.id, ok: true, inTouch: !stopped && options.inTouch() });
      return;
    }
    const failure = refuse();
    if (failure !== null) {
      fail({ id: request.id, respond }, failure);
      return;
    }
    pendingCount += 1;
    const asker: Asker = {
      id: request.id,
      respond(response) {
        pendingCount -= 1;
        respond(response);
      },
    };
    if (isAboutMembers(request)) {
      if (request.op === 'members') changes.list(request, asker, hint(options.membership.leader));
      else changes.ask((lastBatch += 1), request, asker);
      return;
    }
    if (request.op === 'command') addCommand(request, asker);
    else if (request.op === 'read') reads.add({ request, asker });
    else if (request.op === 'moveLeader') transfer(request.target, asker);
    else commands.add(unkeyed, sessionText, asker);
    schedule();
  }

  function refuse(): Failure | null {
    if (stopped) return stopping('not-applied');
    if (pendingCount >= limits.maxPending) {
      return overloaded(`${limits.maxPending} requests wait for their answers`);
    }
    return null;
  }

  function addCommand(request: CommandRequest, asker: Asker): void {
    const key = `${request.session}:${request.seq}`;
    if (commands.join(key, asker)) return;
    const text = encodeCommand(request, state, limits.maxCommandBytes);
    if (typeof text !== 'string') {
      fail(asker, text);
      return;
    }
    const { session } = request;
    const bytes = bytesOf(text);
    if (!uncommitted.take(session, bytes)) {
      fail(asker, overloaded(`${uncommitted.used} bytes of commands wait to be committed`));
      return;
    }
    commands.add({ key, session, bytes }, text, asker);
  }

  function transfer(target: ServerId | null, asker: Asker): void {
    const batch = (lastBatch += 1);
    transfers.add(batch, asker);
    options.send({ type: 'admin.transfer', batch, target });
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    options.defer(() => {
      scheduled = false;
      if (!stopped) flush();
    });
  }

  function flush(): void {
    // Taken before anything is sent: the chart may reply before `send` returns.
    const batch = (lastBatch += 1);
    // Here and not where they come: some were held while leadership was handed over.
    if (options.isShortOfSpace()) commands.refuseGathered(storageFull);
    if (commands.ready) {
      const payload = commands.take(batch);
      options.send({ type: 'client.command', batch, count: payload.length, payload });
    }
    if (reads.readyForLease) {
      const leaseBatch = (lastBatch += 1);
      reads.takeForLease(leaseBatch);
      options.send({ type: 'client.leaseRead', batch: leaseBatch });
    }
    if (reads.ready) {
      const readBatch = (lastBatch += 1);
      reads.take(readBatch);
      options.send({ type: 'client.read', batch: readBatch });
    }
  }

  /** The number of a batch says whose it is. */
  function refused(batch: number, leader: LeaderHint | null): void {
    if (commands.refused(batch, leader) || transfers.refused(batch, leader)) return;
    reads.refused(batch, notLeader(leader));
  }

  /** Nobody is sent to a leader that has fallen silent, to wait there in vain. */
  function hint(leader: ServerId | null): LeaderHint | null {
    return leader === null || !options.inTouch() ? null : options.leaderAddress(leader);
  }

  return {
    submit,
    tick() {
      if (stopped) return;
      commands.add(unkeyed, tickText, null);
      schedule();
    },
    reply(reply) {
      switch (reply.kind) {
        case 'accepted':
          commands.accepted(reply);
          break;
        case 'refused':
          if (changes.refused(reply.batch, hint(reply.leader))) break;
          refused(reply.batch, hint(reply.leader));
          break;
        case 'held':
          commands.held(reply.batch);
          break;
        case 'resumed':
          commands.resumed();
          break;
        case 'leads':
          transfers.done(reply.batch, reply.target);
          break;
        case 'notTransferred':
          transfers.failed(reply.batch, reply.why);
          break;
        case 'readable':
          reads.readable(reply.batch, reply.readIndex);
          break;
        case 'unleased':
          reads.unleased(reply.batch);
          break;
        case 'abandoned':
          commands.abandoned(hint(reply.leader), applier.commitIndex);
          reads.abandoned(notLeader(hint(reply.leader)));
          transfers.abandoned(reply.leader);
          changes.abandoned(hint(reply.leader));
          break;
        case 'changed':
        case 'unchanged':
          changes.reply(reply);
          break;
        default:
          reply satisfies never;
      }
      if (reads.ready || commands.ready) schedule();
    },
    applied: (results) => commands.applied(results),
    skipped: (index) => commands.skipped(index),
    get pendingCount() {
      return pendingCount;
    },
    get uncommittedBytes() {
      return uncommitted.used;
    },
    stop() {
      stopped = true;
      commands.stop();
      reads.stop(stopping('not-applied'));
      transfers.stop();
      changes.stop();
    },
  };
}
