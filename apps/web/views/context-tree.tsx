/** What an actor knows, as a tree: the fields of its digest under the names of Figure 2. */
import type { Digest } from '../../../actors/inspect/index.ts';

type Known = Digest[string];

export function ContextTree({ digest }: { digest: Digest }) {
  if (Object.keys(digest).length === 0) return <p class="muted small">Nothing that it tells.</p>;
  return (
    <dl class="tree">
      {Object.entries(digest).map(([name, value]) => (
        <Field key={name} name={name} value={value} />
      ))}
    </dl>
  );
}

function Field({ name, value }: { name: string; value: Known }) {
  if (isDigest(value) && Object.keys(value).length > 0) {
    return (
      <div class="nested">
        <dt>{name}</dt>
        <dd>
          <ContextTree digest={value} />
        </dd>
      </div>
    );
  }
  return (
    <div>
      <dt>{name}</dt>
      <dd>{name === 'runs' ? runsInWords(value) : wordsOf(value)}</dd>
    </div>
  );
}

function isDigest(value: Known): value is Digest {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Term runs of a log, `[firstIndex, term]`: `term 1 from 1, term 3 from 17`. */
function runsInWords(runs: Known): string {
  if (!Array.isArray(runs) || runs.length === 0) return 'none';
  return runs.map(runInWords).join(', ');
}

function runInWords(run: Known): string {
  if (!Array.isArray(run)) return wordsOf(run);
  const [firstIndex, term] = run.map(wordsOf);
  return `term ${term ?? '?'} from ${firstIndex ?? '?'}`;
}

function wordsOf(value: Known): string {
  if (value === null) return '–';
  if (Array.isArray(value))
    return value.length === 0
      ? 'none'
      : value.map(wordsOf).join(value.some(Array.isArray) ? '; ' : ', ');
  return typeof value === 'object' ? 'none' : String(value);
}
