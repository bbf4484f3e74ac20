/**
 * Stored values as text, and words for a shell. A string is printed as it is; anything else as JSON,
 * with the few types that JSON lacks (the client takes them) written as a program would read them.
 */
import { toPlainJson } from '../../actors/client/json.ts';

/** A value as text: what was put, for a string. */
export function asText(value: unknown): string {
  const json = toPlainJson(value);
  return typeof json === 'string' ? json : JSON.stringify(json);
}

/** The same on one line: quoted when a control character would break the line or the terminal. */
export function onOneLine(value: unknown): string {
  const text = asText(value);
  return /\p{Cc}/u.test(text) ? JSON.stringify(text) : text;
}

/** Words as a shell takes them: quoted when one holds what a shell would read as its own. */
export function asShellWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
