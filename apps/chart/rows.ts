/**
 * What is written inside a state and along an arrow, as wrapped lines.
 *
 * A transition to a state elsewhere is an arrow. One that stays is a row of its state: without a
 * target, to itself, to a state inside or around it; an arrow to where one stands hides the others.
 * An ignored `{}` behind guarded alternatives is left out, since it says "else nothing".
 */
import type { ChartState, ChartTransition } from './model.ts';
import { contains } from './model.ts';
import type { Glyph, Line, Span } from './text.ts';
import { wrap } from './text.ts';

const maxLeafWidth = 280;
const maxHeaderWidth = 560;
const maxLabelWidth = 170;
/** Keeps a sign and the word it belongs to on one line. */
const nbsp = '\u00a0';

/** True when the transition is drawn as an arrow from its source to its targets. */
export function isArrow({ source, targets }: ChartTransition): boolean {
  return (
    targets.length > 0 &&
    targets.every((target) => !contains(source, target) && !contains(target, source))
  );
}

/** The lines of a state below its title: what it does, what it hears without leaving, what not. */
export function rowsOf(state: ChartState): Line[] {
  const maxWidth = state.states.length > 0 ? maxHeaderWidth : maxLeafWidth;
  const stays = state.transitions.filter((one) => !isArrow(one));
  return [
    ...wrap([{ text: state.description, ink: 'muted' }], maxWidth, { indent: 0 }),
    ...doing('entry', state.entry, maxWidth),
    ...doing('exit', state.exit, maxWidth),
    ...doing('invoke', state.invoke, maxWidth),
    ...alike(stays.filter((one) => !one.ignored)).flatMap((group) =>
      wrap(spansOf(group, stayingAt(group[0])), maxWidth, { glyph: glyphOf(group[0]) }),
    ),
    ...ignoring(stays, maxWidth),
  ];
}

type Group = readonly [ChartTransition, ...ChartTransition[]];

/** Neighbours that differ in their event only share a row: `client.command, client.read / …`. */
function alike(transitions: readonly ChartTransition[]): Group[] {
  const groups: Group[] = [];
  for (const one of transitions) {
    const last = groups.at(-1);
    const isAlike = last !== undefined && effectOf(last[0]) === effectOf(one);
    if (isAlike && !one.otherwise) groups[groups.length - 1] = [...last, one];
    else groups.push([one]);
  }
  return groups;
}

function effectOf({ cause, guard, targets, actions }: ChartTransition): string {
  return JSON.stringify([cause.kind, guard, targets, actions]);
}

/** The lines along an arrow that stands for all transitions between the same two states. */
export function labelOf(transitions: readonly ChartTransition[]): Line[] {
  return transitions.flatMap((one) =>
    wrap(spansOf([one], ''), maxLabelWidth, { glyph: glyphOf(one) }),
  );
}

function spansOf(group: Group, target: string): Span[] {
  const { guard, otherwise, actions, targets } = group[0];
  const spans: Span[] = [
    { text: group.map((one) => whole(one.cause.name)).join(', '), ink: 'event' },
  ];
  if (guard !== null) spans.push({ text: `[${guard}]`, ink: 'guard' });
  if (otherwise) spans.push({ text: '[else]', ink: 'guard' });
  if (target !== '') spans.push({ text: `→${nbsp}${target}`, ink: 'target' });
  if (actions.length > 0) spans.push({ text: `/${nbsp}${actions.join(', ')}`, ink: 'action' });
  if (actions.length === 0 && targets.length === 0) spans.push({ text: 'ignored', ink: 'muted' });
  return spans;
}

/** On one line: `after electionTimeout` is one name. */
function whole(name: string): string {
  return name.replaceAll(' ', nbsp);
}

/** Where a transition that is not an arrow goes; '' when it goes nowhere. */
function stayingAt({ source, targets }: ChartTransition): string {
  return targets
    .map((target) =>
      contains(source, target) && target !== source
        ? target.slice(source.length + 1)
        : target.slice(target.lastIndexOf('.') + 1),
    )
    .join(', ');
}

function glyphOf({ cause }: ChartTransition): Glyph {
  return cause.kind === 'after' ? 'clock' : 'none';
}

function doing(when: string, names: readonly string[], maxWidth: number): Line[] {
  if (names.length === 0) return [];
  return wrap(
    [
      { text: when, ink: 'muted' },
      { text: `/${nbsp}${names.join(', ')}`, ink: 'action' },
    ],
    maxWidth,
  );
}

function ignoring(transitions: readonly ChartTransition[], maxWidth: number): Line[] {
  const names = transitions
    .filter((one) => one.ignored && !one.otherwise)
    .map((one) => one.cause.name);
  if (names.length === 0) return [];
  return wrap([{ text: `ignores ${names.join(', ')}`, ink: 'muted' }], maxWidth);
}
