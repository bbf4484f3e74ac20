/** Whether a secret that somebody brings is the expected one, in a time that tells nothing of it. */
import { timingSafeEqual } from 'node:crypto';

/** null: none was brought, or nobody may. */
export function isToken(given: string | null, expected: string | null): boolean {
  if (given === null || expected === null) return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
