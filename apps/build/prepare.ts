/**
 * npm's `prepare`: builds unless `dist/` is fresh. It runs at the end of `npm ci`, before `npm pack`,
 * and whenever `npx` runs the command of a clone. `npm run build` builds in any case.
 */
import { spawnSync } from 'node:child_process';
import { isFresh } from './freshness.ts';

if (!(await isFresh())) {
  const { status } = spawnSync('npm', ['run', 'build'], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
}
