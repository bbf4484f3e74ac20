/**
 * What operators ask of a leader about members, and the schemas that check it: a part of the client's
 * protocol (docs/formats.md#client-frame). Whether a change is possible is the chart's affair.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import { count } from './protocol-fields.ts';

/** Servers in one list of a change of members. */
const maxNamedMembers = 18;
/** Characters of a peer address. */
const maxAddressLength = 256;

/** Who takes part (§6); answered by the leader. */
export interface MembersRequest {
  readonly id: number;
  readonly op: 'members';
}

/** Changes who takes part, if entry `expected` still says who does; answered when committed. */
export interface ChangeRequest {
  readonly id: number;
  readonly op: 'change';
  readonly expected: number;
  /** Servers that are to vote; new ones join as learners and are promoted when they caught up. */
  readonly voters: readonly string[];
  /** Servers that are to be sent the log without a vote. */
  readonly learners: readonly string[];
  readonly removed: readonly string[];
  /** Peer addresses, `host:port`, of those that are new or have moved. */
  readonly addresses: Readonly<Record<string, string>>;
}

const members = z.array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/)).max(maxNamedMembers);
const address = z
  .string()
  .regex(/^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/)
  .max(maxAddressLength);

export const membersSchema = z.strictObject({ id: count, op: z.literal('members') });
export const changeSchema = z
  .strictObject({
    id: count,
    op: z.literal('change'),
    expected: count,
    voters: members,
    learners: members,
    removed: members,
    addresses: z.record(z.string().max(64), address),
  })
  .refine(namesEachOnce);

/** A server has one place in a change, and an address only if it has one that needs it. */
function namesEachOnce({
  voters,
  learners,
  removed,
  addresses,
}: Omit<ChangeRequest, 'id' | 'op' | 'expected'>): boolean {
  const named = [...voters, ...learners, ...removed];
  return (
    new Set(named).size === named.length &&
    Object.keys(addresses).length <= maxNamedMembers &&
    removed.every((id) => !Object.hasOwn(addresses, id))
  );
}
