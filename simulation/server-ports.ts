/**
 * What a simulated process is plugged into from its start to its end: a disk with latency, a clock
 * that may run fast or slow, turns of an event loop that may lag, a network. All of it is watched
 * by the checker, and none of it does anything for a process that has died in the midst of its
 * code.
 */
import type { ReplicaPorts } from '../actors/ports.ts';
import { crc32 } from '../storage/crc32.ts';
import { MemoryStore } from '../storage/memory-store.ts';
import type { Store } from '../storage/store.ts';
import type { Owner, Timer } from './clock.ts';
import { appendedWithoutSpace } from './invariants/space.ts';
import type { SimulationOptions } from './options/options.ts';
import type { Random } from './random.ts';
import type { Cause, ServerEnvironment } from './environment.ts';
import type { SimulatedServer } from './server.ts';
import { thawMs } from './thaw.ts';
import type { Effect } from './faults/victim.ts';
import { watchedStore } from './clients/watched.ts';

/** One run of a server's process. */
export interface Life {
  readonly owner: Owner;
  readonly server: SimulatedServer;
  readonly env: ServerEnvironment;
}

/** The process stands between two effects; it may be dead when this returns. */
export function reached({ owner, env, server }: Life, effect: Effect): void {
  if (owner.alive) env.reached(server, effect);
}

/** `timers`: chance of this run of the process. */
export function portsOf(life: Life, store: Store, timers: Random): ReplicaPorts {
  const { owner, server, env } = life;
  const { clock, checker, options } = env;
  const turns = timers.split('turns');
  const touch = (cause: Cause, run: () => void): void => env.touch(server, cause, null, run);
  return {
    store,
    checksum: crc32,
    monotonicMs: () => clock.now * server.clockRate,
    send: (message) => {
      if (!owner.alive) return;
      checker.sent(server, message);
      env.send(message);
      reached(life, 'send');
    },
    clock: {
      setTimeout: (run, delayMs) => {
        server.timersArmed += 1;
        const dueMs = clock.now + delayMs / server.clockRate;
        const armed: { timer: Timer | null } = { timer: null };
        const fire = (): void => touch('timer', run);
        armed.timer = clock.setTimeout(
          () => {
            // After a pause, sockets may be read before the timers that are due
            // (actors/time/real-clock.ts).
            if (server.thaw.readsSocketsFirst && clock.now > dueMs) {
              armed.timer = clock.setTimeout(fire, thawMs, owner);
            } else fire();
          },
          delayMs / server.clockRate,
          owner,
        );
        return armed;
      },
      clearTimeout: (armed) => {
        const { timer } = armed as { timer: Timer | null };
        if (timer !== null) clock.clearTimeout(timer);
      },
    },
    space: {
      everyMs: spaceLookEveryMs(options),
      readFreeBytes: (done) => done(server.shortSinceMs === null ? Infinity : 0),
    },
    random: () => timers.next(),
    defer: (task) => {
      const delayMs = turns.next() * (options.mostTurnMs + server.lagMs);
      clock.setTimeout(() => touch('turn', task), delayMs, owner);
    },
  };
}

/** The store of this run of the process. */
export function storeOf(life: Life, latency: Random): Store {
  const { owner, server, env } = life;
  const { clock, options, checker } = env;
  const { diskLeastMs, diskMostMs } = options;
  const store = new MemoryStore(server.memoryDisk, (task) => {
    const delayMs = diskLeastMs + latency.next() * (diskMostMs - diskLeastMs);
    clock.setTimeout(() => env.touch(server, 'disk', null, task), delayMs, owner);
  });
  return watchedStore(store, {
    isAlive: () => owner.alive,
    written: (lines) => {
      checker.written(server.id, lines);
      if (mustKnowItIsShort(life)) appendedWithoutSpace(server, lines, checker.report);
    },
    snapshotted: (how) => checker.snapshots.finished(server.id, how, server.disk),
    reached: (effect) => reached(life, effect),
  });
}

function spaceLookEveryMs({ timing }: SimulationOptions): number {
  return timing.heartbeatMs;
}

/**
 * Whether the server must have noticed that its disk is short of space, and be done with what it
 * took before. Where turns or whole processes stand still, nobody can say.
 */
function mustKnowItIsShort({ server: { shortSinceMs }, env: { clock, options } }: Life): boolean {
  const { faults, mostTurnMs } = options;
  if (shortSinceMs === null || faults.applyLag || faults.pause || faults.pauseAfterSend)
    return false;
  return clock.now - shortSinceMs > 2 * spaceLookEveryMs(options) + 2 * mostTurnMs;
}
