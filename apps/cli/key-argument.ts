/**
 * The KEY of a command about one key, and the NAME of a lock. An empty one is a variable that was not
 * set: `put "$KEY" x`. To a server it is a key like any other, so the client still reaches it.
 */
import { failure } from './failure.ts';

/** `key`, or ERR_USAGE when it is empty. */
export function keyOf(key: string): string {
  if (key !== '') return key;
  throw failure('ERR_USAGE', 'The key is empty', 'Give a KEY; "statecraft list" shows all keys');
}

/** `name`, or ERR_USAGE when it is empty: whoever forgets it would wait for the same lock. */
export function nameOf(name: string): string {
  if (name !== '') return name;
  throw failure('ERR_USAGE', 'The name is empty', 'Give a NAME, such as "nightly"');
}
