/**
 * Which keys a watch of the key-value store is about: one key, a prefix, or a range.
 */
import { isObject, own, unknownKey } from './json.ts';
import { refuseKey, type Parsed } from './kv-shapes.ts';
import type { Json } from './state-machine.ts';

/** `{"key"}`, `{"prefix"}` or `{"start", "end"?}`: a test of keys, or why it selects nothing. */
export function parseSelect(select: Json): Parsed<(key: string) => boolean> {
  if (!isObject(select)) return usage;
  const extra = unknownKey(select, ['key', 'prefix', 'start', 'end']);
  if (extra !== null) return `unknown field ${JSON.stringify(extra)} in a selection`;
  for (const name of Object.keys(select)) {
    const wrong = refuseKey(name, own(select, name));
    if (wrong !== null) return wrong;
  }
  const names = Object.keys(select).sort().join();
  const { key, prefix, start, end } = select as Readonly<Record<string, string>>;
  if (names === 'key' && key !== undefined) return (one) => one === key;
  if (names === 'prefix' && prefix !== undefined) return (one) => one.startsWith(prefix);
  if (names === 'start' && start !== undefined) return (one) => one >= start;
  if (names === 'end,start' && start !== undefined && end !== undefined) {
    return start < end ? (one) => one >= start && one < end : '"start" must be below "end"';
  }
  return usage;
}

const usage = 'a selection is {"key"}, {"prefix"} or {"start", "end"?}';
