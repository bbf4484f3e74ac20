/** A flood of replication's routine: counted for the most part, and nothing that matters is lost. */
import { expect } from 'chai';
import type { AnyActorRef } from 'xstate';
import {
  isRoutine,
  maxBurst,
  RoutineBudget,
  routinePerActor,
} from '../../actors/inspect/routine.ts';
import { pathOf } from '../../actors/inspect/tap.ts';
import { armedTimers } from '../../actors/inspect/timers.ts';
import { appendReply } from '../support/step.ts';
import { Inspected, type TestWatcher } from './support.ts';

/** A leader with a session, both followers at its end; `rounds` rounds follow within one frame. */
class Busy {
  readonly server = new Inspected();
  readonly watcher: TestWatcher;
  /** Steps of charts, told or not, since the watcher came. */
  readonly taken = new Map<string, number>();
  sent = 0;
  received = 0;
  #index = 1;

  constructor() {
    const { held, inspector } = this.server;
    held.start().elect().settle();
    this.#acknowledge();
    held.submit({ id: 1, op: 'open' }).settle();
    this.#index += 1;
    this.#acknowledge();
    held.take();
    inspector.tap.hearSteps(({ actorRef, event }) => {
      if (event.type === 'xstate.stop') return;
      const path = pathOf(held.id, actorRef as AnyActorRef);
      this.taken.set(path, (this.taken.get(path) ?? 0) + 1);
    });
    this.watcher = this.server.watch();
    this.received = 0;
  }

  flood(rounds: number): this {
    for (let round = 0; round < rounds; round += 1) {
      const seq = this.#index - 1;
      const put = { put: { key: 'k', value: { json: '1' } } };
      const command = { op: 'command', session: 2, seq, doneBelow: seq, machine: 'kv' } as const;
      this.server.held.submit({ ...command, id: seq + 1, command: put }).settle();
      this.#index += 1;
      this.#leave();
      this.#acknowledge();
    }
    return this;
  }

  /** Time passes until a frame has left. */
  frame(): this {
    this.server.frame();
    return this;
  }

  #leave(): void {
    for (const message of this.server.held.take()) {
      this.server.inspector.sent(message);
      this.sent += 1;
    }
  }

  #acknowledge(): void {
    const matchIndex = this.#index;
    for (const from of ['b', 'c']) {
      this.server.held.receive(appendReply({ from, to: 'a', term: 2, matchIndex })).settle();
      this.received += 1;
    }
  }
}

const sum = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((all, count) => all + count, 0);

describe('event stream: a flood', () => {
  it('is counted where it is not told: every step and message is one or the other', () => {
    const { watcher, taken, sent, received, server } = new Busy().flood(40);
    // What was taken within the frame, before the time that makes it leave brings more.
    const before = new Map(taken);
    server.inspector.watch({ since: null, stream: null }, { send: () => {}, end: () => {} });
    server.frame();
    const counted = watcher.events.flatMap((event) => (event.type === 'counted' ? [event] : []));
    expect(counted).to.have.length(1);
    const upTo = counted[0]?.seq ?? 0;
    const told = watcher.events.filter(({ seq }) => seq < upTo);
    const steps = (path: string): number =>
      told.filter((event) => event.type === 'step' && event.actor === path).length;
    for (const [path, count] of before) {
      expect(steps(path) + (counted[0]?.steps[path] ?? 0), path).to.equal(count);
    }
    const messages = (type: string): number => told.filter((event) => event.type === type).length;
    expect(messages('message.sent') + sum(counted[0]?.sent ?? {})).to.equal(sent);
    expect(messages('message.received') + sum(counted[0]?.received ?? {})).to.equal(received);
    expect(counted[0]?.received).to.have.keys('b', 'c');
  });

  it('is told as a share of what happened, with every fact of the log', () => {
    const rounds = 40;
    const { watcher } = new Busy().flood(rounds).frame();
    const routine = watcher.events.filter((event) => {
      if (event.type === 'step') return isRoutine(event.cause);
      return event.type.startsWith('message.');
    });
    expect(routine.length).to.be.within(maxBurst / 2, maxBurst + 4 * routinePerActor);
    for (const type of ['log.appended', 'log.persisted', 'log.committed']) {
      expect(watcher.events.filter((event) => event.type === type)).to.have.length(rounds);
    }
  });

  it('leaves a watcher with the states and timers that the actors are in', () => {
    const busy = new Busy().flood(40).frame();
    const { held } = busy.server;
    const { server } = held.replica;
    const children = Object.values(server.getSnapshot().children) as (AnyActorRef | undefined)[];
    for (const ref of [server as AnyActorRef, ...children]) {
      if (ref === undefined) continue;
      const known = busy.watcher.view?.actors.get(pathOf(held.id, ref));
      expect(known?.value, ref.id).to.deep.equal((ref.getSnapshot() as { value: unknown }).value);
      const armed = armedTimers(ref, held.clock.now).map(({ id }) => id);
      expect(known?.timers.map(({ id }) => id).sort(), ref.id).to.deep.equal(armed.sort());
    }
  });

  it('hides no change of the server, no refusal and no vote', () => {
    const busy = new Busy().flood(40);
    const { held } = busy.server;
    held.receive(appendReply({ from: 'b', to: 'a', term: 2, success: false })).settle();
    held.receive(appendReply({ from: 'c', to: 'a', term: 9, success: false })).settle();
    busy.frame();
    const { story } = busy.watcher;
    const refusals = story.filter((line) => line === 'hears rpc.appendEntriesReply from c');
    expect(refusals).not.to.deep.equal([]);
    expect(story.filter((line) => line.includes('-> role.follower'))).to.have.length(1);
  });

  it('is no flood when an idle leader beats, however long: its heartbeats are told whole', () => {
    const server = new Inspected();
    server.held.start().elect().settle();
    const watcher = server.watch();
    for (let ms = 0; ms < 5_000; ms += 50) {
      for (const { to } of server.held.take()) {
        server.held.receive(appendReply({ from: to, to: 'a', term: 2, matchIndex: 1 })).settle();
      }
      server.frame();
    }
    expect(watcher.events.length).to.be.above(1_000);
    expect(watcher.events.filter(({ type }) => type === 'counted')).to.deep.equal([]);
  });
});

describe('routine budget', () => {
  it('allows a burst, then so many a frame for each actor, and saves up no more than a burst', () => {
    const budget = new RoutineBudget();
    const spendAll = (): number => {
      let spent = 0;
      while (budget.spend()) spent += 1;
      return spent;
    };
    expect(spendAll()).to.equal(maxBurst);
    budget.endFrame(3);
    expect(spendAll()).to.equal(3 * routinePerActor);
    for (let frame = 0; frame < 100; frame += 1) budget.endFrame(3);
    expect(spendAll()).to.equal(maxBurst);
  });

  it('tells what was counted once, and nothing of nothing', () => {
    const budget = new RoutineBudget();
    expect(budget.endFrame(1)).to.equal(null);
    budget.countStep('a/server');
    budget.countStep('a/server');
    budget.countSent('b');
    expect(budget.endFrame(1)).to.deep.equal({
      ...{ type: 'counted', steps: { 'a/server': 2 }, sent: { b: 1 }, received: {} },
    });
    expect(budget.endFrame(1)).to.equal(null);
  });
});
