/**
 * How wide a text is, and where it breaks.
 *
 * Helvetica's advance widths, which Arial and Liberation Sans share, so that a box computed here
 * fits on every system. The picture also states each line's length, so another font is squeezed
 * rather than cut. No browser and no font file is needed.
 */

/** How a piece of text is painted; the classes of theme.ts. */
export type Ink = 'event' | 'guard' | 'action' | 'target' | 'muted' | 'title' | 'plain';
/** Drawn before a line: a clock before what a timer sets off. */
export type Glyph = 'clock' | 'none';

export interface Span {
  readonly text: string;
  readonly ink: Ink;
}

export interface Line {
  readonly glyph: Glyph;
  readonly indent: number;
  readonly spans: readonly Span[];
  /** Pixels, glyph and indent included. */
  readonly width: number;
}

export const fontSize = 12;
export const titleSize = 14;
export const lineHeight = 16;
const glyphWidth = 15;
const continuationIndent = 12;

const widths = groups({
  191: "'",
  222: 'ijl',
  278: ' \u00a0!,./:;I[\\]ft·',
  333: '()-`r',
  334: '{}',
  355: '"',
  389: '*',
  469: '^',
  500: 'Jcksvxyz',
  556: '#$0123456789?L_abdeghnopqu§',
  584: '+<=>~≤≥≠',
  611: 'FTZ',
  667: '&ABEKPSVXY',
  722: 'CDHNRUw',
  778: 'GOQ',
  833: 'Mm',
  889: '%',
  944: 'W',
  1000: '→←↔…—',
  1015: '@',
});
const unknownWidth = 700;
/** Helvetica Bold is this much wider than Helvetica, at most. */
const boldFactor = 1.09;

function groups(table: Readonly<Record<number, string>>): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(table).flatMap(([width, characters]) =>
      Array.from(characters, (character) => [character, Number(width)] as const),
    ),
  );
}

/** Width of `text` in pixels. */
export function widthOf(text: string, ink: Ink, size = fontSize): number {
  let units = 0;
  for (const character of text) units += widths.get(character) ?? unknownWidth;
  const isBold = ink === 'title' || ink === 'event';
  return (units / 1000) * size * (isBold ? boldFactor : 1);
}

/**
 * Breaks spans at spaces into lines of at most `maxWidth` pixels; a word that is longer stands
 * alone on a wider line, so nothing is ever cut.
 */
export function wrap(
  spans: readonly Span[],
  maxWidth: number,
  { glyph = 'none', indent = continuationIndent }: { glyph?: Glyph; indent?: number } = {},
): Line[] {
  const lines: Line[] = [];
  let words: Span[] = [];
  const start = (): number => (lines.length === 0 ? glyphRoom(glyph) : indent);
  let width = start();
  const flush = (): void => {
    if (words.length === 0) return;
    const isFirst = lines.length === 0;
    lines.push({
      glyph: isFirst ? glyph : 'none',
      indent: isFirst ? 0 : indent,
      spans: joined(words),
      width,
    });
    words = [];
    width = start();
  };
  for (const word of wordsOf(spans)) {
    const space = words.length === 0 ? 0 : widthOf(' ', 'plain');
    const wordWidth = widthOf(word.text, word.ink);
    if (words.length > 0 && width + space + wordWidth > maxWidth) flush();
    width += (words.length === 0 ? 0 : space) + wordWidth;
    words.push(word);
  }
  flush();
  return lines;
}

export function glyphRoom(glyph: Glyph): number {
  return glyph === 'none' ? 0 : glyphWidth;
}

function wordsOf(spans: readonly Span[]): Span[] {
  return spans.flatMap(({ text, ink }) =>
    text
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => ({ text: word, ink })),
  );
}

/** Words of one ink side by side become one span again. */
function joined(words: readonly Span[]): Span[] {
  const spans: Span[] = [];
  for (const word of words) {
    const last = spans.at(-1);
    if (last?.ink === word.ink)
      spans[spans.length - 1] = { ...last, text: `${last.text} ${word.text}` };
    else spans.push(word);
  }
  return spans;
}
