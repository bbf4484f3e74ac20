/** One table of error codes: whole, without dead rows, and the same in the sources and the pages. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { errorCodes } from '../../actors/error-codes/index.ts';
import { errorPages, errorsFolder } from '../../apps/docs/error-pages.ts';
import { exitCodes, exitCodeOf } from '../../apps/cli/exit-codes.ts';
import { StatecraftError } from '../../actors/errors.ts';
import { readSources, sourceFolders } from '../support/sources.ts';

/** Codes that the files of these folders name, in code or comments. */
function codesIn(files: readonly { readonly text: string }[]): Set<string> {
  return new Set(files.flatMap(({ text }) => text.match(/\bERR_[A-Z_]*[A-Z]\b/g) ?? []));
}

/** Without the examples, whose machines have codes of their own. */
const sources = readSources(sourceFolders.filter((folder) => folder !== 'docs/examples'));
const isTable = (path: string): boolean => /^actors\/error-codes\/|exit-codes\.ts$/.test(path);

describe('error codes', () => {
  it('are all in the table: who meets one can look it up', () => {
    const missing = [...codesIn(sources)].filter((code) => !errorCodes.has(code));
    expect(missing, 'add them to actors/error-codes/, then run "npm run docs"').to.deep.equal([]);
  });

  it('are all raised somewhere: the table promises nothing that cannot happen', () => {
    const raised = codesIn(sources.filter(({ path }) => !isTable(path)));
    const dead = [...errorCodes.keys()].filter((code) => !raised.has(code));
    expect(dead, 'delete their rows').to.deep.equal([]);
  });

  it('are told in whole sentences', () => {
    for (const [code, { meaning, cause, remedy }] of errorCodes) {
      for (const text of [meaning, cause, remedy]) expect(text, code).to.match(/^\S.*\.$/);
    }
  });

  it('have a page each, and no page is stale: run "npm run docs" after a change', () => {
    const pages = errorPages();
    expect(readdirSync(errorsFolder).sort()).to.deep.equal([...pages.keys()].sort());
    for (const [name, text] of pages) {
      expect(readFileSync(join(errorsFolder, name), 'utf8'), name).to.equal(text);
    }
  });

  it('of a damaged, foreign or locked directory exit with 9', () => {
    const ofDirectory = [...errorCodes.keys()].filter((code) =>
      /DATA_DIR|CORRUPT|VOTE_STATE|IDENTITY|FORMAT|STORAGE/.test(code),
    );
    expect(ofDirectory).to.have.length(8);
    for (const code of ofDirectory) {
      expect(exitCodeOf(new StatecraftError(code, '')), code).to.equal(exitCodes.dataDir);
    }
  });
});
