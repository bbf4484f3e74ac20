/** The nearest of the words that there are, for one that there is not. */

/** The word of `known` that a slip of the fingers could have made `given`; null without one. */
export function nearest(given: string, known: Iterable<string>): string | null {
  // A third of the letters may be wrong, as with commander's own suggestions: more is another word.
  const distances = [...known].map((word): [string, number] => [word, distance(given, word)]);
  const [best] = distances.sort(([, a], [, b]) => a - b);
  if (best === undefined || best[1] > Math.max(1, Math.floor(given.length / 3))) return null;
  return best[0];
}

/** ` Did you mean X?`, or nothing. */
export function didYouMean(given: string, known: Iterable<string>): string {
  const word = nearest(given, known);
  return word === null ? '' : ` Did you mean ${word}?`;
}

/** Letters to insert, delete or replace (Levenshtein), row by row. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 0; i < a.length; i += 1) {
    const row = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const replaced = (before[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      row.push(Math.min(replaced, (before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    before = row;
  }
  return before[b.length] ?? 0;
}
