/**
 * The shell in which npm runs a script or `npx` a command. npm hands SIGINT and SIGTERM to that shell
 * alone, and many a shell dies of them without a word to the program that it waits for, which would run
 * on for ever, nobody's. `exec` in the script leaves no shell in between, but Windows has no such word.
 *
 * Nothing tells of the end of a parent, so it is looked at. On Windows it never changes.
 */

/** How often, in milliseconds. */
const lookEveryMs = 100;

/**
 * Calls back once when the shell of npm is gone, until the returned function is called; never in a
 * process that npm did not run. `parent` is the id of the parent process, now.
 */
export function onShellGone(
  env: Readonly<Record<string, string | undefined>>,
  parent: () => number,
  callback: () => void,
): () => void {
  if (env['npm_lifecycle_event'] === undefined) return () => undefined;
  const shell = parent();
  const timer = setInterval(() => {
    if (parent() === shell) return;
    clearInterval(timer);
    callback();
  }, lookEveryMs);
  return () => clearInterval(timer);
}
