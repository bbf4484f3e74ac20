/**
 * Jobs that only the leader runs: each server of a cluster calls this, and at any time one works.
 *
 * Leadership alone is not enough: a leader that was paused does not know at once that another leads.
 * So a job is first claimed by compare-and-set: whoever claims it, runs it, and nobody else does.
 */
import type { Client } from 'statecraft/client';
import type { Node } from 'statecraft';

export interface Job {
  readonly id: string;
  /** Should end early when `signal` aborts: this server leads no longer. */
  run(signal: AbortSignal): Promise<void>;
}

/** Runs each of `jobs` once in the whole cluster; the function it returns ends that here. */
export function runJobsWhileLeading(node: Node, client: Client, jobs: readonly Job[]): () => void {
  let leading: AbortController | null = null;

  function follow(leader: string | null): void {
    if (leader === node.id && leading === null) {
      const { signal } = (leading = new AbortController());
      work(signal).catch((error: unknown) => {
        // What was claimed and not done stays so, for people to see; a job ends early by throwing, too.
        if (!signal.aborted) process.emitWarning(String(error));
      });
    } else if (leader !== node.id) {
      leading?.abort();
      leading = null;
    }
  }

  async function work(signal: AbortSignal): Promise<void> {
    for (const job of jobs) {
      if (signal.aborted) return;
      if (await claim(job, signal)) {
        await job.run(signal);
        await client.put(`jobs/${job.id}/done`, new Date());
      }
    }
  }

  /** Whether this server may run it: whoever creates the key. */
  async function claim(job: Job, signal: AbortSignal): Promise<boolean> {
    const key = `jobs/${job.id}`;
    const { ok } = await client.txn(
      {
        if: [{ key, exists: false }],
        then: [{ put: { key, value: { by: node.id, at: new Date() } } }],
      },
      { signal },
    );
    return ok;
  }

  const listener = ({ id }: { readonly id: string | null }): void => follow(id);
  node.on('leader', listener);
  follow(node.status().leader);
  return () => {
    node.off('leader', listener);
    follow(null);
  };
}
