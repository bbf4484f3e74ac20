/**
 * Loads the console's client when somebody opens the console: watchers need none.
 *
 * zod, which checks what servers say, compiles its schemas with `new Function` where it may. The policy
 * of this page forbids even the try, so zod is told before any schema is made.
 */
import type { Console } from './console.ts';

export async function loadConsole(): Promise<typeof Console> {
  const { config } = await import('zod');
  config({ jitless: true });
  return (await import('./console.ts')).Console;
}
