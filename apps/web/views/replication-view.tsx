/** The leader's view of each of its peers, from its replicators (§5.3). */
import type { ClusterModel } from '../model/cluster.ts';
import { valueInWords } from '../model/chart-places.ts';
import { leaderOf, numberOf } from '../model/facts.ts';
import { hrefOf } from '../route.ts';
import { useNow } from '../use-now.ts';

const columns = [
  'peer',
  'member',
  'state',
  'match',
  'next',
  'lag',
  'in flight',
  'last heard',
  'link',
];

export function ReplicationView({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const now = useNow();
  const leader = leaderOf(cluster.facts());
  const server = cluster.servers.value.find(({ id }) => id === leader?.id);
  if (leader === null || server === undefined) {
    return (
      <p class="empty">Nobody leads, so nobody replicates. The ring shows who asks for votes.</p>
    );
  }
  const actors = server.view?.actors;
  const peers = cluster.ids.value.filter((id) => id !== leader.id);
  return (
    <div class="replication-view">
      <p>
        {`${leader.id} leads term ${leader.term}; its log ends at ${leader.lastIndex}, committed through ${leader.commitIndex}.`}
      </p>
      <div class="scroll" tabIndex={0} role="group" aria-label="Peers">
        <table class="plain-table" data-test="replication">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {peers.map((peer) => {
              const replicator = actors?.get(`${leader.id}/replicator.${peer}`);
              const link = actors?.get(`${leader.id}/link.${peer}`);
              const digest = replicator?.digest;
              const match = numberOf(digest?.['matchIndex']);
              // Of who has no replicator yet, or none any more, the leader knows nothing.
              const known = (text: string): string => (digest === undefined ? '–' : text);
              const heardAtMs = server.heardAtMs.get(peer);
              const silentMs =
                heardAtMs === undefined
                  ? null
                  : Math.max(0, now + server.clockOffsetMs - heardAtMs);
              return (
                <tr key={peer}>
                  <th scope="row">
                    <a
                      href={hrefOf({
                        view: 'chart',
                        server: leader.id,
                        actor: `replicator.${peer}`,
                      })}
                    >
                      {peer}
                    </a>
                  </th>
                  <td>{cluster.membership.partOf(peer)}</td>
                  <td>
                    {(replicator === undefined ? ['–'] : valueInWords(replicator.value)).map(
                      (region) => (
                        <span key={region} class="chip region">
                          {region}
                        </span>
                      ),
                    )}
                  </td>
                  <td class="number">{known(`${match}`)}</td>
                  <td class="number">{known(`${numberOf(digest?.['nextIndex'])}`)}</td>
                  <td class="number">
                    {known(counted(leader.lastIndex - match, 'entry', 'entries'))}
                  </td>
                  <td class="number">
                    {known(
                      `${counted(numberOf(digest?.['inflightFrames']), 'frame', 'frames')}, ${numberOf(digest?.['inflightBytes'])} B`,
                    )}
                  </td>
                  <td class="number">{silentMs === null ? '–' : ago(silentMs)}</td>
                  <td>{link === undefined ? '–' : valueInWords(link.value).join(', ')}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${Math.max(0, count)} ${many}`;
}

/** Rounded, so that the cell does not flicker with every heartbeat. */
function ago(ms: number): string {
  if (ms < 250) return 'just now';
  return ms < 10_000 ? `${(ms / 1_000).toFixed(1)} s ago` : `${Math.round(ms / 1_000)} s ago`;
}
