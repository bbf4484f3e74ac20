/** What an actor knows, as a tree: the fields of its digest under the names of Figure 2. */
import type { Digest } from '../../../actors/inspect/index.ts';

type Known = Digest[string];

export function ContextTree({ digest }: { digest: Digest }) {
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
      <dd>{wordsOf(value)}</dd>
    </div>
  );
}

function isDigest(value: Known): value is Digest {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wordsOf(value: Known): string {
  if (value === null) return '–';
  if (Array.isArray(value))
    return value.length === 0
      ? 'none'
      : value.map(wordsOf).join(value.some(Array.isArray) ? '; ' : ', ');
  return typeof value === 'object' ? 'none' : String(value);
}
