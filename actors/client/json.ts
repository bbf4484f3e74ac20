/**
 * Application values as plain JSON, for those who read them without the client: curl and people at
 * a terminal. The few types that JSON lacks are written as a program would read them; what is lost
 * is the difference, so nothing is ever stored from this.
 */

/** bigint, Date, NaN and the infinities as strings, Map and Set as arrays, undefined as null. */
export function toPlainJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map || value instanceof Set) return toPlainJson([...value]);
  if (Array.isArray(value)) return value.map(toPlainJson);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof Date) return value.toJSON();
  const fields = Object.entries(value).map(([name, inner]) => [name, toPlainJson(inner)]);
  return Object.fromEntries(fields) as object;
}
