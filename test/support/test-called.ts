/** Finding a test by its place and title, for tables that say which test proves what. */
import { readFileSync } from 'node:fs';

/** The text of the test at "file › the beginning of its title"; null: there is none. */
export function testCalled(place: string): string | null {
  const [file = '', title = ''] = place.split(' › ');
  const text = readFileSync(new URL(`../${file}.test.ts`, import.meta.url), 'utf8');
  const starts = [`'${title}`, `"${title}`, `\`${title}`].map((quoted) => text.indexOf(quoted));
  const [start] = starts.filter((at) => at >= 0 && /\bit\(\s*$/.test(text.slice(0, at)));
  if (title === '' || start === undefined) return null;
  const [body = ''] = text.slice(start).split(/\n\s*(?:it|describe|after|before)\(/);
  return body;
}
