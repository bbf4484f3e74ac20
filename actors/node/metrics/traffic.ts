/**
 * What passes a node's borders, counted as it passes: clients' requests, peers' messages, syncs.
 * Counting costs a look-up and an addition; nothing is formatted before somebody scrapes.
 */
import type { FileSystem } from '../../../storage/file-system.ts';
import type { ServerId } from '../../../machines/messages.ts';
import type { ClientRequest, ClientResponse } from '../../../transport/client-protocol.ts';
import type { PeerTraffic } from '../../../transport/transport.ts';
import { metrics } from './definitions.ts';
import { Distribution, Distributions } from './distribution.ts';

/** Peers that are counted. */
const maxPeers = 256;

/** Answers of one kind. */
export interface Answers {
  readonly op: ClientRequest['op'];
  readonly code: string;
  readonly outcome: string;
  count: number;
}

/** What one peer sent and was sent. */
export interface PeerCounts {
  sentBytes: number;
  receivedBytes: number;
  sentFailures: number;
  /** `performance.now()` when a message of it was last heard; null: never. */
  heardAtMs: number | null;
}

type Respond = (response: ClientResponse) => void;

const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1_000;

export class Traffic implements PeerTraffic {
  readonly answers = new Map<string, Answers>();
  readonly requestSeconds = new Distributions(metrics.statecraft_request_duration_seconds.buckets);
  readonly roundTripSeconds = new Distributions(
    metrics.statecraft_network_peer_round_trip_time_seconds.buckets,
  );
  readonly syncSeconds = new Distribution(
    metrics.statecraft_disk_wal_fsync_duration_seconds.buckets,
  );
  writtenBytes = 0;
  leaderChanges = 0;
  readonly #peers = new Map<ServerId, PeerCounts>();

  /** Past the bound what is counted is lost: peers may call themselves as they like. */
  peer(id: ServerId): PeerCounts {
    const known = this.#peers.get(id);
    if (known !== undefined) return known;
    const made = { sentBytes: 0, receivedBytes: 0, sentFailures: 0, heardAtMs: null };
    if (this.#peers.size < maxPeers) this.#peers.set(id, made);
    return made;
  }

  sent(peer: ServerId, bytes: number): void {
    this.peer(peer).sentBytes += bytes;
  }

  refused(peer: ServerId): void {
    this.peer(peer).sentFailures += 1;
  }

  received(peer: ServerId, bytes: number): void {
    const counts = this.peer(peer);
    counts.receivedBytes += bytes;
    counts.heardAtMs = performance.now();
  }

  roundTrip(peer: ServerId, ms: number): void {
    this.roundTripSeconds.of(peer).observe(ms / 1_000);
  }

  /** `respond`, which also counts the answer. */
  counted({ op }: ClientRequest, respond: Respond): Respond {
    const startMs = performance.now();
    return (response) => {
      this.requestSeconds.of(op).observe(secondsSince(startMs));
      const code = response.ok ? 'OK' : response.code;
      const outcome = response.ok ? 'applied' : response.outcome;
      const key = `${op} ${code} ${outcome}`;
      const known = this.answers.get(key);
      if (known === undefined) this.answers.set(key, { op, code, outcome, count: 1 });
      else known.count += 1;
      respond(response);
    };
  }

  /** `files`, with its syncs timed and its bytes counted. */
  measured(files: FileSystem): FileSystem {
    return {
      ...files,
      write: async (fd, buffers, position) => {
        const bytes = await files.write(fd, buffers, position);
        this.writtenBytes += bytes;
        return bytes;
      },
      sync: async (fd) => {
        const startMs = performance.now();
        await files.sync(fd);
        this.syncSeconds.observe(secondsSince(startMs));
      },
    };
  }
}
