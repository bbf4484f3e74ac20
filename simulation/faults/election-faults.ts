/**
 * Faults that go for who leads: votes, answers and promises that are older than they look (§5.2; thesis
 * §6.4).
 */
import type { ServerId } from '../../machines/messages.ts';
import { isolation, split } from './link-faults.ts';
import type { Strike, Undo } from './strike.ts';

/** An election begins, whose votes arrive when the candidate may have gone on to another term. */
export function votesLate({ victim, target, durationMs }: Strike): Undo {
  const { network } = victim;
  const gone = victim.leader() ?? target;
  const onTime = network.delayVotes(durationMs);
  victim.crash(gone);
  return () => {
    onTime();
    victim.start(gone);
  };
}

/**
 * A leader lives on while somebody goes into a new term and reaches nobody there: all had seen the
 * leader's connections close, and were ready to elect another.
 */
export function campaignAlone({ victim, trap }: Strike): Undo {
  const { network, servers } = victim;
  const leader = victim.leader();
  let candidate: ServerId | null = null;
  // Before its requests leave: they wait for this sync.
  const untrap = trap({
    at: 'sync',
    spring: (server) => {
      if (!victim.isCandidate(server)) return false;
      candidate = server;
      for (const other of servers) network.block(server, other);
      return true;
    },
  });
  for (const other of servers) {
    if (leader !== null && other !== leader) network.cut(leader, other);
  }
  return () => {
    untrap();
    if (candidate !== null) for (const other of servers) network.unblock(candidate, other);
  };
}

/**
 * What the leader is answered comes late; then its connections close, so that the others elect another
 * at once, while the answers to its old questions still arrive (thesis §6.4).
 */
export function answersLate({ victim, random, durationMs }: Strike): Undo | null {
  const { network, servers, clock } = victim;
  const leader = victim.leader();
  if (leader === null) return null;
  const others = servers.filter((server) => server !== leader);
  const onTime = others.map((other) => network.slowDown(other, leader, durationMs / 2));
  let isOver = false;
  let unblock: Undo = () => undefined;
  clock.setTimeout(
    () => {
      if (isOver) return;
      network.died(leader);
      for (const other of others) network.block(leader, other);
      unblock = () => {
        for (const other of others) network.unblock(leader, other);
      };
    },
    (durationMs / 2) * random.next(),
  );
  return () => {
    isOver = true;
    unblock();
    for (const undo of onTime) undo();
  };
}

/** A follower hears its leader without a break, and later and later. */
export function slowFollower({ victim, random, durationMs }: Strike): Undo | null {
  const leader = victim.leader();
  const others = victim.servers.filter((server) => server !== leader);
  if (leader === null) return null;
  return victim.network.slowDown(leader, random.pick(others), durationMs);
}

/**
 * Those who promised the leader not to vote die and are back at once, again and again, when the leader
 * does not reach somebody else, who may be campaigning just then (thesis §6.4.1). Of the leader they hear
 * heartbeats alone, so that their logs are not ahead and their votes are to be had.
 */
export function promisersRestart({ victim, random, durationMs }: Strike): Undo | null {
  const { network, servers, clock } = victim;
  const leader = victim.leader();
  if (leader === null) return null;
  const others = servers.filter((server) => server !== leader);
  const candidate = random.pick(others);
  const promisers = others.filter((server) => server !== candidate);
  const unsplit = split(network, isolation([leader, candidate], leader), random);
  for (const server of promisers) network.loseEntries(leader, server, true);
  let isOver = false;
  let areCut = false;
  const restart = (): void => {
    for (const server of promisers) {
      network.block(leader, server);
      victim.crash(server);
      victim.start(server);
    }
    areCut = true;
  };
  const promise = (): void => {
    for (const server of promisers) if (areCut) network.unblock(leader, server);
    areCut = false;
  };
  const turn = (): void => {
    if (isOver) return;
    if (areCut) promise();
    else restart();
    clock.setTimeout(turn, durationMs * (areCut ? 0.05 + random.next() / 10 : random.next() / 20));
  };
  clock.setTimeout(turn, durationMs * (0.2 + random.next() / 4));
  return () => {
    isOver = true;
    promise();
    unsplit();
    for (const server of promisers) network.loseEntries(leader, server, false);
  };
}
