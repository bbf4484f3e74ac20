/**
 * Loads the console's client when somebody opens the console: watchers need none. There is one for the
 * page, so that a load goes on while its reader looks at another view.
 *
 * zod, which checks what servers say, compiles its schemas with `new Function` where it may. The policy
 * of this page forbids even the try, so zod is told before any schema is made.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { Console } from './console.ts';
import type { ServerModel } from './server-model.ts';

/** null until it is loaded. */
export const pageConsole = signal<Console | null>(null);
let loading: Promise<void> | null = null;

/** Makes the page's console, once; it begins with the `servers` of now, and knows later ones by name. */
export function loadConsole(servers: ReadonlySignal<readonly ServerModel[]>): void {
  if (servers.peek().length === 0) return;
  loading ??= load(servers);
}

async function load(servers: ReadonlySignal<readonly ServerModel[]>): Promise<void> {
  const { config } = await import('zod');
  config({ jitless: true });
  const { Console } = await import('./console.ts');
  pageConsole.value = new Console(servers);
}
