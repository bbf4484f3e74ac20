/** Put, get and list, by the project's own client, with the path that each request took. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClusterModel } from '../model/cluster.ts';
import type { Call, Console, Result } from '../model/console.ts';
import { loadConsole } from '../model/load-console.ts';

/** Results that are kept. */
const maxResults = 50;
/** Keys of one list. */
const listLimit = 100;

export function ConsoleView({ cluster }: { cluster: ClusterModel }) {
  const servers = cluster.servers.value;
  const [key, setKey] = useState('greeting');
  const [value, setValue] = useState('hello');
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [results, setResults] = useState<readonly Result[]>([]);
  const client = useRef<Console | null>(null);
  useEffect(() => {
    let gone = false;
    void loadConsole().then((Loaded) => {
      if (gone || servers.length === 0) return;
      client.current = new Loaded(servers);
      setReady(true);
    });
    return () => {
      gone = true;
      client.current?.stop();
    };
  }, [servers]);

  const run = (asked: string, call: Call): void => {
    if (client.current === null) return;
    setBusy(true);
    void client.current.run(asked, call).then((result) => {
      setBusy(false);
      setResults((before) => [result, ...before].slice(0, maxResults));
    });
  };
  const put = (event: Event): void => {
    event.preventDefault();
    run(`put ${key} ${JSON.stringify(value)}`, (to) => to.put(key, value));
  };
  return (
    <div class="console-view">
      <form class="filters" onSubmit={put}>
        <label>
          Key <input value={key} onInput={({ currentTarget }) => setKey(currentTarget.value)} />
        </label>
        <label>
          Value{' '}
          <input value={value} onInput={({ currentTarget }) => setValue(currentTarget.value)} />
        </label>
        <button type="submit" disabled={busy || !ready}>
          Put
        </button>
        <button
          type="button"
          disabled={busy || !ready}
          onClick={() => run(`get ${key}`, (to) => to.get(key))}
        >
          Get
        </button>
        <button
          type="button"
          disabled={busy || !ready}
          onClick={() => run(`list ${key}`, (to) => to.list(key, { limit: listLimit }))}
        >
          List keys that begin so
        </button>
      </form>
      <ol class="results" aria-live="polite" data-test="results">
        {results.map((result) => (
          <li key={result.key} class={result.ok ? 'ok' : 'failed'}>
            <p>
              <b>{result.ok ? '✓' : '✕'}</b> <code>{result.asked}</code>{' '}
              <span class="muted">
                {['page', ...result.path].join(' → ')} · {result.tookMs.toFixed(1)} ms
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
    </div>
  );
}
