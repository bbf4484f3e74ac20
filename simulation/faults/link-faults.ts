/**
 * Shapes of a broken network: which links a partition blocks, and how it begins and ends.
 */
import type { ServerId } from '../../machines/messages.ts';
import type { Network } from '../network.ts';
import type { Random } from '../random.ts';

export type Pair = readonly [from: ServerId, to: ServerId];

/** Two halves; `bridge`, if it is one of them, reaches both and is reached by both. */
export function halves(
  servers: readonly ServerId[],
  bridge: ServerId | null,
  random: Random,
): readonly Pair[] {
  const side = new Map(servers.map((server) => [server, random.chance(0.5)]));
  return servers.flatMap((from) =>
    servers
      .filter((to) => from !== bridge && to !== bridge && side.get(from) !== side.get(to))
      .map((to): Pair => [from, to]),
  );
}

/** Every link from and to `target`. */
export function isolation(servers: readonly ServerId[], target: ServerId): readonly Pair[] {
  const others = servers.filter((server) => server !== target);
  return others.flatMap((other): Pair[] => [
    [other, target],
    [target, other],
  ]);
}

/** Links of `target` in one direction only, most of them. */
export function oneWay(
  servers: readonly ServerId[],
  target: ServerId,
  random: Random,
): readonly Pair[] {
  const others = servers.filter((server) => server !== target && random.chance(0.7));
  const inward = random.chance(0.5);
  return others.map((other): Pair => (inward ? [other, target] : [target, other]));
}

/**
 * Blocks the links until it is undone. Every other time the connections break visibly first, as
 * when a router answers for the lost side: then a new leader rises long before the old one steps
 * down.
 */
export function split(network: Network, pairs: readonly Pair[], random: Random): () => void {
  const visibly = random.chance(0.5);
  for (const [from, to] of pairs) if (visibly) network.cut(from, to);
  for (const [from, to] of pairs) network.block(from, to);
  return () => {
    for (const [from, to] of pairs) network.unblock(from, to);
  };
}
