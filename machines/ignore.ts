/** Written-down indifference: these events mean nothing in the state that lists them. */
export function ignore<T extends string>(...types: T[]): Record<T, object> {
  return Object.fromEntries(types.map((type) => [type, {}])) as Record<T, object>;
}
