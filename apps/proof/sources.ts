/**
 * The key of the ledger: a hash of all sources that a simulated cluster consists of, charts, actors,
 * in-memory twins, what is replicated, and the simulator itself.
 *
 * They are the files that the bundle took in, so that what counts is what ran: a change of the command
 * line leaves the ledger as it is, a change of a fault's rate begins anew.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../mutants/bundle.ts';

const hexDigits = 12;

/** Of `sources`, paths from the root; the tools that run the simulator are left out. */
export function hashSources(sources: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of sources.filter((one) => !one.startsWith('apps/')).sort()) {
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(root, path)))
      .update('\n');
  }
  return hash.digest('hex').slice(0, hexDigits);
}
