/**
 * The machines of a cluster: those that it begins with, spares that may be installed later, and those
 * that were shut down for good after they had been removed. Who takes part is the log's affair (§6);
 * here is which process there is at all.
 *
 * An id is never used twice: a spare has one life as a member.
 */
import type { ServerId } from '../machines/messages.ts';
import { crc32 } from '../storage/crc32.ts';
import { MemoryDisk } from '../storage/memory-disk.ts';
import type { SimulatedServer } from './server.ts';

export class Fleet {
  /** Those that the cluster begins with. */
  readonly founders: readonly ServerId[];
  /** All that there may ever be. */
  readonly all: readonly ServerId[];
  readonly disks: ReadonlyMap<ServerId, MemoryDisk>;
  readonly #installed: ServerId[];
  readonly #retired = new Set<ServerId>();
  readonly #servers = new Map<ServerId, SimulatedServer>();

  constructor(founders: number, spares: number) {
    this.all = Array.from({ length: founders + spares }, (_, i) => `n${i + 1}`);
    this.founders = this.all.slice(0, founders);
    this.#installed = [...this.founders];
    this.disks = new Map(this.all.map((id) => [id, new MemoryDisk('simulation', crc32)]));
  }

  /** Those that were ever started; it grows. */
  get installed(): readonly ServerId[] {
    return this.#installed;
  }

  /** Gives each id its server. */
  build(build: (id: ServerId, disk: MemoryDisk, voters: readonly ServerId[]) => SimulatedServer) {
    for (const [id, disk] of this.disks) {
      const founds = this.founders.includes(id);
      // Who joins waits until the log tells it who takes part.
      this.#servers.set(id, build(id, disk, founds ? this.founders : []));
    }
  }

  get servers(): IterableIterator<SimulatedServer> {
    return this.#servers.values();
  }

  /** Servers that run now. */
  running(): SimulatedServer[] {
    return [...this.#servers.values()].filter((server) => server.isRunning);
  }

  /** From now on it may be started. */
  install(id: ServerId): void {
    if (!this.#installed.includes(id)) this.#installed.push(id);
  }

  /** It is never started again. */
  retire(id: ServerId): void {
    this.#retired.add(id);
  }

  /** Whether there is such a machine now. */
  has(id: ServerId): boolean {
    return this.#installed.includes(id) && !this.#retired.has(id);
  }

  /** The leader of the newest term that has one. */
  leader(): ServerId | null {
    let newest: SimulatedServer | null = null;
    for (const server of this.running()) {
      const leads = server.role === 'leader';
      if (leads && server.context.currentTerm > (newest?.context.currentTerm ?? 0)) newest = server;
    }
    return newest?.id ?? null;
  }

  /** It runs, and asks for votes. */
  isCandidate(id: ServerId): boolean {
    const server = this.server(id);
    return server.isRunning && server.role === 'candidate';
  }

  server(id: ServerId): SimulatedServer {
    const server = this.#servers.get(id);
    if (server === undefined) throw new Error(`ERR_SIMULATION: there is no server ${id}.`);
    return server;
  }
}
