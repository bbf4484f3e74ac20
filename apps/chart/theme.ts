/**
 * The colours of a chart, as the style sheet inside its SVG.
 *
 * One calm hue for each state that a reader should tell apart at a glance; what lies inside takes
 * its parent's hue. Light and dark follow the reader's system (`prefers-color-scheme`); every text
 * keeps a contrast of at least 4.5 to 1, every line 3 to 1.
 */
import type { ChartState } from './model.ts';

/** Degrees on the hue circle; `null` is grey. */
type Hue = number | null;

const hues: Readonly<Record<string, Hue>> = {
  slate: null,
  blue: 214,
  teal: 174,
  amber: 38,
  orange: 20,
  violet: 262,
  green: 145,
  rose: 350,
};

/** States whose meaning asks for a colour; others take the next of `others`. */
const hueOfState: Readonly<Record<string, string>> = {
  follower: 'teal',
  preCandidate: 'amber',
  candidate: 'orange',
  leader: 'violet',
  recovering: 'slate',
  stopped: 'rose',
  failed: 'rose',
  trust: 'blue',
};
const others = ['teal', 'blue', 'violet', 'green', 'amber', 'orange'];

/** The hue class of every state: the children of the root, or of its first region when parallel. */
export function huesOf(root: ChartState): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const paint = (state: ChartState, hue: string): void => {
    found.set(state.id, hue);
    for (const child of state.states) paint(child, hue);
  };
  paint(root, 'slate');
  let next = 0;
  const main = root.kind === 'parallel' ? (root.states[0]?.states ?? []) : root.states;
  for (const state of [...main, ...root.states]) {
    const known = Object.hasOwn(hueOfState, state.key) ? hueOfState[state.key] : undefined;
    if (known !== undefined) paint(state, known);
    else if (main.includes(state)) paint(state, others[next++ % others.length] ?? 'slate');
  }
  return found;
}

/** The style sheet: light, then what differs in the dark. */
export function styleSheet(): string {
  return [commonRules, shades(light), `@media (prefers-color-scheme:dark){${shades(dark)}}`].join(
    '\n',
  );
}

/** The same for a page whose `data-theme` decides, for the charts inside `scope`. */
export function scopedStyleSheet(scope: string): string {
  return [
    `${scope}{${commonRules}${shades(light)}}`,
    `[data-theme=dark] ${scope}{${shades(dark)}}`,
  ].join('\n');
}

const commonRules = [
  'text{font-family:"Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;font-size:12px;white-space:pre}',
  '.title{font-size:14px;font-weight:700}.event{font-weight:600}.guard{font-style:italic}',
  '.box{stroke-width:1.25}.region{stroke-dasharray:5 4;stroke-width:1.25}',
  '.arrow{fill:none;stroke-width:1.4}.ring{fill:none;stroke-width:1.25}.clock{fill:none;stroke-width:1.3}',
  '.rimmed text{paint-order:stroke;stroke-width:4px;stroke-linejoin:round}',
].join('\n');

interface Shades {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly guard: string;
  /** Lightness in percent of a hue's fill (outer, inner), of its title bar, border and arrows. */
  readonly fill: readonly [number, number];
  readonly bar: number;
  readonly line: number;
  readonly saturation: number;
}

const light: Shades = {
  paper: '#ffffff',
  ink: '#1c2430',
  muted: '#5b6675',
  guard: '#7a3e00',
  fill: [97, 100],
  bar: 90,
  line: 38,
  saturation: 45,
};
const dark: Shades = {
  paper: '#10151c',
  ink: '#e8edf4',
  muted: '#9aa7b8',
  guard: '#f0b878',
  fill: [13, 17],
  bar: 24,
  line: 64,
  saturation: 32,
};

function shades(of: Shades): string {
  const rules = [
    `.paper{fill:${of.paper}}`,
    `text,.plain,.event,.title,.target{fill:${of.ink}}.muted,.action{fill:${of.muted}}.guard{fill:${of.guard}}`,
    `.dot{fill:${of.ink}}.clock{stroke:${of.ink}}`,
  ];
  for (const [name, hue] of Object.entries(hues)) {
    const shade = (lightness: number): string => hsl(hue, of.saturation, lightness);
    rules.push(
      `.${name} .box{fill:${shade(of.fill[0])};stroke:${shade(of.line)}}`,
      `.${name} .leaf{fill:${shade(of.fill[1])}}`,
      `.${name}.rimmed text{stroke:${shade(of.fill[0])}}.${name}.rimmed .title{stroke:none}`,
      `.${name} .bar,.${name} .bare{fill:${shade(of.bar)}}`,
      `.${name} .region{fill:none;stroke:${shade(of.line)}}`,
      `.${name} .ring{stroke:${shade(of.line)}}`,
      `.${name} .arrow{stroke:${shade(of.line)}}.${name} .head{fill:${shade(of.line)}}`,
    );
  }
  return rules.join('');
}

function hsl(hue: Hue, saturation: number, lightness: number): string {
  return hue === null ? `hsl(215,12%,${lightness}%)` : `hsl(${hue},${saturation}%,${lightness}%)`;
}
