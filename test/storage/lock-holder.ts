/** A process that holds a data directory until it is killed: see data-dir.test.ts. */
import { openDataDir } from '../../storage/data-dir.ts';

const dir = process.argv[2] ?? '';
const { boot } = await openDataDir({ dir, cluster: 'c1', node: 'a', voters: ['a', 'b', 'c'] });
process.stdout.write(`${boot}\n`);
setInterval(() => undefined, 60_000);
