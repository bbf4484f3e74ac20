/**
 * Ports that nobody listens on, by trying: the next free ones from a start.
 *
 * Between the try and the use somebody else may take one; whoever uses them must cope
 * (`ERR_LISTEN_FAILED` of a server), which `launch.ts` does by starting again further up.
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import { failure } from '../failure.ts';

/** Ports tried before giving up. */
const maxTries = 1_000;

/** `count` free ports of the loopback address, the lowest from `first` on, in order. */
export async function freePorts(first: number, count: number): Promise<number[]> {
  const found: number[] = [];
  const last = Math.min(first + maxTries, 65_536);
  for (let port = first; port < last && found.length < count; port++) {
    if (await isFree(port)) found.push(port);
  }
  if (found.length === count) return found;
  throw failure(
    'ERR_NO_FREE_PORT',
    `There are no ${count} free ports from ${first} on`,
    'Stop what listens there',
  );
}

/** `count` ports that the system picks: for tests, whose clusters meet nobody's defaults. */
export async function anyFreePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(Array.from({ length: count }, () => listenAnywhere()));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => new Promise((done) => probe.close(done))));
  return ports;
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen({ port: 0, host: '127.0.0.1', exclusive: true }, () => resolve(probe));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      probe.close(() => resolve(true));
    });
  });
}
