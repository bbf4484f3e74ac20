/**
 * Where two JSON values differ, a line for each place: `context.items: expected 2, saw 1`.
 * A field that is undefined is a field that is not there, as in JSON.
 */

/** Lines for one comparison; past it the values have nothing in common. */
const maxLines = 12;

export function differences(expected: unknown, actual: unknown): string[] {
  return [...compare('', expected, actual)].slice(0, maxLines);
}

function* compare(path: string, expected: unknown, actual: unknown): Generator<string> {
  if (Object.is(expected, actual)) return;
  if (isFields(expected) && isFields(actual) && Array.isArray(expected) === Array.isArray(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      yield* compare(path === '' ? key : `${path}.${key}`, expected[key], actual[key]);
    }
    return;
  }
  yield `${path === '' ? 'all' : path}: expected ${say(expected)}, saw ${say(actual)}`;
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const say = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
