/**
 * Stored values as text. A string is printed as it is; anything else as JSON, with the few types
 * that JSON lacks (the client takes them) written as a program would read them.
 */

/** A value as JSON can hold it: bigint and Date as strings, Map and Set as arrays. */
export function toJson(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Map || value instanceof Set) return toJson([...value]);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value ?? null;
  if (value instanceof Date) return value.toJSON();
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]));
}

/** A value as text: what was put, for a string. */
export function asText(value: unknown): string {
  const json = toJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** The same on one line: quoted when a control character would break the line or the terminal. */
export function onOneLine(value: unknown): string {
  const text = asText(value);
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
}
