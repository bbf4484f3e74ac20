/**
 * The servers' processes, where the cluster was started by `statecraft demo`: what runs, what is paused or
 * gone, and the signals that can be sent. What a process is asked to do is done by `model/faults.ts`.
 */
import type { ClusterModel } from '../model/cluster.ts';
import type { Deed, ProcessState } from '../model/faults.ts';

export function Processes({ cluster }: { cluster: ClusterModel }) {
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
