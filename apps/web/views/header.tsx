/** The cluster in one line: its name, term and leader, whether a majority is there, the theme. */
import { useEffect, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import { healthOf, leaderOf, type Facts, type Health } from '../model/facts.ts';
import { otherPage } from '../model/other-page.ts';
import { theme, toggleTheme } from '../theme.ts';
import { FaultBar } from './fault-bar.tsx';

const words: Readonly<Record<Health, readonly [glyph: string, text: string]>> = {
  healthy: ['●', 'healthy'],
  degraded: ['◐', 'degraded'],
  noLeader: ['◌', 'no leader'],
  noQuorum: ['✕', 'no quorum'],
};

export function Header({ cluster }: { cluster: ClusterModel }) {
  cluster.look();
  const all = cluster.facts();
  const leader = leaderOf(all);
  const ids = cluster.ids.value;
  const members = cluster.membership.members ?? { voters: ids, outgoing: [], learners: [] };
  const term = Math.max(0, ...all.map((one) => one.term));
  const { health, up, total } = healthOf(all, members);
  const [glyph, word] = words[health];
  const heard = cluster.servers.value.filter(({ connection }) => connection === 'live').length;
  const other = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <header class="top">
      <h1>
        Statecraft <span class="muted">{cluster.name}</span>
      </h1>
      <dl class="facts">
        <div>
          <dt>term</dt>
          <dd data-test="term">{term === 0 ? '–' : term}</dd>
        </div>
        <div>
          <dt>leader</dt>
          <dd data-test="leader">{leader === null ? 'none' : `${leader.id} ★`}</dd>
        </div>
        <div>
          <dt>quorum</dt>
          <dd>
            <span class={`badge ${health}`} data-test="health">
              <span aria-hidden="true">{glyph} </span>
              {word} {up}/{total}
            </span>
          </dd>
        </div>
        <div>
          <dt>streams</dt>
          <dd data-test="streams" data-events={cluster.eventCount + cluster.skippedEvents}>
            {heard} of {ids.length} live
          </dd>
        </div>
      </dl>
      <FaultBar cluster={cluster} />
      <Elsewhere cluster={cluster} />
      <button
        type="button"
        class="plain"
        onClick={toggleTheme}
        aria-label={`Switch to the ${other} theme`}
      >
        {other === 'dark' ? '☾ Dark' : '☀ Light'}
      </button>
      <Announcer text={leader === null ? nobody(all) : `${leader.id} leads term ${leader.term}`} />
    </header>
  );
}

/** Where to go on without the server that sent this page. */
function Elsewhere({ cluster }: { cluster: ClusterModel }) {
  const page = otherPage(location.origin, cluster.servers.value, cluster.faults.access);
  if (page === null) return null;
  return (
    <p class="warning small">
      The server that sent this page is gone; those that start from now on do not know it.{' '}
      <a href={page.href}>{`Go on at ${page.id}`}</a>
    </p>
  );
}

/** Nothing is said before anybody was heard. */
function nobody(all: readonly Facts[]): string {
  return all.length === 0 ? '' : 'Nobody leads';
}

/** Milliseconds between two announcements, so that a storm of elections can be listened to. */
const announceEveryMs = 2_000;

function Announcer({ text }: { text: string }) {
  const [said, say] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => say(text), announceEveryMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="heard-only" role="status" aria-live="polite">
      {said}
    </p>
  );
}
