/**
 * A clock on which a test lets one timer go off by its length. Equal lengths are told apart by the
 * order in which they were armed. Nothing else happens; time has no other meaning.
 */
interface Alarm {
  readonly run: () => void;
  readonly delayMs: number;
}

export class AlarmClock {
  #armed: Alarm[] = [];

  setTimeout(run: () => void, delayMs: number): Alarm {
    const alarm = { run, delayMs };
    this.#armed.push(alarm);
    return alarm;
  }

  clearTimeout(alarm: unknown): void {
    this.#armed = this.#armed.filter((armed) => armed !== alarm);
  }

  /** The lengths of the timers that run, in milliseconds, shortest first. */
  get armedMs(): number[] {
    return this.#armed.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  }

  /** Throws when no timer of this length runs: the system forgot to arm it. */
  fire(delayMs: number, which = 0): void {
    const alarm = this.#armed.filter((armed) => armed.delayMs === delayMs)[which];
    if (alarm === undefined) throw new Error(`no timer of ${delayMs} ms runs`);
    this.clearTimeout(alarm);
    alarm.run();
  }
}
