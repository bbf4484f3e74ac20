/**
 * What each kind of fault does to a cluster, and how it ends. When and how often is faults.ts.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { FaultKind } from '../options/fault-options.ts';
import { halves, isolation, oneWay, split, type Pair } from './link-faults.ts';
import {
  answersLate,
  campaignAlone,
  promisersRestart,
  slowFollower,
  votesLate,
} from './election-faults.ts';
import type { Strike, Undo } from './strike.ts';
import { effects } from './victim.ts';

/** Kinds that set a trap: they count when it strikes. */
export const waiting: ReadonlySet<FaultKind> = new Set([
  ...(['crashAtEffect', 'isolateAfterAppend', 'pauseAfterSend', 'campaignAlone'] as const),
]);

/** Of an entry's index, so much lies at most between the end of the log and what doubt forgets. */
const recentEntries = 10;
/** A doubtful server has its log back, and says so, within about so many syncs. */
const mostSyncsToTrust = 4;

/** Begins a fault; null when it would go beyond what a cluster promises to survive. */
export function begin(kind: FaultKind, strike: Strike): Undo | null {
  const { victim, target, random, durationMs } = strike;
  const { servers, network } = victim;
  const disk = victim.disk(target);
  switch (kind) {
    case 'crash':
      victim.crash(target);
      return () => victim.start(target);
    case 'powerCut':
      for (const server of servers) victim.crash(server);
      return () => {
        for (const server of servers) victim.start(server);
      };
    case 'crashAtEffect':
      return crashAtEffect(strike);
    case 'pause':
      victim.pause(target, durationMs);
      return () => victim.resume(target);
    case 'pauseAfterSend':
      return pauseAfterSend(strike);
    case 'applyLag':
      victim.lag(durationMs * random.next());
      return () => victim.lag(0);
    case 'partition': {
      const alone = random.chance(0.5);
      const pairs = alone ? isolation(servers, target) : halves(servers, null, random);
      return split(network, pairs, random);
    }
    case 'bridge':
      return split(network, halves(servers, target, random), random);
    case 'oneWay':
      return split(network, oneWay(servers, target, random), random);
    case 'isolateAfterAppend':
      return isolateAfterAppend(strike);
    case 'cut':
      for (const other of servers) {
        if (other !== target && random.chance(0.6)) network.cut(target, other);
      }
      return () => undefined;
    case 'repliesLost': {
      const lose = random.chance(0.5)
        ? (lost: boolean) => network.loseReplies(target, lost)
        : (lost: boolean) => victim.loseAnswers(lost);
      lose(true);
      return () => lose(false);
    }
    case 'diskStall':
      disk.stall();
      return () => disk.unstall();
    case 'diskFail':
      disk.failNextSync = true;
      return () => {
        disk.failNextSync = false;
        victim.start(target);
      };
    case 'diskFull':
      disk.full = true;
      return () => {
        disk.full = false;
        victim.start(target);
      };
    case 'diskShort':
      victim.space(target, false);
      return () => victim.space(target, true);
    case 'bitRot':
      // What is on the disk cannot be read back: the server refuses to start, and stays down.
      victim.crash(target);
      disk.rotten = true;
      victim.start(target);
      return () => {
        disk.rotten = false;
        victim.start(target);
      };
    case 'doubt':
      return doubt(strike);
    case 'transfer':
      return transfer(strike);
    case 'votesLate':
      return votesLate(strike);
    case 'campaignAlone':
      return campaignAlone(strike);
    case 'answersLate':
      return answersLate(strike);
    case 'slowFollower':
      return slowFollower(strike);
    case 'promisersRestart':
      return promisersRestart(strike);
  }
}

/** The leader is asked to hand over; every other time it hears nothing of what comes of it. */
function transfer({ victim, random }: Strike): Undo {
  const leader = victim.leader();
  victim.transfer(random.pick(victim.servers));
  if (leader === null || random.chance(0.5)) return () => undefined;
  const others = victim.servers.filter((server) => server !== leader);
  const inward = others.map((other): Pair => [other, leader]);
  return split(victim.network, inward, random);
}

/**
 * Synced entries are lost: at most as many voters are doubtful as the others can outvote. Most
 * times the server dies once more while it is having them back.
 */
function doubt({ victim, target, random, trap }: Strike): Undo | null {
  const isDoubtful = (server: ServerId): boolean =>
    victim.disk(server).durableVote.trust === 'doubtful';
  const disk = victim.disk(target);
  const last = disk.durableLastIndex;
  const least = random.chance(0.5) ? Math.max(0, last - recentEntries) : 0;
  const kept = random.int(least, last);
  const { voters, outgoing } = victim.configuration();
  const isBeyond = [voters, outgoing].some((side) => {
    const doubtful = side.filter((server) => server === target || isDoubtful(server));
    return side.includes(target) && doubtful.length * 2 >= side.length;
  });
  if (isBeyond) return null;
  victim.crash(target);
  disk.forget(Math.min(kept, disk.durableLastIndex));
  if (random.chance(0.4)) return () => victim.start(target);
  // Most goes wrong in the sync that ends the doubt: what it says must be true whatever it leaves.
  const atProof = random.chance(0.5);
  let syncsLeft = random.int(1, mostSyncsToTrust);
  const untrap = trap({
    at: 'sync',
    spring: (server) => {
      if (server !== target) return false;
      syncsLeft -= 1;
      if (atProof ? !disk.isProving : syncsLeft > 0) return false;
      victim.crash(target);
      return true;
    },
  });
  victim.start(target);
  return () => {
    untrap();
    victim.start(target);
  };
}

/** The target, or whoever leads, dies between two effects. */
function crashAtEffect({ victim, target, random, trap }: Strike): Undo {
  const whoever = random.chance(0.5);
  let died: ServerId | null = null;
  const untrap = trap({
    at: random.pick(effects),
    spring: (server) => {
      if (server !== (whoever ? victim.leader() : target)) return false;
      died = server;
      victim.crash(server);
      return true;
    },
  });
  return () => {
    untrap();
    if (died !== null) victim.start(died);
  };
}

/** The leader alone has the entry, durable or not, when nobody hears it any more. */
function isolateAfterAppend({ victim, random, trap }: Strike): Undo {
  let unsplit: Undo = () => undefined;
  const untrap = trap({
    at: random.pick(['append', 'synced']),
    spring: (server) => {
      if (server !== victim.leader()) return false;
      unsplit = split(victim.network, isolation(victim.servers, server), random);
      return true;
    },
  });
  return () => {
    untrap();
    unsplit();
  };
}

/** The leader stands still with its questions asked: old answers wait for it, and newer readers. */
function pauseAfterSend({ victim, durationMs, trap }: Strike): Undo {
  let paused: ServerId | null = null;
  const untrap = trap({
    at: 'send',
    spring: (server) => {
      if (server !== victim.leader()) return false;
      paused = server;
      victim.pause(server, durationMs);
      return true;
    },
  });
  return () => {
    untrap();
    if (paused !== null) victim.resume(paused);
  };
}
