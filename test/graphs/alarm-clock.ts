/**
 * A clock on which a test lets one timer go off by its name. Nothing else happens; time has no other
 * meaning. What a timer is called is the test's affair: `name` is asked while it is being armed.
 */
interface Alarm {
  readonly name: string;
  readonly run: () => void;
}

export class AlarmClock {
  readonly #name: (delayMs: number) => string;
  #running: Alarm[] = [];

  constructor(name: (delayMs: number) => string) {
    this.#name = name;
  }

  setTimeout(run: () => void, delayMs: number): Alarm {
    const alarm = { name: this.#name(delayMs), run };
    this.#running.push(alarm);
    return alarm;
  }

  clearTimeout(alarm: unknown): void {
    this.#running = this.#running.filter((one) => one !== alarm);
  }

  /** The names of the timers that run, sorted. */
  get running(): string[] {
    return this.#running.map(({ name }) => name).sort();
  }

  /** Throws when there is no such timer: the system forgot to arm it. */
  fire(name: string): void {
    const alarm = this.#running.find((one) => one.name === name);
    if (alarm === undefined) throw new Error(`no timer ${name} runs`);
    this.clearTimeout(alarm);
    alarm.run();
  }
}
