/** The guide, the dashboard and the alerts speak of metrics and labels that exist, and of no other. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { metrics, type MetricDefinition } from '../../actors/node/metrics/definitions.ts';
import { metricsFile, metricsPage } from '../../apps/docs/metrics-page.ts';

const known = new Map<string, MetricDefinition>(Object.entries(metrics));
/** What a scrape adds by itself. */
const scraped = ['job', 'instance', 'le'];

/** The metric that a series is of: a histogram has three. */
function metricOf(series: string): MetricDefinition | undefined {
  const found = known.get(series);
  if (found !== undefined && found.type !== 'histogram') return found;
  const base = known.get(series.replace(/_(bucket|sum|count)$/, ''));
  return base?.type === 'histogram' && base !== found ? base : undefined;
}

/** What is wrong with a PromQL expression; null: every series and label of it exists. */
function faultOf(expression: string): string | null {
  const bare = expression.replace(/"[^"]*"/g, '""');
  const all = [...bare.matchAll(/\b((?:statecraft|process|nodejs)_\w+)(\{[^}]*\})?/g)];
  if (all.length === 0) return 'no metric';
  const labels = new Set(scraped);
  for (const [, series = '', matchers = ''] of all) {
    const metric = metricOf(series);
    if (metric === undefined) return `there is no ${series}`;
    for (const label of metric.labels) labels.add(label);
    for (const [, label = ''] of matchers.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)) {
      if (![...scraped, ...metric.labels].includes(label)) return `${series} has no ${label}`;
    }
  }
  for (const [, list = ''] of bare.matchAll(/\b(?:by|on|without)\s*\(([^)]*)\)/g)) {
    const odd = list.split(/\s*,\s*/).find((label) => !labels.has(label.trim()));
    if (odd !== undefined) return `nothing has ${odd}`;
  }
  return null;
}

interface Alerts {
  readonly groups: { readonly rules: { alert: string; expr: string; annotations: object }[] }[];
}
interface Dashboard {
  readonly panels: { readonly title: string; readonly targets: { readonly expr: string }[] }[];
}

describe('monitoring', () => {
  it('the guide lists every metric, and is not stale: run "npm run docs" after a change', () => {
    expect(readFileSync(metricsFile, 'utf8')).to.equal(metricsPage());
    for (const name of known.keys()) expect(metricsPage()).to.include(`| \`${name}\` |`);
    const words = metricsPage().match(/\bstatecraft_\w+/g) ?? [];
    const prose = words.filter((name) => name !== 'statecraft_');
    expect(prose.filter((name) => !known.has(name))).to.deep.equal([]);
  });

  it('every alert is about metrics that exist, and says what it means', () => {
    const { groups } = parse(readFileSync('docs/monitoring/alerts.yml', 'utf8')) as Alerts;
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.map(({ expr }) => faultOf(expr)).filter((fault) => fault !== null)).to.eql([]);
    for (const { alert, annotations } of rules) {
      expect(annotations, alert).to.have.all.keys('summary', 'description');
    }
    expect(rules).to.have.length.greaterThan(5);
  });

  it('every panel of the dashboard is about metrics that exist', () => {
    const text = readFileSync('docs/monitoring/grafana.json', 'utf8');
    const { panels } = JSON.parse(text) as Dashboard;
    const targets = panels.flatMap((panel) => panel.targets);
    expect(targets.map(({ expr }) => faultOf(expr)).filter((fault) => fault !== null)).to.eql([]);
    expect(targets).to.have.length.greaterThan(20);
  });

  it('the check sees a metric, a label and a histogram that do not exist', () => {
    expect(faultOf('statecraft_server_nonsense > 0')).to.include('there is no');
    expect(faultOf('statecraft_peer_lag_entries{pear="n1"}')).to.include('has no pear');
    expect(faultOf('sum by (peer) (statecraft_server_term)')).to.include('nothing has peer');
    expect(faultOf('statecraft_disk_wal_fsync_duration_seconds')).to.include('there is no');
    expect(faultOf('statecraft_server_term_bucket')).to.include('there is no');
    expect(faultOf('rate(statecraft_disk_wal_fsync_duration_seconds_bucket[5m])')).to.equal(null);
  });
});
