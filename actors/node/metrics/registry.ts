/**
 * The table of metrics as a prom-client registry, filled when somebody scrapes: between two scrapes
 * a node keeps plain numbers only. Each node has its own registry; there is no global one.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { metrics, type MetricDefinition, type MetricName, type NamesOf } from './definitions.ts';
import type { Spread } from './distribution.ts';

export type Labels = Readonly<Record<string, string>>;

/** What the metrics are at this moment. */
export interface Readings {
  set(name: NamesOf<'counter' | 'gauge'>, value: number, labels?: Labels): void;
  spread(name: NamesOf<'histogram'>, spread: Spread, labels?: Labels): void;
}

export interface MetricsRegistry {
  readonly contentType: string;
  /** The exposition format of Prometheus. */
  text(): Promise<string>;
  /** The same as data. */
  data(): Promise<readonly MetricData[]>;
}

export interface MetricData {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Of a histogram `name` differs: `_bucket`, `_sum` and `_count`. */
  readonly samples: readonly {
    readonly name: string;
    readonly labels: Readonly<Record<string, string | number>>;
    readonly value: number;
  }[];
}

/** `read` is called at each scrape and says all there is. */
export function createMetricsRegistry(read: (readings: Readings) => void): MetricsRegistry {
  const registry = new Registry();
  const values = new Map<MetricName, Counter | Gauge>();
  const histograms = new Map<MetricName, SpreadHistogram>();
  for (const name of Object.keys(metrics) as MetricName[]) {
    const { type, help, labels, buckets = [] }: MetricDefinition = metrics[name];
    const config = { name, help, labelNames: labels, registers: [registry] };
    if (type === 'histogram') {
      histograms.set(name, new SpreadHistogram({ ...config, buckets: [...buckets] }));
    } else values.set(name, type === 'counter' ? new Counter(config) : new Gauge(config));
  }

  const readings: Readings = {
    set: (name, value, labels = {}) => values.get(name)?.inc(labels, value),
    spread: (name, spread, labels = {}) => histograms.get(name)?.parts.push({ spread, labels }),
  };
  const refresh = (): void => {
    for (const value of values.values()) value.reset();
    for (const histogram of histograms.values()) histogram.parts.length = 0;
    read(readings);
  };

  return {
    contentType: registry.contentType,
    text() {
      refresh();
      return registry.metrics();
    },
    async data() {
      refresh();
      const all = await registry.getMetricsAsJSON();
      return all.map(({ name, type, help, values: found }) => ({
        name,
        type: String(type),
        help,
        samples: found.map(({ value, labels, ...more }) => {
          const own = 'metricName' in more ? String(more.metricName) : name;
          return { name: own, labels: labels as Record<string, string | number>, value };
        }),
      }));
    },
  };
}

/** A histogram that is told its buckets whole. */
class SpreadHistogram extends Histogram {
  readonly parts: { readonly spread: Spread; readonly labels: Labels }[] = [];
  readonly #config: ConstructorParameters<typeof Histogram>[0];

  constructor(config: ConstructorParameters<typeof Histogram>[0]) {
    super(config);
    this.#config = config;
  }

  override get(): ReturnType<Histogram['get']> {
    const { name, help, buckets = [] } = this.#config;
    const values = this.parts.flatMap(({ spread, labels }) => {
      let count = 0;
      const rows = [...buckets, '+Inf'].map((le, i) => {
        count += spread.counts[i] ?? 0;
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: count };
      });
      rows.push({ metricName: `${name}_sum`, labels: { ...labels } as never, value: spread.sum });
      rows.push({ metricName: `${name}_count`, labels: { ...labels } as never, value: count });
      return rows;
    });
    return Promise.resolve({
      ...{ name, help, values, type: 'histogram' as never, aggregator: 'sum' as const },
      collect: () => undefined,
    });
  }

  /** What the text is made of. */
  getForPromString(): ReturnType<Histogram['get']> {
    return this.get();
  }
}
