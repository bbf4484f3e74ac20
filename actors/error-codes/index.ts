/**
 * Every stable error code, in one table: what it means, where it comes from, what to do, what became
 * of the command, and whether to try again. `statecraft explain` prints a row, docs/errors/ has a
 * page for each; a test holds the table to the sources, so that no code is missing and none is dead.
 */
import { clientCodes } from './client.ts';
import { commandLineCodes } from './command-line.ts';
import type { ErrorCode } from './error-code.ts';
import { membershipCodes } from './membership.ts';
import { nodeCodes } from './node.ts';
import { peerCodes } from './peers.ts';
import { serverCodes } from './server.ts';
import { storageCodes } from './storage.ts';
import { testingCodes } from './testing.ts';

export type { ErrorCode } from './error-code.ts';

/** Who raises a code, in the order of the documentation. */
export const errorCodeGroups = [
  { title: 'Raised by the client', codes: clientCodes },
  { title: 'Answered by a server', codes: serverCodes },
  { title: 'Answered to a change of members', codes: membershipCodes },
  { title: 'Of a node that starts or runs', codes: nodeCodes },
  { title: 'Of a data directory', codes: storageCodes },
  { title: 'Of connections', codes: peerCodes },
  { title: 'Of the command line', codes: commandLineCodes },
  { title: 'Of the simulator and the test tools', codes: testingCodes },
] as const;

/** All of them, by code. */
export const errorCodes: ReadonlyMap<string, ErrorCode> = new Map(
  errorCodeGroups.flatMap(({ codes }) => Object.entries(codes)),
);
