/** Binding a port: a listener's callbacks as one promise of the address that it got. */
import type { Closed } from '../../transport/transport.ts';
import type { Listener, ListenOptions } from '../../transport/websocket-server.ts';
import { StatecraftError } from '../errors.ts';
import type { Address } from './options.ts';

/**
 * Resolves to `host:port` with the real port; rejects with ERR_LISTEN_FAILED. `onFault` also hears
 * what goes wrong later, `onListener` gets the listener at once, to stop it.
 */
export function listen(options: {
  readonly at: Address;
  create(socket: ListenOptions): Listener;
  onListener(listener: Listener): void;
  onFault(fault: Closed): void;
}): Promise<string> {
  const { host, port } = options.at;
  return new Promise((resolve, reject) => {
    const listener = options.create({
      host,
      port,
      onListening: (real) => resolve(host.includes(':') ? `[${host}]:${real}` : `${host}:${real}`),
      onFault: (fault) => {
        options.onFault(fault);
        reject(new StatecraftError(fault.code, fault.message));
      },
    });
    options.onListener(listener);
  });
}

/** Rejects with ERR_LISTEN_FAILED when nobody could listen at one of `addresses` now. */
export async function checkFree(
  addresses: readonly Address[],
  tryPort: (at: Address, done: (fault: Closed | null) => void) => void,
): Promise<void> {
  for (const at of addresses) {
    const fault = await new Promise<Closed | null>((resolve) => tryPort(at, resolve));
    if (fault !== null) throw new StatecraftError(fault.code, fault.message);
  }
}
