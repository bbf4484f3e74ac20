/**
 * The model behind the paths through a server: the shipped charts of server, replicators and log
 * writer, stepped purely, with an outbox beside them. The disk finishes a sync when an event says so.
 */
import type { Apply, Reply, Trust } from '../../machines/events.ts';
import type { Message, ServerId, Term } from '../../machines/messages.ts';
import type { AppendEntries } from '../../machines/messages.ts';
import { afterEffects } from '../../simulation/graph-tests/machine-model.ts';
import {
  createServerStepper,
  type Family,
  type FamilyEffect,
  type Member,
} from '../../simulation/server-stepper.ts';
import { recovered, retainedEntries } from '../support/step.ts';
import { emptyOutbox, hold, release, wrote, type Outbox } from './pure-outbox.ts';

export const id = 'a';

/** What the server finds and may come across: the frame of a set of paths. */
export interface Setting {
  readonly voters: readonly ServerId[];
  readonly term: Term;
  readonly log: readonly Term[];
  readonly votedFor?: ServerId | null;
  readonly trust?: Trust;
  readonly leases?: true;
  /** Frames in flight to one peer. */
  readonly frames: number;
}

/** One event of a path; `to` is who hears it. Timers are events, as everywhere. */
export interface WorldEvent {
  readonly type: string;
  readonly to: Member | 'disk';
  readonly event?: unknown;
}

export interface World {
  readonly family: Family;
  readonly outbox: Outbox;
  /** Timers that run, with who armed them: `server xstate.after…`. */
  readonly timers: readonly string[];
  /** Terms that this server has led: no other server may lead them. */
  readonly led: readonly Term[];
  /** It stopped for good; nothing leaves it any more. */
  readonly isOver: boolean;
  /** Of the last step, per slot, in order. */
  readonly said: readonly Message[];
  readonly applied: readonly Apply[];
  readonly replied: readonly Reply[];
}

/** One entry to a frame, so that a window of frames is one of entries. */
function cut(message: AppendEntries) {
  const lastIndex = Math.min(message.lastIndex, message.prevLogIndex + 1);
  const runs = message.runs.filter(({ firstIndex }) => firstIndex <= lastIndex);
  return { message: { ...message, lastIndex, runs }, bytes: lastIndex - message.prevLogIndex };
}

const servers = createServerStepper({ cut });

export function startWorld(setting: Setting): World {
  const { voters, frames } = setting;
  const window = { frames, bytes: 1 << 20 };
  const [family, effects] = servers.start({
    id,
    voters,
    leases: setting.leases ?? false,
    window,
    retainedEntries,
  });
  const world: World = {
    ...{ family, outbox: emptyOutbox, timers: [], led: [], isOver: false },
    ...{ said: [], applied: [], replied: [] },
  };
  return take(world, effects);
}

export function stepWorld(world: World, setting: Setting, { type, to, event }: WorldEvent): World {
  const before = { ...world, said: [], applied: [], replied: [] };
  if (to === 'disk') {
    const heard = type === 'disk.recovered' ? recovered(setting) : event;
    return hear(before, type === 'disk.recovered' ? 'server' : 'logWriter', heard ?? { type });
  }
  const timer = `${to} ${type}`;
  const timers = before.timers.filter((one) => one !== timer);
  return hear({ ...before, timers }, to, event ?? { type });
}

function hear(world: World, to: Member, event: unknown): World {
  const [family, effects] = servers.step(world.family, to, event);
  return take({ ...world, family }, effects);
}

