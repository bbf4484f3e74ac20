/** The package as users get it: packed, installed in an empty project, run, compiled against. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { readSources, sourceFolders } from '../support/sources.ts';
import { guideGlobals } from './guide-globals.ts';
import {
  compile,
  installedProject,
  prepareTypes,
  root,
  run,
  samplesOf,
  type Project,
} from './project.ts';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}

/** Every entry that can be imported, by its name. */
const entriesOf = ({ exports }: Manifest): string[] =>
  Object.keys(exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => `statecraft${entry.slice(1)}`);

describe('package', function () {
  this.timeout(300_000);
  let project: Project;
  let manifest: Manifest;

  before(async () => {
    manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Manifest;
    project = await installedProject();
  });

  after(() => project.remove());

  it('runs a demo where nothing but the package is installed', async () => {
    const argv = ['statecraft', 'demo', '-o', 'json', '--no-open'];
    const demo = spawn('npx', ['--no-install', ...argv], { cwd: project.dir, detached: true });
    const errors: string[] = [];
    demo.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
    const exited = once(demo, 'exit');
    const lines = createInterface(demo.stdout);
    const first = await Promise.race([once(lines, 'line'), exited.then(() => null)]);
    expect(first, errors.join('')).to.not.equal(null);
    const ready = JSON.parse(String(first?.[0])) as { ready: boolean; nodes: unknown[] };
    expect(ready).to.include({ ready: true }).and.to.have.property('nodes').with.length(3);

    // The whole group: npx does not hand signals on to what it runs everywhere.
    process.kill(-demo.pid!, 'SIGTERM');
    await exited;
  });

  it('holds what it exports, and no tests, settings or maps', () => {
    const strange = project.files.filter(
      (path) =>
        !/^(dist|docs)\/|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(path) ||
        /^dist\/(test|docs)\/|\.map$|tsbuildinfo/.test(path),
    );
    expect(strange).to.deep.equal([]);
    for (const entry of Object.values(manifest.exports)) {
      for (const path of typeof entry === 'string' ? [entry] : Object.values(entry as object)) {
        expect(project.files).to.include(String(path).slice(2));
      }
    }
  });

  it('can be imported, and required, by every entry', async () => {
    const entries = entriesOf(manifest);
    expect(entries).to.include.members(['statecraft', 'statecraft/client', 'statecraft/testing']);
    const check = 'const names = Object.keys(loaded); if (names.length === 0) throw Error(entry);';
    await writeFile(
      join(project.dir, 'all.mjs'),
      `for (const entry of ${JSON.stringify(entries)}) { const loaded = await import(entry); ${check} }`,
    );
    await writeFile(
      join(project.dir, 'all.cjs'),
      `for (const entry of ${JSON.stringify(entries)}) { const loaded = require(entry); ${check} }`,
    );
    for (const file of ['all.mjs', 'all.cjs']) {
      const { code, err } = await run(project.dir, process.execPath, file);
      expect(code, err).to.equal(0);
    }
  });

  it("shares the user's xstate: there is one copy, and it is the user's", async () => {
    expect(Object.keys(manifest.peerDependencies)).to.deep.equal(['xstate']);
    expect(manifest.dependencies).to.not.have.property('xstate');
    const { out } = await run(project.dir, 'npm', 'ls', 'xstate', '--all', '--parseable');
    expect(out.trim().split('\n')).to.deep.equal([join(project.dir, 'node_modules/xstate')]);
  });

  it('depends at run time on what its code imports, and on nothing else', () => {
    const shipped = readSources(sourceFolders).filter(
      ({ path }) => !/^(docs|apps\/(?!(cli|chart)\/))/.test(path),
    );
    const imported = shipped.flatMap(({ imports }) =>
      imports.filter(({ isPackage, from }) => isPackage && !from.startsWith('node:')),
    );
    const names = new Set(imported.map(({ from }) => /^(@[^/]+\/)?[^/]+/.exec(from)?.[0]));
    const listed = [
      ...Object.keys(manifest.dependencies),
      ...Object.keys(manifest.peerDependencies),
    ];
    // The published declarations speak of ws's types, which come in a package of their own.
    const types = listed.filter((name) => name.startsWith('@types/'));
    expect(types).to.deep.equal(['@types/ws']);
    const code = listed.filter((name) => !types.includes(name));
    expect([...names].sort()).to.deep.equal(code.sort());
  });

  it('satisfies publint', async () => {
    const publint = join(root, 'node_modules/publint/src/cli.js');
    const { code, out, err } = await run(root, process.execPath, publint, 'run', project.tarball);
    expect(code, out + err).to.equal(0);
    expect(out).to.include('All good!');
  });

  it('resolves its types wherever ESM is understood (attw)', async () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    const argv = [attw, project.tarball, '--profile', 'esm-only', '--format', 'table-flipped'];
    const { code, out, err } = await run(root, process.execPath, ...argv);
    expect(code, out + err).to.equal(0);
    expect(out).to.include('statecraft/inspect');
  });

  it('compiles what the README and the quick start show, and runs it', async () => {
    await prepareTypes(project);
    const pages = ['README.md', 'docs/guides/quick-start.md'];
    const said = new Map<string, string | null>();
    for (const page of pages) {
      for (const [i, { code, prints }] of (await samplesOf(page)).entries()) {
        const name = `${page.replaceAll(/\W/g, '-')}-${i}`;
        // Any free port: the documented ones may be taken, or the samples meet each other.
        const text = code.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:0');
        await writeFile(join(project.dir, `${name}.ts`), text);
        said.set(name, prints);
      }
    }
    expect([...said.values()].filter((prints) => prints !== null)).to.have.length(2);
    expect(await compile(project)).to.equal('');
    for (const [name, prints] of said) {
      // A folder for each, as for a reader: some have the same data directory.
      const cwd = join(project.dir, name);
      await mkdir(cwd);
      const at = join(project.dir, `out/${name}.js`);
      const { code, out, err } = await run(cwd, process.execPath, at);
      expect(code, `${name}: ${out}${err}`).to.equal(0);
      if (prints !== null) expect(out, name).to.equal(prints);
    }
  });

  it('compiles what the other guides show', async () => {
    await prepareTypes(project);
    await writeFile(join(project.dir, 'globals.ts'), guideGlobals);
    const pages = ['docs/guides/client.md', 'docs/guides/locks.md', 'docs/inspect.md'];
    for (const page of pages) {
      const samples = await samplesOf(page);
      expect(samples, page).to.have.length.above(1);
      for (const [i, { code }] of samples.entries()) {
        // Of Stately's package, which is not installed here.
        if (code.includes('@statelyai')) continue;
        const name = `${page.replaceAll(/\W/g, '-')}-${i}.ts`;
        await writeFile(join(project.dir, name), `export {};\n${code}`);
      }
    }
    expect(await compile(project)).to.equal('');
  });

  it('would notice a sample that does not compile', async () => {
    const wrong = "import { createNode } from 'statecraft';\nawait createNode({ id: 1 });\n";
    await writeFile(join(project.dir, 'wrong.ts'), wrong);
    expect(await compile(project)).to.include('wrong.ts(2,');
  });
});
