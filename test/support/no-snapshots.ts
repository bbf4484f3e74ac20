/** For server actors whose test has no state, so that nothing of it is saved or restored. */
const nothing = (): void => undefined;

export const noSnapshots = {
  onRecovered: nothing,
  install: nothing,
  saving: { look: nothing, save: nothing, compact: nothing, progressed: nothing },
} as const;
