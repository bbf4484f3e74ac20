/**
 * Whether servers that died are back: whoever watches a demo pastes the command that starts one again
 * in another terminal, so the new process is none of ours and tells us nothing. It is asked, over
 * HTTP, by its cluster and id: the port may be somebody else's by now.
 */
import { z } from 'zod';
import type { MemberOptions } from './member-process.ts';

/** Between two looks, and at most for one answer, in milliseconds. */
const lookEveryMs = 500;
const answerMs = 400;

const answer = z.object({ cluster: z.string(), id: z.string() });

export interface ReturnsOptions {
  /** Whether a process of ours runs this server; its end is heard of in another way. */
  readonly isOurs: (id: string) => boolean;
  /** A server that had died answers again, whoever started it. */
  readonly onBack: (id: string) => void;
  /** A server that somebody else had started again answers no more. */
  readonly onGone: (id: string) => void;
}

export class Returns {
  readonly #options: ReturnsOptions;
  /** Those that died, and whether they answered since. At most all servers of the demo. */
  readonly #dead = new Map<string, { readonly server: MemberOptions; answered: boolean }>();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(options: ReturnsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), lookEveryMs);
  }

  /** Watches for the return of a server that just died. */
  died(server: MemberOptions): void {
    this.#dead.set(server.id, { server, answered: false });
  }

  /** Servers that somebody else runs, as of the last look. */
  get strangers(): number {
    return [...this.#dead.values()].filter(({ answered }) => answered).length;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const looks = [...this.#dead].map(async ([id, one]) => {
      const answers = await isServing(one.server);
      // It may have died once more while it was asked.
      if (this.#dead.get(id) === one) this.#heard(id, one, answers);
    });
    await Promise.all(looks);
    this.#looking = false;
  }

  #heard(id: string, one: { answered: boolean }, answers: boolean): void {
    const before = one.answered;
    one.answered = answers;
    const { isOurs, onBack, onGone } = this.#options;
    if (answers && isOurs(id)) this.#dead.delete(id);
    if (answers && !before) onBack(id);
    if (!answers && before) onGone(id);
  }
}

async function isServing({ id, cluster, client }: MemberOptions): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(answerMs);
    const response = await fetch(`http://${client}/status`, { signal });
    const found = answer.safeParse(await response.json()).data;
    return found?.id === id && found.cluster === cluster;
  } catch {
    return false; // Nobody there, or somebody who speaks otherwise.
  }
}
