/**
 * Gives an inline action, guard or parameter function the Raft name under which pictures,
 * inspectors and tests show it; XState would say `assign` or nothing.
 */
export function named<T extends object>(name: string, implementation: T): T {
  return Object.defineProperty(implementation, 'name', { value: name });
}
