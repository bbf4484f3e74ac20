/**
 * I45: what servers send passes the schema of those who receive it, and is the same afterwards.
 *
 * A run may encode and decode every message on its way. It is then the same run as without: a test
 * compares the hashes.
 */
import type { Message } from '../machines/messages.ts';
import { decodeMessage, encodeMessage } from '../transport/codec.ts';

/** The message as it arrives at the other end of a socket. Throws when it would be refused. */
export function overTheWire(message: Message): Message {
  const arrived = decodeMessage(encodeMessage(message));
  if ('code' in arrived) {
    throw new Error(`I45: ${message.type} from ${message.from} is refused: ${arrived.message}`);
  }
  return arrived;
}
