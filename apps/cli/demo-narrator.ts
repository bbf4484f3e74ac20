/**
 * Tells what happens in a running demo: who leads now, how long nobody did, who died and who is back.
 *
 * People read sentences, those about deaths on stderr; programs read a line of JSON for each.
 */
import type { Death, MemberProcess } from './cluster/member-process.ts';
import { backLine, deathLine, deathNotice, endedNotice, goneLine } from './demo-text.ts';
import { leaderLine } from './demo-text.ts';
import type { Io } from './io.ts';
import { formatDuration } from './parse/duration.ts';

export class DemoNarrator {
  readonly #io: Pick<Io, 'out' | 'err'>;
  readonly #toPeople: boolean;
  #leader: string | null = null;
  #lostAtMs: number | null = null;

  constructor(io: Pick<Io, 'out' | 'err'>, toPeople: boolean) {
    this.#io = io;
    this.#toPeople = toPeople;
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

  /** `asked`: the page ended it. */
  died(member: MemberProcess, death: Death, asked: boolean): void {
    if (member.options.id === this.#leader) this.#lostAtMs = performance.now();
    if (!this.#toPeople) this.#io.out(deathLine(member, death));
    else this.#io.err(asked ? endedNotice(member) : deathNotice(member, death));
  }

  /** A server that had died answers again. */
  back(id: string): void {
    this.#io.out(this.#toPeople ? `✓ ${id} is back\n` : backLine(id));
  }

  /** One that came back as somebody else's process has ended. */
  gone(id: string): void {
    if (this.#toPeople) this.#io.err(`✗ ${id} answers no more.\n`);
    else this.#io.out(goneLine(id));
  }
}
