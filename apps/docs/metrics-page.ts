/**
 * docs/guides/metrics.md, out of the table of metrics (actors/node/metrics/definitions.ts). Text
 * only; main.ts writes it.
 */
import { metricGroups, type MetricDefinition } from '../../actors/node/metrics/definitions.ts';

export const metricsFile = 'docs/guides/metrics.md';

const intro = `<!-- Generated from apps/docs/metrics-page.ts and actors/node/metrics/definitions.ts by \`npm run docs\`. -->

# Metrics

Every server answers \`GET /metrics\` on its client address, in the text format of Prometheus:

\`\`\`yaml
# prometheus.yml
scrape_configs:
  - job_name: statecraft
    static_configs:
      - targets: ['127.0.0.1:7401', '127.0.0.1:7402', '127.0.0.1:7403']
\`\`\`

\`statecraft metrics\` prints them in a terminal, \`statecraft metrics -o json\` as data.
A [dashboard for Grafana](../monitoring/grafana.json) and [alert rules](../monitoring/alerts.yml) are
in \`docs/monitoring/\`; a test holds both to the table below.

Names are etcd's behind the prefix \`statecraft_\` where etcd has one, so its runbooks read the same.
Units are seconds and bytes. Counters begin at 0 with each start of a server. Labels hold ids of
servers, states of charts, operations and error codes, never a key, a value or a secret. Figures are
gathered when they are asked for; between scrapes a server keeps plain numbers.

What to look at first:

- \`statecraft_server_has_leader\` is 0 somewhere: no quorum, or that server is cut off.
- \`rate(statecraft_server_leader_changes_seen_total[15m])\` is not 0: elections. Look at the delay of
  the event loop and of fsync on whoever led.
- \`statecraft_chart_transitions_total\` tells why: \`from="role.leader.quorum.watching"\` is a leader that
  no majority answered, \`event="log.stalled"\` one whose disk stood still, \`from="role.follower.suspecting"\`
  a follower whose leader's process died.
- \`statecraft_peer_lag_entries\` grows: that peer takes less than is written.
`;

export function metricsPage(): string {
  const groups = Object.entries(metricGroups).map(([title, metrics]) => {
    const rows = Object.entries(metrics).map(([name, metric]) => row(name, metric));
    const head = '| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n';
    return `\n## ${title}\n\n<!-- prettier-ignore -->\n${head}${rows.join('')}`;
  });
  return intro + groups.join('');
}

function row(name: string, { type, labels, help }: MetricDefinition): string {
  const words = labels.map((label) => `\`${label}\``).join(', ');
  return `| \`${name}\` | ${type} | ${words} | ${help} |\n`;
}
