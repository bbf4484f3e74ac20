/**
 * Which links carry messages: partitions by name, and every link by itself, both ways or one. The same
 * links are cut by hand on the ring (`ring-cut.ts`).
 */
import type { ClusterModel } from '../model/cluster.ts';
import { leaderOf, votersOf } from '../model/facts.ts';
import { pairsOf } from '../model/faults.ts';
import { partitions, type Partition } from '../model/partitions.ts';

export function Partitions({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  const ids = cluster.ids.value;
  const apply = (partition: Partition): void => {
    const leader = leaderOf(cluster.facts())?.id ?? ids[0];
    const { members } = cluster.membership;
    const voters = members === null ? ids : votersOf(members);
    if (leader !== undefined) partition.apply(faults, ids, leader, voters);
  };
  return (
    <section aria-label="Partitions">
      <h2>Partitions</h2>
      <p class="muted small">
        On the ring: draw a line across links, or select one and press Enter.
      </p>
      <div class="buttons">
        {partitions.map((partition) => (
          <button key={partition.name} type="button" onClick={() => apply(partition)}>
            {partition.name}
          </button>
        ))}
      </div>
    </section>
  );
}

export function Links({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  return (
    <table class="plain-table">
      <thead>
        <tr>
          <th scope="col">link</th>
          <th scope="col">both ways</th>
          <th scope="col">one way</th>
          <th scope="col">the other way</th>
        </tr>
      </thead>
      <tbody>
        {pairsOf(cluster.ids.value).map(([a, b]) => {
          const [there, back] = [faults.isCut(a, b), faults.isCut(b, a)];
          return (
            <tr key={`${a} ${b}`}>
              <th scope="row">{`${a} – ${b}`}</th>
              <td>
                <Cut
                  is={there && back}
                  name={`${a} – ${b}`}
                  set={(to) => faults.setCut(a, b, to)}
                />
              </td>
              <td>
                <Cut is={there} name={`${a} → ${b}`} set={(to) => faults.setOneWay(a, b, to)} />
              </td>
              <td>
                <Cut is={back} name={`${b} → ${a}`} set={(to) => faults.setOneWay(b, a, to)} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

interface CutProps {
  readonly is: boolean;
  readonly name: string;
  readonly set: (cut: boolean) => void;
}

function Cut({ is, name, set }: CutProps) {
  return (
    <label>
      <input
        type="checkbox"
        checked={is}
        onChange={({ currentTarget }) => set(currentTarget.checked)}
      />{' '}
      {is ? '✂ cut' : 'cut'} <span class="muted">{name}</span>
    </label>
  );
}
