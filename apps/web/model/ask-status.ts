/** What the node that served the page says of itself and of the peers it has met. */

/** What of `/status` is read here (docs/http.md). */
export interface Status {
  readonly id: string;
  readonly cluster: string;
  /** Where clients reach it, `host:port`; of a peer that it has not met: null. */
  readonly client: string;
  readonly peers: Readonly<Record<string, { readonly client: string | null }>>;
}

/** Milliseconds for an answer: a process that is paused takes the question, and is silent. */
const timeoutMs = 2_000;

/** null: the node is gone or not yet there; the header says that nobody is heard. */
export async function askStatus(origin: string): Promise<Status | null> {
  try {
    const response = await fetch(`${origin}/status`, { signal: AbortSignal.timeout(timeoutMs) });
    return response.ok ? ((await response.json()) as Status) : null;
  } catch {
    return null;
  }
}
