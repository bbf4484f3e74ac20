/**
 * Which session new commands go to: none until a command waits for one, and another one after that
 * has expired. One is opened at a time; its opening is a request like others, but nobody's call.
 */
import { needsPlace, type Request } from './request.ts';
import { ClientSession } from './session.ts';

export class ClientSessions {
  /** null: none is open. */
  current: ClientSession | null = null;
  readonly #window: number;
  #opening = false;

  /** `window`: how far seq may run ahead of doneBelow. */
  constructor(window: number) {
    this.#window = window;
  }

  get isOpening(): boolean {
    return this.#opening;
  }

  /** Whether one has to be opened first, for one of those that wait. */
  isMissing(waiting: Iterable<Request>): boolean {
    if (this.current !== null || this.#opening) return false;
    for (const request of waiting) if (needsPlace(request)) return true;
    return false;
  }

  /** The request that opens one. `refused`, for good: so are the commands that wait for it. */
  opening(
    id: number,
    refused: Request['reject'],
  ): Pick<Request, 'id' | 'call' | 'resolve' | 'reject'> {
    this.#opening = true;
    return {
      id,
      call: { op: 'open' },
      resolve: (answer) => {
        this.#opening = false;
        if ('session' in answer) this.current = new ClientSession(answer.session, this.#window);
      },
      reject: (error) => {
        this.#opening = false;
        refused(error);
      },
    };
  }

  /** The session of this command is gone; those after it go to another one. */
  expired({ place }: Request): void {
    if (place !== null && place.session === this.current) this.current = null;
  }
}
