/**
 * An empty project with this package in it, as a user gets it: packed, then installed by npm.
 *
 * Packed once per test run, from `dist/` as the end-to-end tests build it. npm takes what it can from
 * its cache, so that beside the registry nothing is asked.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from '../e2e/build.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Finished {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end, `node` being the one that runs the tests. Never rejects. */
export function run(cwd: string, program: string, ...argv: string[]): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(program, argv, { cwd, maxBuffer: 16 << 20 }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

/** The same, and a failure is one of the test. */
async function must(cwd: string, program: string, ...argv: string[]): Promise<string> {
  const { code, out, err } = await run(cwd, program, ...argv);
  if (code !== 0)
    throw new Error(`${program} ${argv.join(' ')} exited with ${code}:\n${out}${err}`);
  return out;
}

export interface Project {
  readonly dir: string;
  /** The packed package. */
  readonly tarball: string;
  /** Paths in it, without `package/`. */
  readonly files: readonly string[];
  remove(): Promise<void>;
}

/** Packs, makes an empty project, and installs. */
export async function installedProject(): Promise<Project> {
  await ensureBuilt();
  const dir = await mkdtemp(join(tmpdir(), 'statecraft-package-'));
  // Scripts are left out: `prepare` would build once more.
  const packed = await must(
    root,
    'npm',
    ...['pack', '--ignore-scripts', '--json', '--pack-destination', dir],
  );
  const [{ filename, files }] = JSON.parse(packed) as [
    { filename: string; files: { path: string }[] },
  ];
  const tarball = join(dir, filename);
  const manifest = { name: 'empty', version: '1.0.0', type: 'module', private: true };
  await writeFile(join(dir, 'package.json'), JSON.stringify(manifest));
  await must(dir, 'npm', ...['install', tarball, '--prefer-offline', '--no-audit', '--no-fund']);
  return {
    dir,
    tarball,
    files: files.map(({ path }) => path),
    remove: () => rm(dir, { recursive: true, force: true, maxRetries: 3 }),
  };
}

/** A TypeScript sample of a page, and what the page says that it prints; null: nothing is said. */
export interface Sample {
  readonly code: string;
  readonly prints: string | null;
}

/** The output is the block of text behind a sample, with only prose between. */
export async function samplesOf(page: string): Promise<Sample[]> {
  const text = await readFile(join(root, page), 'utf8');
  const samples = /^```ts\n(.*?)^```$(?:[^`]*^```text\n(.*?)^```$)?/gms;
  return [...text.matchAll(samples)].map(([, code = '', prints]) => ({
    code,
    prints: prints ?? null,
  }));
}

/** Lets the project compile: types of Node come with the package, the settings are a strict user's. */
export async function prepareTypes({ dir }: Project): Promise<void> {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable', 'dom'],
    types: ['node'],
    skipLibCheck: true,
    outDir: 'out',
  };
  const config = { compilerOptions, include: ['*.ts'] };
  await writeFile(join(dir, 'tsconfig.json'), JSON.stringify(config));
}

/** Compiles all `.ts` files of the project into `out/`; returns what the compiler complains about. */
export async function compile({ dir }: Project): Promise<string> {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return (await run(dir, process.execPath, tsc, '-p', '.')).out;
}
