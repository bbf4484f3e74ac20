/**
 * The first frame of a peer connection, in both directions: who speaks (docs/formats.md#handshake).
 *
 * The dialler says hello first; the listener answers with its own only when it accepts, so an open
 * connection means that both sides agreed. Whether a second connection or an older start of a server
 * may come in is transport/admission.ts; who is a member of the cluster is nobody's question here.
 * Runs in browsers, too.
 */
import { z } from 'zod';
import type { ServerId } from '../machines/messages.ts';
import { countSchema, serverIdSchema } from './codec.ts';
import { parseHeaderLine } from './header-line.ts';
import type { Channel, Closed, Hello } from './transport.ts';

/** Bytes of a hello frame. */
export const maxHelloBytes = 4_096;

const protocol = 2;
/** The one group there is (docs/adr/0006). */
export const defaultGroup = 'main';
const name = z.string().min(1).max(256);

/** Read first and alone, since the rest may differ in another version. */
const versionSchema = z.object({ type: z.literal('hello'), protocol: countSchema });

const helloSchema = z.strictObject({
  type: z.literal('hello'),
  protocol: z.literal(protocol),
  cluster: name,
  group: name,
  node: serverIdSchema,
  incarnation: name,
  boot: countSchema,
  nonce: name,
  peerAddress: z.string().max(256),
  clientAddress: z.string().max(256),
  promiseMs: z.exactOptional(z.number().positive()),
  channel: z.literal('bulk').optional(),
});

/** A hello as a frame of one line. */
export function encodeHello(hello: Hello): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ type: 'hello', ...hello })}\n`);
}

/** ERR_PROTOCOL_MISMATCH for another version, ERR_BAD_FRAME for anything but a hello. */
export function decodeHello(bytes: Uint8Array): Hello | Closed {
  if (bytes.length > maxHelloBytes) {
    return { code: 'ERR_BAD_FRAME', message: `a hello of ${bytes.length} bytes` };
  }
  if (bytes.at(-1) !== 0x0a) return { code: 'ERR_BAD_FRAME', message: 'not a hello line' };
  const line = bytes.subarray(0, -1);
  const version = parseHeaderLine(versionSchema, line);
  if ('code' in version) return version;
  if (version.protocol !== protocol) {
    return {
      code: 'ERR_PROTOCOL_MISMATCH',
      message: `the other side speaks protocol ${version.protocol}, this one ${protocol}; upgrade the older`,
    };
  }
  const hello = parseHeaderLine(helloSchema, line);
  if ('code' in hello) return hello;
  const { protocol: spoken, cluster, group, node, incarnation, boot, nonce } = hello;
  const { peerAddress, clientAddress, promiseMs, channel } = hello;
  return onChannel(
    {
      ...{ protocol: spoken, cluster, group, node, incarnation, boot, nonce },
      ...{ peerAddress, clientAddress },
      ...(promiseMs === undefined ? {} : { promiseMs }),
    },
    channel,
  );
}

/** What a dialler says that means this channel. */
export function onChannel(hello: Hello, channel: Channel | undefined): Hello {
  return channel === undefined ? hello : { ...hello, channel };
}

/**
 * Why `self` must not talk to whoever sent `hello`: ERR_CLUSTER_MISMATCH, ERR_GROUP_MISMATCH,
 * ERR_DUPLICATE_ID (it calls itself as we do), ERR_LEASES_MISMATCH or, where `expected` was dialled,
 * ERR_NODE_MISMATCH.
 * null when nothing is wrong.
 */
export function refuseHello(self: Hello, hello: Hello, expected: ServerId | null): Closed | null {
  if (hello.cluster !== self.cluster) {
    return {
      code: 'ERR_CLUSTER_MISMATCH',
      message: `${hello.node} is of cluster ${hello.cluster}, not ${self.cluster}; check the peer addresses`,
    };
  }
  if (hello.group !== self.group) {
    return {
      code: 'ERR_GROUP_MISMATCH',
      message: `${hello.node} speaks for group ${hello.group}, not ${self.group}; check the peer addresses`,
    };
  }
  if (hello.node === self.node) {
    return {
      code: 'ERR_DUPLICATE_ID',
      message: `another server calls itself ${self.node}, or it dialled itself; give each its own id and address`,
    };
  }
  if (expected !== null && hello.node !== expected) {
    return {
      code: 'ERR_NODE_MISMATCH',
      message: `${hello.node} answered where ${expected} was dialled; check the peer addresses`,
    };
  }
  return refuseLeases(self, hello);
}

/**
 * Thesis §6.4.1: a leader reads by its own clock, for as long as it believes that the others promised.
 *   a, of 500 ms, hears the voters b and c → c, of 100 ms, is elected by b's vote and its own, and
 *   acknowledges a write → a, within its lease, answers without it
 * Whoever leads, its own promise must be everyone's: so all are equal, or there are none.
 */
function refuseLeases(self: Hello, hello: Hello): Closed | null {
  if (hello.promiseMs === self.promiseMs) return null;
  return {
    code: 'ERR_LEASES_MISMATCH',
    message:
      `${hello.node} runs ${leasesOf(hello)}, and ${self.node} ${leasesOf(self)}; start all servers ` +
      'with the same, or all without leases',
  };
}

function leasesOf({ promiseMs }: Hello): string {
  return promiseMs === undefined
    ? 'without leases'
    : `with leases and an election timeout of ${promiseMs} ms`;
}
