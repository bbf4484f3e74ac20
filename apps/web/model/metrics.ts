/**
 * The last minutes of the cluster in numbers, a point each second, from the event streams alone.
 *
 * What is about the cluster is the leader's: what it committed, and how long that took.
 */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { leaderOf, numberOf, type Facts } from './facts.ts';
import { ServerMeter, type Tick } from './server-meter.ts';
import type { ServerModel } from './server-model.ts';

/** Points that are kept: five minutes. */
export const maxPoints = 300;

/** One line of a chart; null where there is nothing to tell. */
export interface Series {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface Measured {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Above it something is wrong; null: nothing is known to be. */
  readonly limit: number | null;
  readonly series: readonly Series[];
}

interface Point {
  readonly atMs: number;
  /** Since the point before; whole ones, since a tick is always a little late. */
  readonly seconds: number;
  readonly leader: Tick | null;
  readonly elections: number;
  readonly servers: ReadonlyMap<string, Tick>;
  /** Entries that the leader has and a follower not, as the leader knows. */
  readonly lag: ReadonlyMap<string, number>;
}

export class Metrics {
  readonly #meters = new Map<string, ServerMeter>();
  #points: Point[] = [];
  #term = 0;

  take(id: string, event: NodeEvent): void {
    let meter = this.#meters.get(id);
    if (meter === undefined) this.#meters.set(id, (meter = new ServerMeter()));
    meter.take(event);
  }

  /** Events of a server are missing. */
  missed(id: string): void {
    this.#meters.get(id)?.missed();
  }

  /** Adds a point; to be called once a second. */
  tick(atMs: number, facts: readonly Facts[], servers: readonly ServerModel[]): void {
    const leader = leaderOf(facts);
    const term = Math.max(this.#term, ...facts.map((one) => one.term));
    const ticks = new Map([...this.#meters].map(([id, meter]) => [id, meter.tick()] as const));
    // A page out of sight has its timers held back, up to a minute each.
    const beforeMs = this.#points.at(-1)?.atMs ?? atMs;
    const seconds = Math.max(1, Math.round((atMs - beforeMs) / 1_000));
    this.#points.push({
      ...{ atMs, seconds },
      leader: leader === null ? null : (ticks.get(leader.id) ?? null),
      elections: this.#term === 0 ? 0 : term - this.#term,
      servers: ticks,
      lag: lagOf(leader, servers),
    });
    this.#term = term;
    if (this.#points.length > maxPoints) this.#points.shift();
  }

  /** Unix seconds of the points. */
  times(): number[] {
    return this.#points.map(({ atMs }) => atMs / 1_000);
  }

  /** All charts, for the servers `ids`. */
  charts(ids: readonly string[]): Measured[] {
    const points = this.#points;
    const leaders = (name: string, of: (tick: Tick, seconds: number) => number | null): Series => ({
      name,
      values: points.map(({ leader, seconds }) => (leader === null ? null : of(leader, seconds))),
    });
    const each = (of: (point: Point, id: string) => number | null): Series[] =>
      ids.map((id) => ({ name: id, values: points.map((point) => of(point, id)) }));
    const ofServer = (of: (tick: Tick, seconds: number) => number | null): Series[] =>
      each(({ servers, seconds }, id) => {
        const tick = servers.get(id);
        return tick === undefined ? null : of(tick, seconds);
      });
    return [
      chart('commits', 'Entries committed', '/s', [
        leaders('leader', (tick, seconds) => tick.committed / seconds),
      ]),
      chart('latency', 'From append to commit', 'ms', [
        leaders('p50', (tick) => tick.commitP50Ms),
        leaders('p99', (tick) => tick.commitP99Ms),
      ]),
      chart(
        'fsync',
        'fsync, p99',
        'ms',
        ofServer((tick) => tick.syncP99Ms),
        10,
      ),
      chart(
        'lag',
        'Lag behind the leader',
        'entries',
        each(({ lag }, id) => lag.get(id) ?? null),
      ),
      chart('elections', 'Elections', '/s', [
        {
          name: 'terms begun',
          values: points.map(({ elections, seconds }) => elections / seconds),
        },
      ]),
      chart(
        'loop',
        'Event-loop delay, p99',
        'ms',
        ofServer((tick) => tick.loopDelayMs),
        50,
      ),
      chart(
        'messages',
        'Messages sent',
        '/s',
        ofServer((tick, seconds) => tick.sent / seconds),
      ),
    ];
  }
}

function chart(
  id: string,
  title: string,
  unit: string,
  series: readonly Series[],
  limit: number | null = null,
): Measured {
  return { id, title, unit, limit, series };
}

function lagOf(leader: Facts | null, servers: readonly ServerModel[]): ReadonlyMap<string, number> {
  const actors = servers.find(({ id }) => id === leader?.id)?.view?.actors;
  const lag = new Map<string, number>();
  for (const { id } of servers) {
    const known = actors?.get(`${leader?.id ?? ''}/replicator.${id}`)?.digest;
    if (leader === null || known === undefined) continue;
    lag.set(id, Math.max(0, leader.lastIndex - numberOf(known['matchIndex'])));
  }
  return lag;
}
