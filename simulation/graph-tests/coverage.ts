/**
 * Which parts of a chart were covered, by whoever ran it: the pure steps of a model or real actors.
 *
 * It listens to XState's inspection and changes nothing. What is left uncovered must be explained:
 * `report` takes the reasons, and says which parts have none and which reasons explain nothing.
 */
import type {
  AnyActorRef,
  AnyMachineSnapshot,
  AnyStateMachine,
  AnyTransitionDefinition,
  InspectionEvent,
} from 'xstate';
import {
  alwaysParts,
  eventParts,
  kinds,
  partsOf,
  stateParts,
  transitionName,
  type Kind,
  type Part,
} from './chart-parts.ts';

/** Why parts cannot be covered: by a part's name, in which `*` stands for anything. */
export type Reasons = Readonly<Record<string, string>>;

/** What was covered, what was not, and why not. */
export interface CoverageReport {
  readonly counts: Readonly<Record<Kind, { covered: number; explained: number; total: number }>>;
  /** Neither covered nor explained. */
  readonly missing: readonly Part[];
  /** Reasons for parts that are covered or do not exist: delete them. */
  readonly idleReasons: readonly string[];
  /** The counts, and each reason with how much it explains. */
  readonly table: string;
}

/** What of a chart was seen while paths ran. */
export class Coverage {
  readonly #machine: AnyStateMachine;
  readonly #parts: Record<Kind, readonly Part[]>;
  readonly #covered = new Set<Part>();
  readonly #before = new WeakMap<AnyActorRef, AnyMachineSnapshot>();

  /** `eventTypes` are those that each leaf should hear: all that the machine names, unless given. */
  constructor(machine: AnyStateMachine, eventTypes?: readonly string[]) {
    this.#machine = machine;
    this.#parts = partsOf(machine, eventTypes);
  }

  /** For `inspect` of an actor or of its system: copies of the machine count, other actors do not. */
  readonly observe = (seen: InspectionEvent): void => {
    if (seen.type !== '@xstate.microstep') return;
    const { snapshot, event } = seen;
    const actorRef = seen.actorRef as AnyActorRef;
    const { logic } = actorRef as { readonly logic?: { readonly id?: string } };
    if (logic?.id !== this.#machine.id) return;
    const after = snapshot as AnyMachineSnapshot;
    const before = this.#before.get(actorRef) ?? firstSnapshot(actorRef);
    this.#before.set(actorRef, after);
    const chosen = seen._transitions as readonly AnyTransitionDefinition[];
    this.#cover(chosen.map(transitionName));
    this.#cover(stateParts(after));
    if (before === undefined) return;
    this.#cover(stateParts(before));
    const isAlways = chosen.some(({ eventType }) => eventType === '');
    this.#cover(isAlways ? alwaysParts(before, chosen) : eventParts(before, event.type, chosen));
  };

  /** What was seen so far, and what was not. */
  report(reasons: Reasons = {}): CoverageReport {
    const patterns = Object.entries(reasons).map(([pattern, reason]) => ({
      ...{ pattern, reason, explains: 0 },
      matches: patternOf(pattern),
    }));
    const missing: Part[] = [];
    const counts = Object.fromEntries(
      kinds.map((kind) => {
        const open = this.#parts[kind].filter((part) => !this.#covered.has(part));
        const bare = open.filter((part) => {
          const explaining = patterns.find(({ matches }) => matches.test(part));
          if (explaining !== undefined) explaining.explains += 1;
          return explaining === undefined;
        });
        missing.push(...bare);
        const total = this.#parts[kind].length;
        const explained = open.length - bare.length;
        return [kind, { covered: total - open.length, explained, total }];
      }),
    ) as CoverageReport['counts'];
    const idle = patterns.filter(({ explains }) => explains === 0).map(({ pattern }) => pattern);
    const table = [
      `${this.#machine.id.padEnd(12)} covered explained  total`,
      ...kinds.map((kind) => row(kind, counts[kind])),
      ...patterns.map(
        ({ pattern, reason, explains }) => `  ${explains} × ${pattern}\n      ${reason}`,
      ),
    ].join('\n');
    return { counts, missing, idleReasons: idle, table };
  }

  #cover(parts: readonly Part[]): void {
    for (const part of parts) this.#covered.add(part);
  }
}

/** A running actor shows the state before a step until the step is over. */
function firstSnapshot(actorRef: AnyActorRef): AnyMachineSnapshot | undefined {
  const snapshot = actorRef.getSnapshot() as AnyMachineSnapshot | undefined;
  return snapshot?.status === 'active' ? snapshot : undefined;
}

function row(kind: Kind, { covered, explained, total }: CoverageReport['counts'][Kind]): string {
  const cells = [covered, explained, total].map((count) => String(count).padStart(8));
  return `  ${kind.padEnd(10)}${cells.join(' ')}`;
}

function patternOf(pattern: string): RegExp {
  const literal = pattern.split('*').map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${literal.join('.*')}$`);
}
