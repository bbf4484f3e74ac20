/**
 * A laid-out chart as a self-contained SVG: no script, no font, no link to anywhere.
 *
 * Boxes first, then arrows, then labels, so that no line crosses a word. Parallel regions are dashed,
 * final states have a double border, an initial state is pointed at by a dot. Numbers are rounded,
 * so the same chart gives the same bytes on every machine.
 */
import { dotRadius, padding, titleHeight } from './elk-graph.ts';
import type { Arrow, Box, Drawing, Point } from './layout.ts';
import { huesOf, styleSheet } from './theme.ts';
import { fontSize, glyphRoom, lineHeight, titleSize, widthOf } from './text.ts';
import type { Line } from './text.ts';

const cornerRadius = 8;
const bendRadius = 7;
const arrowLength = 8;

/**
 * The SVG text of a drawing, ending in a newline. `live` is for a page that lights it: without a style
 * sheet, which the page has, and with `data-arrow` on every arrow and its label.
 */
export function svgOf(drawing: Drawing, { live = false } = {}): string {
  const root = drawing.boxes[0]?.state;
  if (root === undefined) return '';
  const hues = huesOf(root);
  const hueOf = (id: string | null): string => hues.get(id ?? '') ?? 'slate';
  const width = Math.ceil(drawing.width);
  const height = Math.ceil(drawing.height);
  const regions = new Set(
    drawing.boxes
      .filter(({ state }) => state.kind === 'parallel')
      .flatMap(({ state }) => state.states),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Statechart ${escape(root.key)}">`,
    ...(live ? [] : [`<style>\n${styleSheet()}\n</style>`]),
    `<rect class="paper" width="${width}" height="${height}" rx="10"/>`,
    ...drawing.boxes.map((box) => boxOf(box, hueOf(box.state.id), regions.has(box.state))),
    ...drawing.arrows.map((arrow) => arrowOf(arrow, hueOf(arrow.source), live)),
    ...drawing.dots.map(
      (at) => `<circle class="dot" cx="${n(at.x)}" cy="${n(at.y)}" r="${dotRadius}"/>`,
    ),
    ...drawing.boxes.map((box) => textOf(box, hueOf(box.state.id))),
    ...drawing.arrows.map((arrow) => labelOf(arrow, live)),
    '</svg>',
    '',
  ].join('\n');
}

function boxOf(box: Box, hue: string, isRegion: boolean): string {
  const { state, x, y, width, height } = box;
  const isLeaf = state.states.length === 0;
  const at = `x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" rx="${cornerRadius}"`;
  const parts = [`<g class="${hue}" data-state="${escape(state.id)}">`];
  if (isRegion) parts.push(`<rect class="region" ${at}/>`);
  else
    parts.push(
      `<rect class="box${isBare(box) ? ' bare' : isLeaf ? ' leaf' : ''}" ${at}/>`,
      barOf(box),
    );
  if (state.kind === 'final') {
    parts.push(
      `<rect class="ring" x="${n(x - 3.5)}" y="${n(y - 3.5)}" width="${n(width + 7)}" height="${n(height + 7)}" rx="${cornerRadius + 3}"/>`,
    );
  }
  parts.push('</g>');
  return parts.join('');
}

/** Title and rows, each with a rim in the colour of the box, so that a crossing arrow yields. */
function textOf(box: Box, hue: string): string {
  const { state, rows, x, y, height } = box;
  const baseline = isBare(box) ? y + height / 2 + 5 : y + 18;
  const length = n(widthOf(state.key, 'title', titleSize));
  return [
    `<g class="${hue}${state.states.length === 0 ? '' : ' rimmed'}">`,
    `<text class="title" x="${n(x + padding)}" y="${n(baseline)}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${escape(state.key)}</text>`,
    linesOf(rows, x + padding, y + titleHeight + 4),
    '</g>',
  ].join('');
}

