/** One data directory, one server: also while the one that has it is suspended. */
import { join } from 'node:path';
import { expect } from 'chai';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { buildDeadlineMs, ensureBuilt } from './build.ts';
import { begin, eventually, folderForTest, isListening, statecraft } from './processes.ts';

describe('e2e: the lock of a data directory', function () {
  this.timeout(60_000);

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
  });

  it('refuses a second server, also under SIGSTOP, and is free after kill -9', async () => {
    const folder = await folderForTest();
    const [peer, client, otherPeer, otherClient] = (await anyFreePorts(4)).map(
      (port) => `127.0.0.1:${port}`,
    ) as [string, string, string, string];
    const words = (peerAddress: string, clientAddress: string): string[] => [
      ...['start', '--id', 'n1', '--data-dir', join(folder.path, 'n1'), '--log-level', 'warn'],
      ...['--peers', `n1=${peerAddress}`, '--client', clientAddress],
    ];
    const holder = begin(words(peer, client));
    await eventually('the first serves', 20_000, () => isListening(client));

    const refusal = /^Error: ERR_DATA_DIR_LOCKED: .+\n$/;
    const second = await statecraft(...words(otherPeer, otherClient));
    expect(second).to.include({ code: 9, out: '' });
    expect(second.err).to.match(refusal).and.include(String(holder.child.pid));

    holder.child.kill('SIGSTOP');
    const third = await statecraft(...words(otherPeer, otherClient));
    expect(third).to.include({ code: 9, out: '' });
    expect(third.err).to.match(refusal);

    holder.child.kill('SIGKILL');
    await holder.exited;
    const next = begin(words(otherPeer, otherClient));
    await eventually('the next serves', 20_000, () => isListening(otherClient));
    next.child.kill('SIGTERM');
    expect(await next.exited).to.deep.equal({ code: 0, signal: null });
    await folder.remove();
  });
});
