/**
 * CRC-32 (IEEE 802.3, as in gzip and PNG) by table, for the simulator and the page. In production
 * `zlib.crc32` takes its place, at a third of the time; a test holds the two equal.
 */
import type { Checksum } from './store.ts';

const POLYNOMIAL = 0xedb88320;

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ POLYNOMIAL : remainder >>> 1;
  }
  return remainder;
});

/** CRC-32 of `bytes`, continued from `seed` (0 to begin). */
export const crc32: Checksum = (bytes, seed) => {
  let crc = ~seed;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return ~crc >>> 0;
};
