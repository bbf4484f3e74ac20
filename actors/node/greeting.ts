/** What a node says of itself to its peers (docs/formats.md#handshake). */
import { randomUUID } from 'node:crypto';
import type { DataDir } from '../../storage/data-dir.ts';
import { defaultGroup } from '../../transport/hello.ts';
import type { Hello } from '../../transport/transport.ts';
import type { CheckedOptions } from './options.ts';

/** Once per process: the nonce in it tells this process from one on a copy of its directory. */
export function greetingOf(
  { cluster, node, incarnation, boot }: DataDir,
  peerAddress: string,
  clientAddress: string,
  { leases, timing }: Pick<CheckedOptions, 'leases' | 'timing'>,
): Hello {
  const nonce = randomUUID();
  return {
    ...{ protocol: 2, cluster, group: defaultGroup, node },
    ...{ incarnation, boot, nonce, peerAddress, clientAddress },
    ...(leases ? { promiseMs: timing.electionTimeoutMs } : {}),
  };
}
