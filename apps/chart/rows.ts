/**
 * What is written inside a state and along an arrow, as wrapped lines.
 *
 * A transition that leaves its state is an arrow; one that stays in it (no target, itself, or a
 * state inside it) is a row of the state, because an arrow back to where one stands hides the others.
 */
import type { ChartState, ChartTransition } from './model.ts';
import { contains } from './model.ts';
import type { Glyph, Line, Span } from './text.ts';
import { wrap } from './text.ts';

export const maxLeafWidth = 250;
export const maxHeaderWidth = 560;
export const maxLabelWidth = 200;

/** Keeps a sign and the word it belongs to on one line. */
const nbsp = '\u00a0';

/** True when the transition is drawn as an arrow from its source to its targets. */
export function isArrow(transition: ChartTransition): boolean {
  return (
    transition.targets.length > 0 &&
    transition.targets.every((target) => !contains(transition.source, target))
  );
}

/** The lines of a state below its title: what it does, what it hears without leaving, what not. */
export function rowsOf(state: ChartState): Line[] {
  const maxWidth = state.states.length > 0 ? maxHeaderWidth : maxLeafWidth;
  const stays = state.transitions.filter((one) => !isArrow(one));
  return [
    ...wrap([{ text: state.description, ink: 'muted' }], maxWidth),
    ...doing('entry', state.entry, maxWidth),
    ...doing('exit', state.exit, maxWidth),
    ...doing('invoke', state.invoke, maxWidth),
    ...stays
      .filter((one) => !one.ignored)
      .flatMap((one) => wrap(spansOf(one, stayingAt(one)), maxWidth, glyphOf(one))),
    ...ignoring(stays, maxWidth),
  ];
}

/** The lines along an arrow that stands for all transitions between the same two states. */
export function labelOf(transitions: readonly ChartTransition[]): Line[] {
  return transitions.flatMap((one) => wrap(spansOf(one, ''), maxLabelWidth, glyphOf(one)));
}

function spansOf(transition: ChartTransition, target: string): Span[] {
  const { cause, guard, otherwise, actions } = transition;
  const spans: Span[] = [{ text: cause.name, ink: 'event' }];
  if (guard !== null) spans.push({ text: `[${guard}]`, ink: 'guard' });
  if (otherwise) spans.push({ text: '[else]', ink: 'guard' });
  if (target !== '') spans.push({ text: `→${nbsp}${target}`, ink: 'target' });
  if (actions.length > 0) spans.push({ text: `/${nbsp}${actions.join(', ')}`, ink: 'action' });
  return spans;
}

/** Where a transition that stays inside its source goes there; '' when it goes nowhere. */
function stayingAt({ source, targets }: ChartTransition): string {
  const own = source.slice(source.lastIndexOf('.') + 1);
  return targets
    .map((target) => (target === source ? own : target.slice(source.length + 1)))
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
  const names = transitions.filter((one) => one.ignored).map((one) => one.cause.name);
  if (names.length === 0) return [];
  return wrap([{ text: `ignores ${names.join(', ')}`, ink: 'muted' }], maxWidth);
}
