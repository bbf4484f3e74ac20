/**
 * One server of a scenario: a real replica whose clock is held. Its timers have names and fire only
 * when told to; its disk finishes what it is given unless stalled. Everything it does goes to the
 * transcript, one line per step. Who talks to whom is scenario-cluster.ts.
 */
import { createReplica, type Replica } from '../../actors/replica.ts';
import type { Limits } from '../../actors/ports.ts';
import type { Message, ServerId, Term } from '../../machines/messages.ts';
import { createKv } from '../../replicated/kv.ts';
import { crc32 } from '../../storage/crc32.ts';
import { encodeLines, lastIndexOf } from '../../storage/lines.ts';
import { MemoryDisk } from '../../storage/memory-disk.ts';
import { MemoryStore } from '../../storage/memory-store.ts';
import type { Lines, Store, VoteState } from '../../storage/store.ts';
import { HeldClock, chance, timing, type TimerName } from './held-clock.ts';
import { describeChange, describeState, nameOf, span } from './scenario-text.ts';

export interface ServerPorts {
  /** Empty for a server that joins later. */
  readonly voters: readonly ServerId[];
  readonly limits: Limits;
  readonly leases: boolean;
  send(message: Message): void;
  tell(line: string): void;
}

/** Steps of one server that one event may cause; more is a loop that feeds itself. */
const maxSteps = 10_000;

export class ScenarioServer {
  readonly id: ServerId;
  readonly disk = new MemoryDisk('scenario', crc32);
  readonly #ports: ServerPorts;
  #replica: Replica | null = null;
  #clock = new HeldClock();
  #tasks: (() => void)[] = [];
  #told: string[] = [];
  #boots = 0;

  constructor(id: ServerId, ports: ServerPorts) {
    this.id = id;
    this.#ports = ports;
  }

  get isRunning(): boolean {
    return this.#replica !== null;
  }

  get replica(): Replica {
    if (this.#replica === null) throw new Error(`${this.id} is not running`);
    return this.#replica;
  }

  /** What the disk holds before the first start. Entries of one index and term are equal. */
  prepare(vote: VoteState, terms: readonly Term[]): void {
    const store = new MemoryStore(this.disk, (task) => task());
    store.recover(() => undefined);
    terms.forEach((term, i) => {
      const head = { firstIndex: i + 1, term, time: 0, seed: store.checksumAt(i) };
      store.append(encodeLines(head, ['{"kind":"noop"}'], crc32));
    });
    store.sync(vote, () => undefined);
    store.stop();
  }

  start(): void {
    const clock = new HeldClock();
    const tasks: (() => void)[] = [];
    this.#clock = clock;
    this.#tasks = tasks;
    this.#replica = createReplica({
      id: this.id,
      voters: this.#ports.voters,
      machines: { kv: createKv() },
      timing,
      leases: this.#ports.leases,
      boot: (this.#boots += 1),
      limits: this.#ports.limits,
      ports: {
        store: this.#watched(new MemoryStore(this.disk, (task) => tasks.push(task))),
        checksum: crc32,
        monotonicMs: () => 0,
        send: (message) => {
          this.#told.push(`sends ${nameOf(message)} to ${message.to}`);
          this.#ports.send(message);
        },
        clock,
        random: () => chance,
        defer: (task) => void tasks.push(task),
      },
      leaderAddress: (id) => ({ id, client: '' }),
      status: () => null,
      onFault: ({ code }) => this.#told.push(`fails: ${code}`),
    });
    this.#replica.server.subscribe({ error: () => undefined });
    this.step((replica) => replica.start());
  }

  /** The power goes: what was not synced is lost, nobody is told. */
  crash(): void {
    this.#replica = null;
    this.#clock = new HeldClock();
    this.#tasks = [];
    this.disk.crash(() => 0);
  }

  /** Does one thing, and then all that follows from it within this server. */
  step(run: (replica: Replica) => void): void {
    this.#told = [];
    this.#observe(run);
    for (let steps = 0; this.isRunning; steps += 1) {
      const task = this.#tasks.shift();
      if (task === undefined) return;
      if (steps > maxSteps) throw new Error(`${this.id} never comes to rest`);
      this.#observe(task);
    }
  }

  isArmed(name: TimerName): boolean {
    return this.#clock.armed(name).length > 0;
  }

  /** Fires every armed timer of that name. */
  fire(name: TimerName): void {
    if (!this.isArmed(name)) throw new Error(`${this.id} has no ${name} timer armed`);
    for (const timer of this.#clock.armed(name)) {
      if (this.#clock.take(timer)) this.step(timer.run); // Else one before it cancelled it.
    }
  }

  /** Ends a stall, and with it the sync that waited. */
  unstall(): void {
    if (this.isRunning) this.step(() => this.disk.unstall());
    else this.disk.unstall();
  }

  /** Ends the sync that waits; the next one stalls again. */
  finishSync(): void {
    this.step(() => {
      this.disk.unstall();
      this.disk.stall();
    });
  }

  #observe(run: (replica: Replica) => void): void {
    const { replica } = this;
    const before = describeState(replica.server);
    run(replica);
    const change = describeChange(before, describeState(replica.server));
    const told = change === '' ? this.#told : [change, ...this.#told];
    this.#told = [];
    for (const line of grouped(told)) this.#ports.tell(`    ${this.id}  ${line}`);
  }

  #watched(store: MemoryStore): Store {
    let written: { first: number; last: number } | null = null;
    const append = store.append.bind(store);
    const sync = store.sync.bind(store);
    store.append = (lines: Lines) => {
      append(lines);
      const first = Math.min(written?.first ?? Infinity, lines.firstIndex);
      written = { first, last: lastIndexOf(lines) };
    };
    store.sync = (vote, done) => {
      const parts: string[] = [];
      if (vote !== null) {
        const trust = vote.trust === 'proven' ? '' : ', doubtful';
        parts.push(`t${vote.term} vote ${vote.votedFor ?? '-'}${trust}`);
      }
      if (written !== null) parts.push(`entries ${span(written.first, written.last)}`);
      written = null;
      sync(vote, (fault) => {
        if (fault === null) this.#told.push(`has on disk: ${parts.join(', ')}`);
        done(fault);
      });
    };
    return store;
  }
}

/** Joins neighbouring `sends X to a`, `sends X to b`. */
function grouped(lines: readonly string[]): string[] {
  const groups: string[] = [];
  for (const line of lines) {
    const last = groups.at(-1) ?? '';
    const [, what, to] = /^(sends \w+ to) (.*)$/.exec(line) ?? [];
    if (what !== undefined && last.startsWith(`${what} `)) {
      groups[groups.length - 1] = `${last}, ${to ?? ''}`;
    } else groups.push(line);
  }
  return groups;
}
