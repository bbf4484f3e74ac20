/**
 * House rules as tests (STYLE 15): who imports whom, what is banned where and what to use instead.
 *
 * A rule worth keeping is a line here. Every rule is also shown a file that breaks it, because a
 * check that cannot fail checks nothing. What must run in a page is bundled for one.
 */
import { expect } from 'chai';
import ts from 'typescript';
import { bundleForBrowser } from './support/browser-bundle.ts';
import { bans, type Ban } from './support/bans.ts';
import { citationsIn, filesNamedIn, linksIn, readPages, resolves } from './support/citations.ts';
import { forbids } from './support/import-rules.ts';
import {
  countIdentifiers,
  exportedValues,
  linesWhere,
  readSources,
  sourceFolders,
  sourceOf,
} from './support/sources.ts';
import type { Source } from './support/sources.ts';

const sources = readSources(sourceFolders);
const tests = readSources(['test']);
/** Past this a file has a second question (STYLE 2). */
const maxLines = 300;

describe('tidy: imports', () => {
  it('follow the table of who may import whom, types included', () => {
    expect(sources.flatMap(forbiddenImports)).to.deep.equal([]);
  });

  it('would be caught: xstate in a rule, a disk in a chart, a socket in the log', () => {
    const broken = [
      sourceOf('machines/rules/quorum.ts', "import { assign } from 'xstate';"),
      sourceOf('machines/roles/leader.ts', "import type { Store } from '../../storage/store.ts';"),
      sourceOf('storage/lines.ts', "export { x } from '../transport/codec.ts';"),
      sourceOf('actors/replica.ts', "import { openDiskStore } from '../storage/disk-store.ts';"),
      sourceOf('storage/lines.ts', "import { lastIndex } from '../machines/log.ts';"),
    ];
    expect(broken.map((source) => forbiddenImports(source).length)).to.deep.equal([1, 1, 1, 1, 1]);
  });
});

describe('tidy: banned words', () => {
  for (const ban of bans) {
    it(`${ban.title}: ${ban.instead}`, () => {
      expect([...sources, ...tests].flatMap((source) => breaches(ban, source))).to.deep.equal([]);
    });

    it(`${ban.title}: would be caught`, () => {
      const [path, text] = ban.example;
      expect(breaches(ban, sourceOf(path, text))).to.have.length(1);
    });
  }
});

describe('tidy: files', () => {
  it('begin by saying what they are', () => {
    const silent = [...sources, ...tests].filter(({ text }) => !/^(#!.*\n)?\/\*\*/.test(text));
    expect(silent.map(({ path }) => path)).to.deep.equal([]);
  });

  it(`answer one question each, in at most ${maxLines} lines`, () => {
    const long = sources.filter(({ text }) => text.split('\n').length > maxLines);
    expect(long.map(({ path }) => path)).to.deep.equal([]);
  });

  const paths = [...sources, ...tests].map(({ path }) => path);
  const isThere = (name: string): boolean => paths.some((path) => `/${path}`.endsWith(`/${name}`));

  it('are there where a comment names them', () => {
    const gone = [...sources, ...tests].flatMap(({ path, text }) =>
      filesNamedIn(text)
        .filter((name) => !isThere(name))
        .map((name) => `${path}: ${name}`),
    );
    expect(gone, 'name the file as it is called now').to.deep.equal([]);
  });

  it('would be missed where a comment names them', () => {
    const gone = 'support/gone';
    const text = `/** See log.ts, *.machine.ts. */\nimport './a.ts';\n// ${gone}.ts, '//b.ts', y.\n`;
    expect(filesNamedIn(text)).to.deep.equal(['log.ts', `${gone}.ts`]);
    expect(filesNamedIn(text).map(isThere)).to.deep.equal([true, false]);
  });

  it('export no function, class or constant that nothing uses', () => {
    const uses = countIdentifiers([...sources, ...tests]);
    const dead = sources
      .filter(({ path }) => !isEntryPoint(path))
      .flatMap((source) =>
        exportedValues(source)
          .filter((name) => (uses.get(name) ?? 0) < 2)
          .map((name) => `${source.path}: ${name}`),
      );
    expect(dead, 'delete what nothing uses').to.deep.equal([]);
  });
});

describe('tidy: documents', () => {
  const pages = readPages();

  it('are there where a comment cites them, and so is the heading', () => {
    const broken = sources.flatMap(({ path, text }) =>
      citationsIn(text)
        .filter((cited) => !resolves(cited, pages))
        .map((cited) => `${path}: ${cited}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('link to what exists', () => {
    const broken = [...pages].flatMap(([path, text]) =>
      linksIn(path, text)
        .filter((link) => !resolves(link, pages))
        .map((link) => `${path}: ${link}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('would be missed', () => {
    const page = new Map([['docs/words.md', '# Words\n\n### Two words\n']]);
    const cited = ['docs/words.md', 'docs/words.md#two-words', 'docs/words.md#three', 'docs/no.md'];
    expect(cited.map((one) => resolves(one, page))).to.deep.equal([true, true, false, false]);
  });
});

describe('tidy: browser', () => {
  it('can bundle machines, replicated, simulation, actors and the in-memory twins', async () => {
    const { errors, files } = await bundleForBrowser(sources.map(({ path }) => path));
    expect(errors).to.deep.equal([]);
    expect(files).to.include('machines/server.machine.ts');
    const nodeOnly = sources
      .filter(({ path }) => files.includes(path))
      .flatMap((source) => breaches(noNodeGlobals, source));
    expect(nodeOnly, 'use Uint8Array, TextEncoder and the ports').to.deep.equal([]);
  }).timeout(60_000);

  it('would notice a node builtin', async () => {
    const { errors } = await bundleForBrowser(['test/support/sources.ts'], () => true);
    expect(errors.join('\n')).to.include('node:fs');
  }).timeout(60_000);
});

const noNodeGlobals: Ban = {
  title: 'Node globals in a page',
  instead: 'Uint8Array, TextEncoder and the ports',
  applies: () => true,
  matches: (node) =>
    ts.isIdentifier(node) && ['Buffer', 'process', '__dirname'].includes(node.text),
  example: ['machines/x.ts', 'Buffer.from([])'],
};

function forbiddenImports({ path, imports }: Source): string[] {
  return imports.flatMap((imported) => {
    const why = forbids(path, imported);
    return why === null ? [] : [`${path} imports ${imported.from}: ${why}`];
  });
}

function breaches(ban: Ban, source: Source): string[] {
  if (!ban.applies(source.path)) return [];
  return linesWhere(source, (node) => ban.matches(node, source)).map(
    (line) => `${source.path}:${line}`,
  );
}

/** What package.json and the commands name, and the machines, which the charts find by file name. */
function isEntryPoint(path: string): boolean {
  return /(^apps\/.*main|^docs\/examples\/|\.machine|^actors\/(node|client)|^simulation\/simulate)/.test(
    path,
  );
}
