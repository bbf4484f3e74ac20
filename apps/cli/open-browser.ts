/**
 * Opens an address in the browser of whoever sits at this machine.
 *
 * A convenience: where there is no screen or no browser nothing happens, since the address was
 * printed, too.
 */
import { spawn } from 'node:child_process';

type Environment = Readonly<Record<string, string | undefined>>;

export function openBrowser(url: string, env: Environment): void {
  const command = openerOf(process.platform, env);
  if (command === null) return;
  const child = spawn(command, [url], { detached: true, stdio: 'ignore' });
  child.on('error', () => undefined);
  child.unref();
}

/** The command that opens an address; null where it would find no screen. */
export function openerOf(platform: NodeJS.Platform, env: Environment): string | null {
  if (platform === 'darwin') return 'open';
  if (platform === 'win32') return 'explorer';
  return (env['DISPLAY'] ?? env['WAYLAND_DISPLAY'] ?? '') === '' ? null : 'xdg-open';
}
