/**
 * I45: what servers send passes the schema of those who receive it, and is the same afterwards.
 *
 * A run may encode and decode every message on its way. It is then the same run as without: a test
 * compares the hashes.
 */
import type { Message } from '../machines/messages.ts';
import { decodeMessage, encodeMessage } from '../transport/codec.ts';
import type { Report } from './invariants/observation.ts';

/** The message as it arrives at the other end of a socket. One that is refused is reported. */
export function overTheWire(message: Message, report: Report): Message {
  const arrived = decodeMessage(encodeMessage(message));
  if (!('code' in arrived)) return arrived;
  report('I45', message.from, `${message.type} to ${message.to} is refused: ${arrived.message}`);
  return message;
}
