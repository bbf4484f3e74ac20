/**
 * Faults with an amount: how late and how often lost what a server sends is, and how slow its disk. Of one
 * server or of all; a slider shows the amount that the server itself reports.
 */
import { useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';

export function Amounts({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  const [server, setServer] = useState('');
  const states = faults.states.value;
  const state = server === '' ? [...states.values()][0] : states.get(server);
  return (
    <section aria-label="Delay, loss and slow disks">
      <h2>Delay, loss and slow disks</h2>
      <label>
        Of{' '}
        <select value={server} onChange={({ currentTarget }) => setServer(currentTarget.value)}>
          <option value="">all servers</option>
          {cluster.ids.value.map((id) => (
            <option key={id}>{id}</option>
          ))}
        </select>
      </label>
      {sliders.map(({ name, title, max, step, unit, per }) => {
        const value = Math.round((state?.[name] ?? 0) * per);
        return (
          <label key={name} class="slider">
            <span>{title}</span>
            <input
              type="range"
              min={0}
              max={max}
              step={step}
              value={value}
              disabled={state === undefined}
              aria-valuetext={`${value} ${unit}`}
              onInput={({ currentTarget }) =>
                faults.set(server, { [name]: Number(currentTarget.value) / per })
              }
            />
            <span class="number">{`+${value} ${unit}`}</span>
          </label>
        );
      })}
    </section>
  );
}

const sliders = [
  { name: 'delayMs', title: 'Delay of what it sends', max: 1_000, step: 10, unit: 'ms', per: 1 },
  { name: 'loss', title: 'Loss of what it sends', max: 90, step: 5, unit: '%', per: 100 },
  {
    name: 'syncDelayMs',
    title: 'Slow disk: fsync takes',
    max: 6_000,
    step: 50,
    unit: 'ms',
    per: 1,
  },
] as const;
