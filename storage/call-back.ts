/**
 * How a store calls its owner back. What is thrown there is the owner's bug, not the disk's: it ends
 * the process like any exception that nobody catches, and the store's own work, which a stop waits for
 * before it closes its files, goes on as if nothing had been.
 */
export function callBack(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
