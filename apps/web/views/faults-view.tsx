/**
 * What can be broken: processes, links, disks and time. Everything here can be done by keyboard; on the
 * ring, a line drawn across links cuts them.
 */
import { useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import { leaderOf } from '../model/facts.ts';
import { pairsOf, type Deed, type Faults, type ProcessState } from '../model/faults.ts';

export function FaultsView({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  if (faults.access === null) {
    return (
      <div class="empty" data-test="no-faults">
        <p>This page may only look.</p>
        <p>
          Faults can be injected into the servers of <code>statecraft demo</code>, and into those
          that run with <code>start --enable-faults</code>. Open the address that they print: it has
          the secret that is needed.
        </p>
      </div>
    );
  }
  return (
    <div class="faults-view">
      <div class="section-head">
        <button type="button" class="strong" onClick={() => faults.heal()}>
          Heal all
        </button>
        <span class="muted">mends every link, and starts or resumes every server</span>
      </div>
      <Processes cluster={cluster} />
      <Presets cluster={cluster} />
      <Links cluster={cluster} />
      <Amounts cluster={cluster} />
    </div>
  );
}

const deeds: Readonly<Record<ProcessState, readonly Deed[]>> = {
  running: ['kill', 'stop', 'pause'],
  paused: ['kill', 'resume'],
  gone: ['restart'],
};
const deedTitles: Readonly<Record<Deed, string>> = {
  kill: 'SIGKILL: nothing is said and nothing is saved',
  stop: 'SIGTERM: it answers what is outstanding, then ends',
  pause: 'SIGSTOP: its sockets stay open, and it is silent',
  resume: 'SIGCONT',
  restart: 'Starts it on the data that it left',
};

function Processes({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const { faults } = cluster;
  const processes = faults.processes.value;
  if (processes === null) {
    return (
      <p class="muted">
        Processes can be killed and started here in <code>statecraft demo</code>, which owns them.
      </p>
    );
  }
  const facts = cluster.facts();
  return (
    <section aria-label="Processes">
      <h2>Processes</h2>
      <table class="plain-table processes">
        <thead>
          <tr>
            <th scope="col">server</th>
            <th scope="col">process</th>
            <th scope="col">role</th>
            <th scope="col">do</th>
          </tr>
        </thead>
        <tbody>
          {Object.entries(processes).map(([id, state]) => {
            const known = facts.find((one) => one.id === id);
            return (
              <tr key={id}>
                <th scope="row">{id}</th>
                <td data-test={`process-${id}`}>
                  {{ running: '● running', paused: '‖ paused', gone: '✕ gone' }[state]}
                </td>
                <td>{known?.live === true && state === 'running' ? known.role : '–'}</td>
                <td>
                  <div class="buttons">
                    {deeds[state].map((deed) => (
                      <button
                        key={deed}
                        type="button"
                        title={deedTitles[deed]}
                        aria-label={`${deed} ${id}`}
                        onClick={() => faults.do(deed, id)}
                      >
                        {deed}
                      </button>
                    ))}
                  </div>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

interface Preset {
  readonly name: string;
  apply(faults: Faults, ids: readonly string[], leader: string): void;
}

const presets: readonly Preset[] = [
  {
    name: 'Isolate the leader',
    apply: (faults, ids, leader) =>
      faults.partition(ids, [ids.filter((id) => id !== leader), [leader]]),
  },
  {
    name: 'Leader in the minority',
    apply(faults, ids, leader) {
      const others = ids.filter((id) => id !== leader);
      const minority = [leader, ...others.slice(0, Math.floor((ids.length - 1) / 2) - 1)];
      faults.partition(ids, [minority, ids.filter((id) => !minority.includes(id))]);
    },
  },
  {
    name: 'Leader in the majority',
    apply(faults, ids, leader) {
      const others = ids.filter((id) => id !== leader);
      const majority = [leader, ...others.slice(0, Math.floor(ids.length / 2))];
      faults.partition(ids, [majority, ids.filter((id) => !majority.includes(id))]);
    },
  },
  {
    name: 'Leader hears nobody',
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      for (const id of ids) if (id !== leader) faults.setOneWay(id, leader, true);
    },
  },
  {
    name: 'Nobody hears the leader',
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      for (const id of ids) if (id !== leader) faults.setOneWay(leader, id, true);
    },
  },
  {
    name: 'One follower is the only bridge',
    apply(faults, ids, leader) {
      faults.partition(ids, [ids]);
      const [, ...cut] = ids.filter((id) => id !== leader);
      for (const id of cut) faults.setCut(leader, id, true);
    },
  },
  { name: 'Whole again', apply: (faults, ids) => faults.partition(ids, [ids]) },
];

function Presets({ cluster }: { cluster: ClusterModel }) {
  const { faults } = cluster;
  const ids = cluster.ids.value;
  const apply = (preset: Preset): void => {
    const leader = leaderOf(cluster.facts())?.id ?? ids[0];
    if (leader !== undefined) preset.apply(faults, ids, leader);
  };
  return (
    <section aria-label="Partitions">
      <h2>Partitions</h2>
      <p class="muted small">
        On the ring: draw a line across links, or select one and press Enter.
      </p>
      <div class="buttons">
        {presets.map((preset) => (
          <button key={preset.name} type="button" onClick={() => apply(preset)}>
            {preset.name}
          </button>
        ))}
      </div>
    </section>
  );
}

function Links({ cluster }: { cluster: ClusterModel }) {
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

function Amounts({ cluster }: { cluster: ClusterModel }) {
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
