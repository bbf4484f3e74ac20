/**
 * What becomes of the client's requests and watches when a server answers: a result, an error, or
 * another try. Pure bookkeeping; where to go on is returned, as news for the chart.
 *
 * What a refusal means by itself is verdict.ts's.
 */
import { parseResponse, type FailedResponse } from '../../transport/client-protocol.ts';
import { refusedBy } from './errors.ts';
import { isSpent, type Request } from './request.ts';
import type { ClientSessions } from './sessions.ts';
import type { RequestTable } from './table.ts';
import { verdictOn } from './verdict.ts';
import type { ClientWatch } from './watch.ts';
import type { ClientWatches } from './watches.ts';

/** What the answers of one frame say of the server. */
export interface News {
  /** It said anything but that it hears no leader. */
  alive: boolean;
  /** It answered as a leader does. */
  led: boolean;
  /** It knows no leader yet. */
  leaderless: boolean;
  /** It wants to be left alone for so many milliseconds, or a while (0); null: it does not. */
  overloadedMs: number | null;
  /** Where to go on: an address, null for any other server, undefined to stay. */
  elsewhere: string | null | undefined;
}

export interface ClientAnswersOptions {
  readonly table: RequestTable;
  readonly watches: ClientWatches;
  readonly sessions: ClientSessions;
}

export class ClientAnswers {
  /** The last refusal since an answer, in the words of its server; '' when there was none. */
  trouble = '';
  readonly #options: ClientAnswersOptions;

  constructor(options: ClientAnswersOptions) {
    this.#options = options;
  }

  /** Hears one frame. Its refusals are all heard first: leaving the server would lose the rest. */
  hear(text: string): News {
    const news: News = {
      ...{ alive: false, led: false, leaderless: false },
      ...{ overloadedMs: null, elsewhere: undefined },
    };
    for (const line of text.split('\n')) if (line !== '') this.#hearLine(line, news);
    return news;
  }

  #hearLine(line: string, news: News): void {
    const response = parseResponse(line);
    if (response !== null && 'inTouch' in response) {
      news.alive ||= response.inTouch;
      return;
    }
    news.alive = true;
    if (response === null || response.id === null) {
      news.elsewhere = null;
      return;
    }
    if ('events' in response || 'ended' in response) {
      this.#options.watches.hear(response, line.length);
      return;
    }
    const watch = this.#options.watches.toldAs(response.id);
    const request = this.#options.table.inFlightAs(response.id);
    if (response.ok) {
      // Else it was given up meanwhile.
      if (request === undefined) return;
      news.led = true;
      this.trouble = '';
      this.#options.table.forget(request);
      request.resolve(response);
    } else if (watch !== undefined) this.#watchRefused(watch, response, news);
    else if (request !== undefined) this.#refused(request, response, news);
  }

  #refused(request: Request, response: FailedResponse, news: News): void {
    const verdict = verdictOn(response);
    // What one caller is told for good is no trouble of the others.
    if (verdict.kind !== 'final') this.trouble = `${response.code}: ${response.message}`;
    this.#options.table.queueAgain(request);
    // A try that met an expired session had no effect; only the tries before it may have had one.
    if (response.outcome === 'unknown' && verdict.kind !== 'expired') request.uncertain = true;
    const tell = (): void =>
      this.#options.table.giveUp(request, (outcome) => refusedBy(response, outcome));
    if (isSpent(request) && verdict.kind !== 'final') tell();
    switch (verdict.kind) {
      case 'final':
        tell();
        break;
      case 'expired':
        this.#options.sessions.expired(request);
        // When its only try met the expired session, it goes on in a new one; else an earlier try
        // may have had an effect, and nobody knows any more (design: promise 5).
        if (request.uncertain) tell();
        else request.place = null;
        break;
      case 'later':
        rest(news, response);
        break;
      case 'undecided':
        news.leaderless = true;
        break;
      case 'elsewhere':
        news.elsewhere = verdict.address;
        break;
      default:
        verdict satisfies never;
    }
  }

  #watchRefused(watch: ClientWatch, response: FailedResponse, news: News): void {
    const verdict = verdictOn(response);
    switch (verdict.kind) {
      case 'final':
      case 'expired':
        watch.end(refusedBy(response, 'not-applied'));
        break;
      case 'later':
        this.#options.watches.askLater(watch);
        break;
      case 'undecided':
        this.#options.watches.askAgain(watch);
        news.leaderless = true;
        break;
      case 'elsewhere':
        this.#options.watches.askAgain(watch);
        news.elsewhere = verdict.address;
        break;
      default:
        verdict satisfies never;
    }
  }
}

function rest(news: News, { retryAfterMs = 0 }: FailedResponse): void {
  news.overloadedMs = Math.max(news.overloadedMs ?? 0, retryAfterMs);
}