/** A state with a name and no more. */
function isBare({ state, rows }: Box): boolean {
  return state.states.length === 0 && rows.length === 0;
}

/** The title bar: rounded above, straight below. */
function barOf(box: Box): string {
  if (isBare(box)) return '';
  const { x, y, width } = box;
  const r = cornerRadius;
  const path = `M${n(x)} ${n(y + titleHeight)}v${n(r - titleHeight)}q0 ${-r} ${r} ${-r}h${n(width - 2 * r)}q${r} 0 ${r} ${r}v${n(titleHeight - r)}z`;
  return `<path class="bar" d="${path}"/>`;
}

function arrowOf({ points, id }: Arrow, hue: string, live: boolean): string {
  const end = points.at(-1);
  const before = points.at(-2);
  if (end === undefined || before === undefined) return '';
  const shaft = towards(end, before, arrowLength - 1);
  const path = roundedPath([...points.slice(0, -1), shaft]);
  const wing = towards(end, before, arrowLength);
  const dx = end.y - before.y === 0 ? 0 : 4;
  const dy = dx === 0 ? 4 : 0;
  const head = `M${n(end.x)} ${n(end.y)}L${n(wing.x - dx)} ${n(wing.y - dy)}L${n(wing.x + dx)} ${n(wing.y + dy)}z`;
  return `<g class="${hue}"${live ? dataOf(id) : ''}><path class="arrow" d="${path}"/><path class="head" d="${head}"/></g>`;
}

function labelOf({ label, id }: Arrow, live: boolean): string {
  if (label === null) return '';
  const lines = linesOf(label.lines, label.x + 4, label.y);
  return live ? `<g class="along"${dataOf(id)}>${lines}</g>` : lines;
}

function dataOf(arrow: string): string {
  return ` data-arrow="${escape(arrow)}"`;
}

function linesOf(lines: readonly Line[], x: number, top: number): string {
  return lines.map((line, row) => lineOf(line, x, top + row * lineHeight + fontSize)).join('');
}

/** One line, stating its own length: a wider font is squeezed rather than cut. */
function lineOf(line: Line, x: number, baseline: number): string {
  const room = glyphRoom(line.glyph);
  const length = n(line.width - room - line.indent);
  const spans = line.spans.map(
    ({ text, ink }, position) =>
      `<tspan class="${ink}">${position === 0 ? '' : ' '}${escape(text)}</tspan>`,
  );
  const clock = line.glyph === 'clock' ? clockAt(x + 5.5, baseline - 4) : '';
  return `${clock}<text x="${n(x + room + line.indent)}" y="${n(baseline)}" textLength="${length}" lengthAdjust="spacingAndGlyphs">${spans.join('')}</text>`;
}

function clockAt(x: number, y: number): string {
  return `<path class="clock" d="M${n(x - 5)} ${n(y)}a5 5 0 1 0 10 0a5 5 0 1 0 -10 0M${n(x)} ${n(y - 3)}v3h2.5"/>`;
}

/** Straight runs with rounded bends. */
function roundedPath(points: readonly Point[]): string {
  return points
    .map((point, position) => {
      const before = points[position - 1];
      const after = points[position + 1];
      if (before === undefined) return `M${n(point.x)} ${n(point.y)}`;
      if (after === undefined) return `L${n(point.x)} ${n(point.y)}`;
      const radius = Math.min(bendRadius, distance(before, point) / 2, distance(point, after) / 2);
      const from = towards(point, before, radius);
      const to = towards(point, after, radius);
      return `L${n(from.x)} ${n(from.y)}Q${n(point.x)} ${n(point.y)} ${n(to.x)} ${n(to.y)}`;
    })
    .join('');
}

/** The point `length` pixels from `from` on the way to `to`. */
function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to);
  if (whole === 0) return from;
  const part = Math.min(1, length / whole);
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** A number of the SVG: half pixels are enough. */
function n(value: number): number {
  return Math.round(value * 2) / 2;
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
