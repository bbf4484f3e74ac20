/**
 * How whoever holds several things lets go of them all: what cannot be closed must not keep the rest,
 * files, ports and the lock. It is told all the same, when everything has been tried.
 */

/** Takes all `steps` in turn, whatever becomes of those before; rejects with the first failure. */
export async function closeAll(steps: readonly (() => Promise<void> | void)[]): Promise<void> {
  let failure: { readonly error: unknown } | null = null;
  for (const step of steps) {
    try {
      await step();
    } catch (error) {
      failure ??= { error };
    }
  }
  if (failure !== null) throw failure.error;
}
