/**
 * What an action, a guard or an event is called in a picture.
 *
 * XState keeps actions and guards as strings, as `{ type, params }` or as functions; the pictures
 * show the name that the role files gave them (every action and guard carries its Raft
 * name in the graph). A name that says nothing is still returned: test/charts.test.ts refuses it.
 */

/** XState's own action makers; the thing they act on is shown in brackets: `raise(current.vote)`. */
const subjectOf: Readonly<Record<string, string>> = {
  raise: 'event',
  cancel: 'sendId',
  emit: 'event',
  sendTo: 'event',
  spawnChild: 'src',
  stopChild: 'actorRef',
  stateIn: 'stateValue',
};

/** The name of an action, a guard or an actor source as it stands in a machine's config. */
export function nameOf(thing: unknown): string {
  if (typeof thing === 'string') return thing;
  if (typeof thing === 'function') return nameOfFunction(thing);
  if (isRecord(thing) && typeof thing['type'] === 'string') {
    const params = nameOfParams(thing['params']);
    return params === '' ? thing['type'] : `${thing['type']}(${params})`;
  }
  return isRecord(thing) && typeof thing['id'] === 'string' ? thing['id'] : '';
}

/** `send` with `params: voteRequest` reads `send(voteRequest)`; plain data shows its values. */
function nameOfParams(params: unknown): string {
  if (typeof params === 'function') return params.name === '' ? 'anonymous' : params.name;
  if (!isRecord(params)) return '';
  return Object.values(params)
    .filter((value) => ['string', 'number', 'boolean'].includes(typeof value))
    .join(', ');
}

function nameOfFunction(implementation: object & { readonly name: string }): string {
  const name = implementation.name;
  const key = Object.hasOwn(subjectOf, name) ? subjectOf[name] : undefined;
  if (key === undefined) return name;
  const subject = nameOf((implementation as Record<string, unknown>)[key]);
  return subject === '' ? name : `${name}(${subject})`;
}

/** What sets a transition off. */
export interface Cause {
  readonly kind: 'event' | 'after' | 'always' | 'done';
  readonly name: string;
}

/**
 * The cause of a transition from XState's event type and delay: `after electionTimeout` for a timer,
 * `done(child)` for the end of a child, the event's own name otherwise.
 */
export function causeOf(eventType: string, delay: unknown): Cause {
  if (delay !== undefined) {
    const name = typeof delay === 'number' ? `${delay} ms` : nameOf(delay);
    return { kind: 'after', name: `after ${name}` };
  }
  const child = /^xstate\.(done|error|snapshot)\.actor\.(.*)$/.exec(eventType);
  if (child !== null) return { kind: 'done', name: `${child[1] ?? ''}(${child[2] ?? ''})` };
  if (eventType.startsWith('xstate.done.state.')) return { kind: 'done', name: 'done' };
  return eventType === ''
    ? { kind: 'always', name: 'always' }
    : { kind: 'event', name: eventType === '*' ? 'any other event' : eventType };
}

/** True for the actions by which XState arms and disarms an `after`; they are drawn as the timer. */
export function isTimerBookkeeping(action: unknown): boolean {
  if (typeof action !== 'function') return false;
  const { sendId, id } = action as { readonly sendId?: unknown; readonly id?: unknown };
  return [sendId, id].some((name) => typeof name === 'string' && name.startsWith('xstate.after.'));
}

function isRecord(thing: unknown): thing is Record<string, unknown> {
  return typeof thing === 'object' && thing !== null;
}
