/** What a node says of itself to its peers (docs/formats.md#handshake). */
import { randomUUID } from 'node:crypto';
import type { DataDir } from '../../storage/data-dir.ts';
import { defaultGroup } from '../../transport/hello.ts';
import type { Hello } from '../../transport/transport.ts';

/** Once per process: the nonce in it tells this process from one on a copy of its directory. */
export function greetingOf(
  { cluster, node, incarnation, boot }: DataDir,
  peerAddress: string,
  clientAddress: string,
): Hello {
  const nonce = randomUUID();
  return {
    ...{ protocol: 2, cluster, group: defaultGroup, node },
    ...{ incarnation, boot, nonce, peerAddress, clientAddress },
  };
}
