/**
 * Fields that the lines of clients and servers share, checked: numbers, names, and the JSON of commands,
 * queries and results, which stays opaque. Which line has which is client-protocol.ts and what that is
 * put together from.
 */
// As a namespace: a page's bundle then leaves out what is not used, two thirds of it.
import * as z from 'zod';
import type { Json } from '../replicated/state-machine.ts';

/** Arrays and objects may nest this deep in a command, a query or a result. */
export const maxJsonDepth = 64;
/** Characters in the name of a state machine. */
const maxMachineNameLength = 128;

/** Finite numbers and bounded depth; the rest of JSON is whatever JSON.parse made. */
function isBoundedJson(value: unknown, depth = maxJsonDepth): value is Json {
  if (typeof value === 'number') return Number.isFinite(value); // 1e999 parses as Infinity.
  if (typeof value !== 'object') return value !== undefined;
  if (value === null) return true;
  if (depth === 0) return false;
  for (const item of Object.values(value)) if (!isBoundedJson(item, depth - 1)) return false;
  return true;
}

export const count = z.number().refine((value) => Number.isSafeInteger(value) && value >= 0);
export const positive = z.number().refine((value) => Number.isSafeInteger(value) && value > 0);
export const machine = z.string().min(1).max(maxMachineNameLength);
export const json = z.custom<Json>((value) => isBoundedJson(value));
