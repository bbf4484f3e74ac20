/** The page: a header, the ring on the left, one of the views on the right. */
import type { ClusterModel } from '../model/cluster.ts';
import { hrefOf, route, views, type ViewName } from '../route.ts';
import { ChartView } from './chart-view.tsx';
import { ConsoleView } from './console-view.tsx';
import { EventsView } from './events-view.tsx';
import { FaultsView } from './faults-view.tsx';
import { Header } from './header.tsx';
import { LogView } from './log-view.tsx';
import { MetricsView } from './metrics-view.tsx';
import { ReplicationView } from './replication-view.tsx';
import { Ring } from './ring.tsx';

const titles: Readonly<Record<ViewName, string>> = {
  chart: 'Statechart',
  log: 'Log',
  replication: 'Replication',
  metrics: 'Metrics',
  events: 'Events',
  faults: 'Faults',
  console: 'Console',
};
const contents: Readonly<
  Record<ViewName, (props: { cluster: ClusterModel }) => preact.JSX.Element>
> = {
  chart: ChartView,
  log: LogView,
  replication: ReplicationView,
  metrics: MetricsView,
  events: EventsView,
  faults: FaultsView,
  console: ConsoleView,
};

export function App({ cluster }: { cluster: ClusterModel }) {
  const { view } = route.value;
  const View = contents[view];
  return (
    <>
      <Header cluster={cluster} />
      <div class="columns">
        <section class="left" aria-label="Ring">
          <Ring cluster={cluster} />
        </section>
        <main class="right">
          <nav class="tabs" aria-label="Views">
            {views.map((name) => (
              <a
                key={name}
                href={hrefOf({ view: name })}
                aria-current={name === view ? 'page' : undefined}
              >
                {titles[name]}
              </a>
            ))}
          </nav>
          <View cluster={cluster} />
        </main>
      </div>
    </>
  );
}
