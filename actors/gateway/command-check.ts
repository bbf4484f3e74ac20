/**
 * May this command be appended? The last border before the log: what passes is in it for good, on
 * every server, so it is parsed by transport, checked by its machine and measured here, then
 * stringified, once.
 */
import { encodeEntry } from '../../replicated/entry.ts';
import type { ReplicatedState } from '../../replicated/replicated-state.ts';
import type { CommandRequest } from '../../transport/client-protocol.ts';
import { invalidCommand, tooLarge, type Failure } from '../failures.ts';

/**
 * The text of its entry; or ERR_INVALID_COMMAND, ERR_TOO_LARGE. `maxBytes` are of the text in
 * UTF-8.
 */
export function encodeCommand(
  request: CommandRequest,
  state: Pick<ReplicatedState, 'refuse'>,
  maxBytes: number,
): string | Failure {
  const { session, seq, doneBelow, machine, command } = request;
  if (doneBelow > seq) return invalidCommand('doneBelow is above seq: its result is not wanted.');
  const reason = state.refuse(machine, command);
  if (reason !== null) return invalidCommand(reason);
  const text = encodeEntry({ kind: 'command', session, seq, doneBelow, machine, command });
  return isLonger(text, maxBytes) ? tooLarge(maxBytes) : text;
}

const encoder = new TextEncoder();
/** Where texts are measured: nearly all fit, and nothing is left behind for the collector. */
const scratch = new Uint8Array(1 << 16);

/** Bytes of `text` in UTF-8; a code unit has at most 3. */
export function bytesOf(text: string): number {
  const fits = text.length * 3 <= scratch.length;
  return fits ? encoder.encodeInto(text, scratch).written : encoder.encode(text).length;
}

/** Whether `text` has more than `maxBytes` bytes in UTF-8. */
function isLonger(text: string, maxBytes: number): boolean {
  if (text.length * 3 <= maxBytes) return false;
  return text.length > maxBytes || bytesOf(text) > maxBytes;
}
