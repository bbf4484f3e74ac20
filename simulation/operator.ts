/**
 * A simulated operator: looks who takes part, asks for a change of it, and looks again. What it
 * asks for is an ordinary `change` of the client's protocol, with the configuration that it saw
 * (§6).
 *
 * It is careless as people are: it repeats itself, removes the leader, removes and adds several servers
 * at once, and asks for ids that are used up, which docs/guides/membership.md forbids.
 */
import type { LogIndex, ServerId } from '../machines/messages.ts';
import type { ClientRequest, ClientResponse } from '../transport/client-protocol.ts';
import type { VirtualClock } from './clock.ts';
import type { MembershipWorkload } from './options/membership-options.ts';
import type { Random } from './random.ts';

export interface OperatorPorts {
  readonly clock: VirtualClock;
  readonly random: Random;
  /** All machines, those in the stock included. */
  readonly machines: readonly ServerId[];
  /** Those that run or ran. */
  readonly servers: readonly ServerId[];
  /** Whether the change of this name is asked for; without a trace when it is not. */
  happens(change: string): boolean;
  request(to: ServerId, request: ClientRequest, respond: (response: ClientResponse) => void): void;
  /** Starts a machine that waits to join. */
  install(machine: ServerId): void;
  /** Shuts a server down for good: it was removed. */
  retire(server: ServerId): void;
  /** `server` said that the change of configuration `expected` is committed as `index`. */
  acknowledged(server: ServerId, index: LogIndex, expected: LogIndex): void;
  note(text: string): void;
}

/** What a leader answers to `members`. */
interface Listed {
  readonly index: LogIndex;
  readonly committed: boolean;
  readonly voters: readonly ServerId[];
  readonly outgoing: readonly ServerId[];
  readonly learners: readonly ServerId[];
  readonly removed: readonly ServerId[];
}

/** One change, as it is asked for. */
interface Change {
  readonly voters: readonly ServerId[];
  readonly learners: readonly ServerId[];
  readonly removed: readonly ServerId[];
}

export class SimulatedOperator {
  /** Changes that were asked for, and those of them that were said to be committed. */
  asked = 0;
  confirmed = 0;
  readonly #workload: MembershipWorkload;
  readonly #ports: OperatorPorts;
  #hint: ServerId | null = null;
  #stopped = false;
  #nextRequest = 1;

  constructor(workload: MembershipWorkload, ports: OperatorPorts) {
    this.#workload = workload;
    this.#ports = ports;
  }

  start(): void {
    this.#plan(1);
  }

  /** Asks for nothing new. */
  stop(): void {
    this.#stopped = true;
  }

  /** The `n`th thing that it does, with a stream of chance of its own (schedule.ts). */
  #plan(n: number): void {
    const { clock, random } = this.#ports;
    const own = random.split(String(n));
    const pauseMs = this.#workload.everyMs * (0.5 + own.next());
    clock.setTimeout(() => this.#look(n, own), pauseMs);
  }

