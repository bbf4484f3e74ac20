/**
 * The cluster as a ring: servers by role, links, and the messages between them.
 *
 * Select a server to see its chart. What an arc, a shape or a sign means is in the legend below.
 */
import type { ClusterModel } from '../model/cluster.ts';
import { factsOf } from '../model/facts.ts';
import { pairsOf } from '../model/faults.ts';
import { Flights } from './flights.tsx';
import { RingLink } from './ring-link.tsx';
import { crosses, useStroke } from './ring-cut.ts';
import { heightOf, laneOf, margin, placeOf, sizeOf } from './ring-geometry.ts';
import { Legend } from './ring-legend.tsx';
import { Members, Outlines } from './ring-members.tsx';
import { RingServer } from './ring-server.tsx';

export function Ring({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const ids = cluster.ids.value;
  const servers = new Map(cluster.servers.value.map((server) => [server.id, server]));
  const places = new Map(ids.map((id, i) => [id, placeOf(i, ids.length)]));
  const size = sizeOf(ids.length);
  const pairs = pairsOf(ids);
  const { faults } = cluster;
  const { stroke, handlers } = useStroke(faults.access !== null, (drawn) => {
    const crossed = pairs.filter(([a, b]) => {
      const [from, to] = [places.get(a), places.get(b)];
      if (from === undefined || to === undefined) return false;
      const { start, end } = laneOf(from, to, 0);
      return crosses(drawn, start, end);
    });
    // A second line over what is cut already mends it.
    const cut = !crossed.every(([a, b]) => faults.isCut(a, b) && faults.isCut(b, a));
    for (const [a, b] of crossed) faults.setCut(a, b, cut);
  });
  if (ids.length === 0) return <p class="empty">Waiting for the server that sent this page …</p>;
  return (
    <>
      <svg
        class="ring"
        viewBox={`${-margin} ${-margin} ${size + 2 * margin} ${heightOf(ids.length) + 2 * margin}`}
        role="group"
        aria-label="Servers of the cluster"
        {...handlers}
      >
        <Outlines change={cluster.membership.change} places={places} />
        {pairs.map(([a, b]) => (
          <RingLink
            key={`${a}-${b}`}
            a={a}
            b={b}
            servers={servers}
            places={places}
            faults={faults}
          />
        ))}
        <Flights cluster={cluster} places={places} />
        {stroke !== null && (
          <line
            class="stroke"
            x1={stroke.from.x}
            y1={stroke.from.y}
            x2={stroke.to.x}
            y2={stroke.to.y}
          />
        )}
        {ids.map((id) => {
          const server = servers.get(id);
          const at = places.get(id);
          if (at === undefined) return null;
          return (
            <RingServer
              key={id}
              id={id}
              at={at}
              isUpper={at.y < size / 2}
              part={cluster.membership.partOf(id)}
              server={server ?? null}
              facts={server === undefined ? null : factsOf(server)}
            />
          );
        })}
      </svg>
      <Members membership={cluster.membership} />
      <Legend />
      {faults.access !== null && (
        <p class="muted small hint">Draw a line across links to cut them; once more mends them.</p>
      )}
    </>
  );
}
