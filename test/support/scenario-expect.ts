/**
 * What an `expect` line of a scenario may say of a server or a client, and how it is found out.
 * The other words of the scripts are scenario.ts.
 */
import type { Term } from '../../machines/messages.ts';
import type { ScenarioCluster } from './scenario-cluster.ts';
import { membersIn, termsIn } from './scenario-text.ts';

/** `expect n1 role leader(open)`, `expect n1 log 1 1 4`, `expect c unanswered` … */
export function checkExpectation(cluster: ScenarioCluster, words: readonly string[]): void {
  const [who = '', what = '', ...rest] = words;
  const wanted = rest.join(' ');
  const found = observe(cluster, who, what);
  if (found !== wanted) throw new Error(`found "${found}"`);
}

function observe(cluster: ScenarioCluster, who: string, what: string): string {
  switch (what) {
    case 'role':
      return cluster.role(who);
    case 'term':
      return String(cluster.context(who).currentTerm);
    case 'vote':
      return cluster.context(who).votedFor ?? 'none';
    case 'leader':
      return cluster.context(who).leader ?? 'none';
    case 'commit':
      return String(cluster.context(who).commitIndex);
    case 'applied':
      return String(cluster.server(who).replica.lastApplied);
    case 'log':
      return termsIn(cluster.context(who).log).join(' ');
    case 'disk':
      return durableTerms(cluster, who).join(' ');
    case 'members':
      return membersIn(cluster.context(who).log);
    case 'snapshot':
      return String(cluster.server(who).replica.snapshotIndex);
    case 'answers':
      return String(cluster.clients.named(who).answers.length);
    case 'fault':
      return cluster.context(who).fault?.code ?? 'none';
    default:
      throw new Error(`nothing is known of "${what}"`);
  }
}

function durableTerms(cluster: ScenarioCluster, id: string): readonly Term[] {
  const { disk } = cluster.server(id);
  return Array.from({ length: disk.durableLastIndex }, (_, i) => disk.durableTermAt(i + 1));
}
