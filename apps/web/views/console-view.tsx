/**
 * Put, get, list, compare-and-set and watch by the project's own client, with the path that each
 * request took; and a load, with what became of it.
 */
import { useEffect, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import type { Call, Console, Result } from '../model/console.ts';
import { loadConsole, pageConsole } from '../model/load-console.ts';
import { LoadPanel } from './load-panel.tsx';

/** Keys of one list. */
const listLimit = 100;

export function ConsoleView({ cluster }: { cluster: ClusterModel }) {
  const servers = cluster.servers.value;
  useEffect(() => loadConsole(cluster.servers), [servers]);
  const loaded = pageConsole.value;
  if (loaded === null) return <p class="empty">Loading the client …</p>;
  return (
    <div class="console-view">
      <Ask console={loaded} />
      <LoadPanel load={loaded.load} />
      <Results results={loaded.results.value} />
    </div>
  );
}

function Ask({ console: to }: { console: Console }) {
  const [key, setKey] = useState('greeting');
  const [value, setValue] = useState('hello');
  const [revision, setRevision] = useState('');
  const [busy, setBusy] = useState(false);
  const watched = to.watching.value;
  const run = (asked: string, call: Call): void => {
    setBusy(true);
    void to.run(asked, call).then(() => setBusy(false));
  };
  const text = JSON.stringify(value);
  const put = (event: Event): void => {
    event.preventDefault();
    run(`put ${key} ${text}`, (client) => client.put(key, value));
  };
  const cas = (): void => {
    const expected = revision === '' ? 'absent' : { revision: Number(revision) };
    const when = revision === '' ? 'if absent' : `if at revision ${revision}`;
    run(`cas ${key} ${text} ${when}`, (client) => client.cas(key, expected, value));
  };
  const button = (name: string, onClick: () => void) => (
    <button type="button" disabled={busy} onClick={onClick}>
      {name}
    </button>
  );
  return (
    <form class="filters" onSubmit={put}>
      <label>
        Key <input value={key} onInput={({ currentTarget }) => setKey(currentTarget.value)} />
      </label>
      <label>
        Value <input value={value} onInput={({ currentTarget }) => setValue(currentTarget.value)} />
      </label>
      <button type="submit" disabled={busy}>
        Put
      </button>
      {button('Get', () => run(`get ${key}`, (client) => client.get(key)))}
      {button('List keys that begin so', () =>
        run(`list ${key}`, (client) => client.list(key, { limit: listLimit })),
      )}
      {watched === null ? (
        <button type="button" onClick={() => void to.watch(key)}>
          Watch keys that begin so
        </button>
      ) : (
        <button type="button" aria-pressed="true" onClick={() => to.unwatch()}>
          {`Stop watching ${watched}`}
        </button>
      )}
      <span class="group">
        <label>
          Only at revision{' '}
          <input
            class="short"
            inputMode="numeric"
            pattern="[0-9]*"
            placeholder="absent"
            value={revision}
            onInput={({ currentTarget }) => setRevision(currentTarget.value.replace(/\D/g, ''))}
          />
        </label>{' '}
        {button('Compare and set', cas)}
      </span>
    </form>
  );
}

function Results({ results }: { results: readonly Result[] }) {
  return (
    <>
      <ol class="results" aria-live="polite" data-test="results">
        {results.map((result) => (
          <li key={result.key} class={result.ok ? 'ok' : 'failed'}>
            <p>
              <b>{result.ok ? '✓' : '✕'}</b> <code>{result.asked}</code>{' '}
              <span class="muted">
                {[
                  ...result.path,
                  ...(result.tookMs > 0 ? [`${result.tookMs.toFixed(1)} ms`] : []),
                ].join(' → ')}
              </span>
            </p>
            <pre>{result.answer}</pre>
          </li>
        ))}
      </ol>
      {results.length === 0 && (
        <p class="empty">
          Put something, and watch the ring and the log: the entry goes to a majority of the disks
          before the answer comes.
        </p>
      )}
    </>
  );
}
