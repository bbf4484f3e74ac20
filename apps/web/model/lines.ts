/** What tells the lines of a chart apart: dashes before colours. */

const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 5]];
const hues = ['--accent', '--follower', '--candidate', '--bad', '--good'];

/** How line `i` is drawn: each of 25 otherwise than the others, though there are five hues and dashes. */
export function lineOf(i: number): { readonly hue: string; readonly dash: readonly number[] } {
  const hue = hues[(i + Math.floor(i / dashes.length)) % hues.length] ?? '';
  return { hue, dash: dashes[i % dashes.length] ?? [] };
}