/** What the effects do to the rest of the world, and what that makes the server hear. */
function take(world: World, effects: readonly FamilyEffect[]): World {
  let next: World = { ...world, timers: timersAfter(world.timers, effects) };
  const own: Message[] = [];
  const depart = ([outbox, messages]: [Outbox, readonly Message[]]): void => {
    own.push(...messages.filter(({ to }) => to === id));
    next = { ...next, outbox, said: [...next.said, ...messages.filter(({ to }) => to !== id)] };
  };
  const { fault } = next.family.server.context;
  const isOver = fault !== null;
  for (const { effect } of effects) {
    if ('persist' in effect) {
      const { persist } = effect;
      const { currentTerm } = next.outbox;
      const terms = { vote: persist.kind === 'vote' ? persist.term : 0, trust: currentTerm };
      const term = persist.kind in terms ? terms[persist.kind as 'vote' | 'trust'] : null;
      next = { ...next, outbox: wrote(next.outbox, persist.write, term) };
    } else if ('send' in effect) depart(hold(next.outbox, effect.send));
    else if ('sendAppend' in effect) {
      depart(hold(next.outbox, { after: 'term', messages: [effect.sendAppend] }));
    } else if ('release' in effect) depart(release(next.outbox, effect.release.write));
    else if ('apply' in effect) next = { ...next, applied: [...next.applied, effect.apply] };
    else if ('reply' in effect) next = { ...next, replied: [...next.replied, effect.reply] };
  }
  if (isOver && !next.isOver) {
    next = { ...next, isOver, outbox: { ...next.outbox, term: [], log: [] } };
  }
  const { value, context } = next.family.server;
  const leads = typeof value.role === 'object' && 'leader' in value.role;
  if (leads && !next.led.includes(context.currentTerm)) {
    next = { ...next, led: [...next.led, context.currentTerm] };
  }
  return own.reduce((sofar, message) => hear(sofar, 'server', message), next);
}

function timersAfter(timers: readonly string[], effects: readonly FamilyEffect[]): string[] {
  let running = [...timers];
  for (const { by, effect } of effects) {
    if ('stop' in effect) running = running.filter((one) => !one.startsWith(`${effect.stop} `));
    const own = running.filter((one) => one.startsWith(`${by} `));
    const others = running.filter((one) => !one.startsWith(`${by} `));
    const types = own.map((one) => one.slice(by.length + 1));
    running = [...others, ...afterEffects(types, [effect]).map((type) => `${by} ${type}`)];
  }
  return running.sort();
}

/** What decides the future. Numbers of writes count up for ever: they are told from the durable one. */
export function keyOf({ family, outbox, timers, led, isOver }: World): string {
  const { server, logWriter, replicators } = family;
  const since = (write: number): number => Math.max(0, write - outbox.durable);
  const { currentTerm, votedFor, log, commitIndex, leader, durableIndex } = server.context;
  const { verifiedIndex, leaderLast, votes, round, read, truncatingWrite } = server.context;
  const { transfer, change, readers, leasedRound, attempt } = server.context;
  // How long a peer has been silent matters to compaction alone, and nothing is compacted here.
  const peers = Object.entries(server.context.peers).map(([peer, known]) => {
    return [peer, known.matchIndex, known.round, known.heard];
  });
  const { asked, syncing } = logWriter.context;
  const lane = (held: Outbox['term']) =>
    held.map(({ write, message }) => [since(write), { ...message, payload: null }]);
  return JSON.stringify([
    ...[server.value, currentTerm, votedFor, log, commitIndex, leader, durableIndex],
    ...[
      verifiedIndex,
      leaderLast,
      votes,
      peers,
      round,
      read,
      since(truncatingWrite),
      transfer,
      change,
    ],
    ...[readers, leasedRound, attempt],
    ...[logWriter.value, { ...asked, write: since(asked.write) }],
    ...[{ ...syncing, write: since(syncing.write) }, lane(outbox.term), lane(outbox.log)],
    ...[since(outbox.newestVote), since(outbox.newestWrite), outbox.currentTerm],
    Object.entries(replicators).map(([name, { value, context }]) => {
      const { nextIndex, matchIndex, inflight, commitIndex: told } = context;
      return [name, value, nextIndex, matchIndex, inflight, told, context.round, context.log];
    }),
    ...[timers, led, isOver],
  ]);
}
