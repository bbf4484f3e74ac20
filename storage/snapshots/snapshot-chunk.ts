/**
 * A piece of a snapshot file on its way between two servers, with what the receiver has to know of
 * the file before it is whole (docs/formats.md#peer-frame). The rest of what names the file rides
 * beside it in the message.
 */
export interface Chunk {
  /** Replicated time of the last entry that the snapshot replaces, in milliseconds. */
  readonly time: number;
  /** The chain checksum at the last entry that the snapshot replaces. */
  readonly checksum: number;
  /**
   * What the makers of the snapshot added to its header; see storage/snapshots/snapshot-store.ts.
   */
  readonly extra: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}
