/**
 * Ports that nobody listens on, by trying: whole blocks for demos, any for tests and benches.
 *
 * Between the try and the use somebody else may take one; whoever uses them must cope
 * (`ERR_LISTEN_FAILED` of a server), which `launch.ts` does by starting again further up.
 */
import { createServer, type AddressInfo, type Server } from 'node:net';
import type { StatecraftError } from '../../../actors/errors.ts';
import { failure } from '../failure.ts';

/** Blocks of ports tried before giving up. */
const maxBlocks = 50;
/** A block begins at a round number that people remember: 7401, 7411, … */
const blockSize = 10;
/** Blocks of clients' ports in a row; those of peers lie `peerOffset` above, and then the next row. */
const blocksInRow = 10;
const peerOffset = 100;
const lastPort = 65_535;

export interface Block {
  /** Which it is, for whoever must try the next one. */
  readonly number: number;
  readonly clients: readonly number[];
  readonly peers: readonly number[];
}

/**
 * The first block from `number` on whose ports, `count` for clients and `count` for peers, are all
 * free. One that is in use in part is another demo's: the port of a server of it that died is free
 * only until that is started again.
 */
export async function freeBlock(first: number, count: number, number = 0): Promise<Block> {
  for (let at = number; at < maxBlocks; at++) {
    const row = Math.floor(at / blocksInRow);
    const from = first + row * 2 * peerOffset + (at % blocksInRow) * blockSize;
    const clients = Array.from({ length: count }, (_, i) => from + i);
    const peers = clients.map((port) => port + peerOffset);
    if (peers.some((port) => port > lastPort)) break;
    const free = await Promise.all([...clients, ...peers].map(isFree));
    if (free.every(Boolean)) return { number: at, clients, peers };
  }
  throw noFreePort(2 * count, first);
}

/** `count` ports that the system picks: whose clusters meet nobody's defaults. */
export async function anyFreePorts(count: number): Promise<number[]> {
  const probes = await Promise.all(Array.from({ length: count }, () => listenAnywhere()));
  const ports = probes.map((probe) => (probe.address() as AddressInfo).port);
  await Promise.all(probes.map((probe) => new Promise((done) => probe.close(done))));
  return ports;
}

function noFreePort(count: number, first: number): StatecraftError {
  return failure(
    'ERR_NO_FREE_PORT',
    `There are no ${count} free ports from ${first} on`,
    'Stop what listens there',
  );
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
