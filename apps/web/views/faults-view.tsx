/**
 * What can be broken: processes, links, disks and time. Everything here can be done by keyboard; on the
 * ring, a line drawn across links cuts them.
 */
import type { ClusterModel } from '../model/cluster.ts';
import { Amounts } from './fault-amounts.tsx';
import { Links, Partitions } from './fault-links.tsx';
import { Processes } from './fault-processes.tsx';

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
      <Partitions cluster={cluster} />
      <Links cluster={cluster} />
      <Amounts cluster={cluster} />
    </div>
  );
}
