/** `statecraft chart`: the machines of a user's own file as pictures, and as what Stately imports. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import { cli, temporaryFolder } from './support.ts';

const xstate = pathToFileURL(createRequire(import.meta.url).resolve('xstate')).href;
const door = `
import { createMachine } from '${xstate}';
export function ring() {}
export const doorMachine = createMachine({
  id: 'door', initial: 'closed',
  states: { closed: { on: { OPEN: { target: 'open', actions: ring } } }, open: { after: { 500: 'closed' } } },
});
export default doorMachine;
`;

describe('cli: chart', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('draws what a file exports, once, beside the Mermaid and the JSON', async () => {
    const file = join(folder.path, 'door.machine.mjs');
    writeFileSync(file, door);
    const out = join(folder.path, 'docs/charts');
    const { code, err } = await cli('chart', file, '--out', out);
    expect([code, err]).to.deep.equal([0, '']);
    expect(readdirSync(out).sort()).to.deep.equal(['door.json', 'door.mmd', 'door.svg']);
    expect(readFileSync(join(out, 'door.svg'), 'utf8'))
      .to.include('OPEN')
      .and.include('ring');
    const json = JSON.parse(readFileSync(join(out, 'door.json'), 'utf8')) as object;
    expect(json).to.deep.equal({
      ...{ id: 'door', initial: 'closed' },
      states: {
        closed: { on: { OPEN: { target: 'open', actions: { type: 'ring' } } } },
        open: { after: { 500: 'closed' } },
      },
    });
  });

  it('makes a file name of an id that is none: slashes are no folders', async () => {
    const file = join(folder.path, 'shop.mjs');
    writeFileSync(
      file,
      `import { createMachine } from '${xstate}';
       export const order = createMachine({ id: 'shop/order', initial: 'a', states: { a: {} } });
       export const nameless = createMachine({ initial: 'a', states: { a: {} } });`,
    );
    const out = join(folder.path, 'charts');
    const { code, err } = await cli('chart', file, '--out', out);
    expect([code, err]).to.deep.equal([0, '']);
    const drawn = readdirSync(out).filter((name) => name.endsWith('.svg'));
    expect(drawn.sort()).to.deep.equal(['shop-machine.svg', 'shop-shop-order.svg']);
  });

  it('refuses to write where it cannot, and says how TypeScript is read', async () => {
    const file = join(folder.path, 'door.machine.mjs');
    writeFileSync(file, door);
    const { code, err } = await cli('chart', file, '--out', file);
    expect(code).to.equal(3);
    expect(err).to.include('cannot be written (EEXIST). Give a folder with --out.');
    expect((await cli('chart', '--help')).out).to.include('NODE_OPTIONS="--import tsx"');
  });

  it('says what is wrong with a file that is none, throws, or exports no machine', async () => {
    const file = join(folder.path, 'broken.mjs');
    expect((await cli('chart', file)).err).to.include(`There is no file ${file}.`);
    writeFileSync(file, 'export const machine = 1;');
    const { code, err } = await cli('chart', file);
    expect(code).to.equal(3);
    expect(err).to.include('exports no XState machine');
  });
});
