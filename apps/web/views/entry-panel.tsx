/**
 * One entry of the log: when each server had it, and what it changed.
 *
 * The event streams carry no payload. What the entry changed is asked of the cluster by the console's
 * client, as any client may, from the history that watches read.
 */
import { useEffect, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import type { EntryTimes } from '../model/entry-times.ts';
import { leaderOf } from '../model/facts.ts';
import { loadConsole, pageConsole } from '../model/load-console.ts';
import { proposedAtMs } from '../model/proposed-at.ts';
import { clockTime } from './clock-time.ts';

const stages = ['appended', 'persisted', 'committed', 'applied'] as const;

export function EntryPanel({
  cluster,
  index,
  close,
}: {
  readonly cluster: ClusterModel;
  readonly index: number;
  readonly close: () => void;
}) {
  cluster.look();
  const servers = cluster.servers.value;
  const all = cluster.facts();
  const leading = leaderOf(all);
  const leader = leading?.id;
  const times = servers.map(({ id, logTimes }) => ({ id, times: logTimes.of(index) }));
  const fromMs = proposedAtMs(
    index,
    all,
    leading,
    (id) => times.find((one) => one.id === id)?.times.appended ?? null,
  );
  return (
    <section class="entry-panel" aria-label={`Entry ${index}`} data-test="entry">
      <div class="section-head">
        <h2>{`Entry ${index}`}</h2>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      <Content cluster={cluster} index={index} />
      <table class="plain-table">
        <thead>
          <tr>
            <th scope="col">server</th>
            {stages.map((stage) => (
              <th key={stage} scope="col">
                {stage === 'appended' ? 'proposed, appended' : stage}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {times.map(({ id, times: at }) => (
            <tr key={id}>
              <th scope="row">{id === leader ? `${id} ★` : id}</th>
              {stages.map((stage) => (
                <td key={stage} class="number">
                  {said(at, stage, fromMs)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p class="muted small">
        Milliseconds after a leader proposed it; –: not yet, or before this page was opened.
      </p>
    </section>
  );
}

function said(times: EntryTimes, stage: (typeof stages)[number], from: number | null): string {
  const atMs = times[stage];
  if (atMs === null) return '–';
  return from === null ? clockTime(atMs) : `+${Math.max(0, Math.round(atMs - from))} ms`;
}

function Content({ cluster, index }: { readonly cluster: ClusterModel; readonly index: number }) {
  const servers = cluster.servers.value;
  const [content, setContent] = useState<string | null>('…');
  const client = pageConsole.value;
  useEffect(() => loadConsole(cluster.servers), [servers]);
  useEffect(() => {
    let gone = false;
    setContent('…');
    void client?.entry(index).then(
      (found) => {
        if (!gone) setContent(found);
      },
      (error: unknown) => {
        if (!gone) setContent(error instanceof Error ? error.message : String(error));
      },
    );
    return () => {
      gone = true;
    };
  }, [client, index]);
  return (
    <pre class="content">
      {content ??
        'It changed no key: a no-op, a session, or a command that found nothing to change.'}
    </pre>
  );
}
