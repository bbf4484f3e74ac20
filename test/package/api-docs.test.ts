/**
 * The documentation of the public API, as TypeDoc sees it: nothing undocumented, no broken link.
 *
 * Every symbol needs a sentence; the properties of what users build and read (nodes, clients), too.
 * Those of charts and simulations are the paper's words, or are told by the type that they are in.
 */
import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { Application, Logger, LogLevel, TypeDocReader } from 'typedoc';

class Warnings extends Logger {
  readonly texts: string[] = [];
  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.texts.push(message);
  }
}

/** What a machine's inferred type holds is drawn in docs/charts/, not documented a second time. */
const isOfChart = (text: string): boolean => /^statecraft\/machines\.\w+Machine\.__type/.test(text);
const isWordOfPaper = (text: string): boolean =>
  text.includes('(Property)') && !/^statecraft(\/client)?\.\w+\.\w+ /.test(text);

/** Links to folders lead somewhere where the sources are read; test/tidy.test.ts follows them. */
const isFolder = (text: string): boolean =>
  existsSync(/^The relative path (\S+\/) is not a file/.exec(text)?.[1] ?? '');

/** What TypeDoc has to say of `entryPoints`, or of those of typedoc.json. */
async function complaints(entryPoints?: string[]): Promise<string[]> {
  const validation = { notExported: true, invalidLink: true, notDocumented: true };
  const options = { validation, ...(entryPoints === undefined ? {} : { entryPoints }) };
  const app = await Application.bootstrap(options, [new TypeDocReader()]);
  const warnings = new Warnings();
  app.logger = warnings;
  const project = await app.convert();
  if (project === undefined) throw new Error(warnings.texts.join('\n'));
  app.validate(project);
  return warnings.texts.filter(
    (text) => !isOfChart(text) && !isWordOfPaper(text) && !isFolder(text),
  );
}

describe('API documentation', function () {
  this.timeout(120_000);

  it('leaves nothing undocumented and links to nothing that is not there', async () => {
    expect(await complaints()).to.deep.equal([]);
  });

  it('would miss a sentence, a property and an export', async () => {
    const found = (await complaints(['test/package/undocumented.ts'])).join('\n');
    expect(found).to.match(/Nameless.*does not have any documentation/);
    expect(found).to.match(/Hidden.*not included in the documentation/);
  });
});
