/**
 * Delta debugging: the fewest of many things with which something still fails.
 */

/**
 * Leaves out larger parts first, then smaller ones, until none can be left out alone. `fails`
 * answers for a part of `items`, in their order; it may answer false when it has no more time, and
 * then the smallest that was found so far is returned.
 */
export function ddmin<T>(
  items: readonly T[],
  fails: (kept: readonly T[]) => boolean,
): readonly T[] {
  if (items.length === 0 || fails([])) return [];
  let kept = items;
  for (let size = Math.ceil(items.length / 2); size >= 1;) {
    const before = kept.length;
    for (let start = 0; start < kept.length && kept.length > 1;) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (fewer.length > 0 && fails(fewer)) kept = fewer;
      else start += size;
    }
    // Leaving one out may have made another one needless: single ones are tried until none is.
    if (size > 1) size = Math.ceil(size / 2);
    else if (kept.length === before) break;
  }
  return kept;
}
