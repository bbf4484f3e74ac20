/** In the header: the faults that are on, each to be ended here, and the button for slow motion. */
import type { ClusterModel } from '../model/cluster.ts';
import { chipsOf } from '../model/fault-chips.ts';
import { slowFactor } from '../model/faults.ts';

export function FaultBar({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  if (faults.access === null) return null;
  const chips = chipsOf(faults, cluster.ids.value);
  const slow = faults.isSlow.value;
  return (
    <div class="fault-bar">
      <ul class="chips" aria-label="Faults that are on" data-test="chips">
        {chips.map(({ key, text, end }) => (
          <li key={key}>
            <button type="button" class="fault-chip" onClick={end} title="End this fault">
              {text} <span aria-hidden="true">✕</span>
              <span class="heard-only">, end it</span>
            </button>
          </li>
        ))}
      </ul>
      <button
        type="button"
        aria-pressed={slow}
        title={`Timers take ${slowFactor} times as long, and links are slow`}
        onClick={() => faults.set('', { slowMotion: slow ? 1 : slowFactor })}
      >
        Slow motion
      </button>
    </div>
  );
}
