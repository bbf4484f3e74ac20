/**
 * The live statechart of one actor: of a server, its log writer, its links, and a leader's replicators.
 *
 * The picture is the machine's own, drawn by the build and found by the hash of the definition that
 * the node runs; here it is only lit. Beside it is what the actor knows, waits for and did.
 */
import type { ClusterModel } from '../model/cluster.ts';
import { valueInWords } from '../model/chart-places.ts';
import { chartByHash } from '../model/charts.ts';
import { leaderOf } from '../model/facts.ts';
import type { ServerModel } from '../model/server-model.ts';
import { hrefOf, route } from '../route.ts';
import { ContextTree } from './context-tree.tsx';
import { LiveChart } from './live-chart.tsx';
import { StepList } from './step-list.tsx';
import { TimerBars } from './timer-bars.tsx';

export function ChartView({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const servers = cluster.servers.value;
  const chosen = route.value.server || (leaderOf(cluster.facts())?.id ?? servers[0]?.id);
  const server = servers.find(({ id }) => id === chosen);
  if (server === undefined) {
    const isGone = cluster.membership.removed.includes(chosen ?? '');
    const why = isGone
      ? `${chosen} was removed: it is no member any more.`
      : 'It was not heard yet.';
    return (
      <p class="empty">
        {why} <a href={hrefOf({ view: 'chart' })}>Show the leader</a>
      </p>
    );
  }
  const name = route.value.actor;
  const actors = actorsOf(server);
  return (
    <div class="chart-view">
      <div class="choosers">
        <nav aria-label="Server">
          {servers.map(({ id, view }) => (
            <a
              key={id}
              // What only this one runs, the link to that one, say, would be an empty picture there.
              href={hrefOf({
                view: 'chart',
                server: id,
                actor: view?.actors.has(`${id}/${name}`) === true ? name : 'server',
              })}
              aria-current={id === server.id ? 'true' : undefined}
            >
              {id}
            </a>
          ))}
        </nav>
        <nav aria-label="Chart">
          {actors.map((actor) => (
            <a
              key={actor}
              href={hrefOf({ view: 'chart', server: server.id, actor })}
              aria-current={actor === name ? 'true' : undefined}
            >
              {actor}
            </a>
          ))}
        </nav>
      </div>
      <ActorPanel key={`${server.id}/${name}`} server={server} name={name} />
    </div>
  );
}

function ActorPanel({ server, name }: { server: ServerModel; name: string }) {
  const path = `${server.id}/${name}`;
  const actor = server.view?.actors.get(path);
  if (actor === undefined) {
    const why = name.startsWith('replicator')
      ? 'Replicators live only while their server leads.'
      : '';
    return <p class="empty">{`${path} does not run now. ${why}`}</p>;
  }
  const chart = chartByHash(actor.machine);
  const steps = server.steps.get(path);
  const isLive = server.connection === 'live';
  const timers = isLive ? actor.timers : [];
  return (
    <div class="actor">
      <div class="picture">
        {chart === null ? (
          <p class="empty">
            {`${path} runs chart ${actor.machine}, which this page was not built with. Open the page of that server.`}
          </p>
        ) : (
          <LiveChart
            chart={chart}
            actor={actor}
            steps={steps?.list() ?? []}
            live={isLive}
            pending={{ timers, left: (timer) => server.left(path, timer, Date.now()) }}
          />
        )}
      </div>
      <aside class="about" tabIndex={0} aria-label={`About ${path}`}>
        {!isLive && <p class="warning">✕ Not heard: this is what it last said.</p>}
        <h2>State</h2>
        <ul class="value" data-test="value">
          {valueInWords(actor.value).map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        <p class="muted small">
          chart <code>{actor.machine}</code>, the one the server runs
        </p>
        <h2>Timers</h2>
        <TimerBars server={server} path={path} timers={timers} />
        <h2>Knows</h2>
        <ContextTree digest={actor.digest} />
        <h2>Guards</h2>
        <Guards answers={steps?.guards() ?? new Map()} />
      </aside>
      <StepList steps={steps?.list() ?? []} />
    </div>
  );
}

function Guards({ answers }: { answers: ReadonlyMap<string, boolean> }) {
  if (answers.size === 0) return <p class="muted small">None was asked since the page opened.</p>;
  const sorted = [...answers].sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    <ul class="guards">
      {sorted.map(([name, answer]) => (
        <li key={name}>
          <span class={answer ? 'yes' : 'no'}>{answer ? '✓ yes' : '✕ no'}</span> {name}
        </li>
      ))}
    </ul>
  );
}

/** The server first, then what it runs. */
function actorsOf(server: ServerModel): string[] {
  const names = [...(server.view?.actors.keys() ?? [])].map((path) =>
    path.slice(path.indexOf('/') + 1),
  );
  return ['server', ...names.filter((name) => name !== 'server').sort()];
}