  #look(n: number, random: Random): void {
    if (this.#stopped) return;
    const next = (): void => this.#plan(n + 1);
    this.#ask({ id: this.#nextRequest++, op: 'members' }, random, next, (response, leader) => {
      const listed = listedBy(response);
      if (listed !== null) this.#retire(listed, random);
      if (listed === null || this.#stopped || !this.#ports.happens(`change/${n}`)) next();
      else this.#change(listed, leader, random, next);
    });
  }

  #change(listed: Listed, leader: ServerId, random: Random, next: () => void): void {
    const change = this.#draw(listed, leader, random);
    const joining = [...change.voters, ...change.learners];
    for (const id of joining) if (!listed.removed.includes(id)) this.#install(id, random);
    const isOutdated = random.chance(this.#workload.outdatedShare);
    const expected = Math.max(0, listed.index - (isOutdated ? 1 : 0));
    this.asked += 1;
    this.#ports.note(`operator asks ${leader}, if ${expected} still holds, for ${textOf(change)}`);
    const request = { id: this.#nextRequest++, op: 'change', expected, ...change } as const;
    this.#ask({ ...request, addresses: {} }, random, next, (response, server) => {
      this.#ports.note(`operator hears of ${server}: ${outcomeOf(response)}`);
      if (response.ok && 'index' in response) {
        this.confirmed += 1;
        this.#ports.acknowledged(server, response.index, expected);
      }
      next();
    });
  }

  /** It should run before it is added; at times it is started later, or too late to be waited for. */
  #install(id: ServerId, random: Random): void {
    const ports = this.#ports;
    const own = random.split(`late/${id}`);
    if (!own.chance(this.#workload.lateShare)) ports.install(id);
    else ports.clock.setTimeout(() => ports.install(id), own.next() * this.#workload.mostLateMs);
  }

  /** Asks the server that it takes for the leader; `none`: nobody answered in time. */
  #ask(
    request: ClientRequest,
    random: Random,
    none: () => void,
    answered: (response: ClientResponse, server: ServerId) => void,
  ): void {
    const { clock, servers } = this.#ports;
    const server = this.#hint ?? random.pick(servers);
    let over = false;
    const timeout = clock.setTimeout(() => {
      over = true;
      this.#hint = null;
      none();
    }, this.#workload.attemptTimeoutMs);
    this.#ports.request(server, request, (response) => {
      clock.clearTimeout(timeout);
      this.#hint = response.ok ? server : (response.leader?.id ?? null);
      if (!over) answered(response, server);
      over = true;
    });
  }

  #retire({ removed, committed }: Listed, random: Random): void {
    if (!committed) return;
    for (const id of removed) {
      // Once for each server, whoever is asked and when.
      const isShutDown = this.#ports.random
        .split(`retire/${id}`)
        .chance(this.#workload.retireShare);
      if (isShutDown && random.chance(0.5)) this.#ports.retire(id);
    }
  }

  #draw(listed: Listed, leader: ServerId, random: Random): Change {
    const { leastVoters, mostVoters, learnerShare, reuseShare } = this.#workload;
    const { voters, learners, removed: gone } = listed;
    if (gone.length > 0 && random.split('reuse').chance(reuseShare)) {
      return { voters: [random.split('reused').pick(gone)], learners: [], removed: [] };
    }
    const [joins, leaves] = this.#counts(random);
    const stock = this.#stockBeside(listed);
    // Learners become voters before others are fetched.
    const candidates = random.chance(0.5) ? [...learners, ...stock] : [...stock, ...learners];
    const isLearning = random.chance(learnerShare);
    const most = isLearning ? stock.length : Math.max(0, mostVoters - voters.length + leaves);
    const joining = (isLearning ? stock : candidates).slice(0, Math.min(joins, most));
    const newVoters = isLearning ? 0 : joining.length;
    const spareVoters = Math.max(0, voters.length + newVoters - leastVoters);
    const removed = new Set<ServerId>();
    if (leaves > 0 && spareVoters > 0 && random.chance(this.#workload.leaderShare)) {
      if (voters.includes(leader)) removed.add(leader);
    }
    const others = learners.filter((id) => !joining.includes(id));
    const pool = random.chance(0.2) && others.length > 0 ? others : voters;
    const most_ = Math.min(leaves, pool === voters ? spareVoters : others.length);
    for (let tries = 0; removed.size < most_ && tries < pool.length * 2; tries += 1) {
      removed.add(random.pick(pool));
    }
    return {
      voters: isLearning ? [] : joining,
      learners: isLearning ? joining : [],
      removed: [...removed],
    };
  }

  /** How many join and how many leave. */
  #counts(random: Random): [joins: number, leaves: number] {
    const { joinShare, removeShare } = this.#workload;
    const joins = random.chance(joinShare) ? random.int(1, 3) : 0;
    const leaves = random.chance(removeShare) ? random.int(1, 3) : 0;
    return joins + leaves === 0 ? [1, 1] : [joins, leaves];
  }

  #stockBeside({ voters, outgoing, learners, removed }: Listed): ServerId[] {
    const used = new Set([...voters, ...outgoing, ...learners, ...removed]);
    return this.#ports.machines.filter((id) => !used.has(id));
  }
}

function listedBy(response: ClientResponse): Listed | null {
  if (!response.ok || !('result' in response)) return null;
  const { voters, outgoing, learners, removed, committed } = response.result as unknown as Answer;
  const ids = (side: object): ServerId[] => Object.keys(side);
  const sides = { voters: ids(voters), outgoing: ids(outgoing), learners: ids(learners) };
  return { index: response.index, committed, removed, ...sides };
}

interface Answer {
  readonly committed: boolean;
  readonly voters: object;
  readonly outgoing: object;
  readonly learners: object;
  readonly removed: readonly ServerId[];
}

function textOf({ voters, learners, removed }: Change): string {
  const part = (what: string, ids: readonly ServerId[]): string[] =>
    ids.length === 0 ? [] : [`${what} ${ids.join(', ')}`];
  const parts = [
    ...part('voters', voters),
    ...part('learners', learners),
    ...part('without', removed),
  ];
  return parts.length === 0 ? 'nothing' : parts.join(', ');
}

function outcomeOf(response: ClientResponse): string {
  return response.ok ? 'committed' : response.code;
}
