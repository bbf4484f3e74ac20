/**
 * Tells what happens in a running demo: who leads now, how long nobody did, and who died.
 *
 * People read sentences, those about deaths on stderr; programs read a line of JSON for each.
 */
import type { Aftermath } from './cluster/launch.ts';
import type { Death, MemberProcess } from './cluster/member-process.ts';
import { deathLine, deathNotice, endedNotice, leaderLine } from './demo-text.ts';
import { failure } from './failure.ts';
import type { Io } from './io.ts';
import { formatDuration } from './parse/duration.ts';

export class DemoNarrator {
  /** Rejects when no server is left and nobody asked for that. */
  readonly deserted: Promise<never>;
  readonly #io: Pick<Io, 'out' | 'err'>;
  readonly #toPeople: boolean;
  #leader: string | null = null;
  #lostAtMs: number | null = null;
  #desert: (why: Error) => void = () => undefined;

  constructor(io: Pick<Io, 'out' | 'err'>, toPeople: boolean) {
    this.#io = io;
    this.#toPeople = toPeople;
    this.deserted = new Promise((_, reject) => {
      this.#desert = reject;
    });
    // Nobody may be waiting yet; it stays rejected for whoever does.
    this.deserted.catch(() => undefined);
  }

  /** The first leader of all is left to the welcome. */
  leads(id: string, term: number): void {
    const lostAtMs = this.#lostAtMs;
    const isFirst = this.#leader === null;
    this.#leader = id;
    this.#lostAtMs = null;
    if (isFirst) return;
    const gapMs = lostAtMs === null ? null : Math.round(performance.now() - lostAtMs);
    if (!this.#toPeople) {
      this.#io.out(leaderLine(id, term, gapMs));
      return;
    }
    const since = gapMs === null ? '' : `, ${formatDuration(gapMs)} later`;
    this.#io.out(`✓ ${id} leads term ${term}${since}\n`);
  }

  /** One that the page ended can be started by the page again. */
  died(member: MemberProcess, death: Death, { asked, living }: Aftermath): void {
    if (member.options.id === this.#leader) this.#lostAtMs = performance.now();
    if (!this.#toPeople) this.#io.out(deathLine(member, death));
    else this.#io.err(asked ? endedNotice(member) : deathNotice(member, death));
    if (living === 0 && !asked) {
      this.#desert(failure('ERR_NODE_DIED', 'All servers are gone', 'Start the demo again'));
    }
  }
}
