/** Every command × `-o json`: what it writes fits its published schema, and the schema is published. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Command } from 'commander';
import type { z } from 'zod';
import type { Node } from '../../actors/node.ts';
import { addCommands, commandNames } from '../../apps/cli/commands.ts';
import { processIo } from '../../apps/cli/io.ts';
import { outputSchemas } from '../../apps/cli/output-schemas.ts';
import { schemaPages, schemasFolder } from '../../apps/docs/schema-pages.ts';
import { cli, singleNode, start, startWords, temporaryFolder } from './support.ts';

type Name = keyof typeof outputSchemas;

/** Those that a real output was held to. */
const fitted = new Set<Name>();

function expectToFit(name: Name, text: string): void {
  fitted.add(name);
  const schema: z.ZodType = outputSchemas[name];
  for (const line of text.trimEnd().split('\n')) {
    const { error } = schema.safeParse(JSON.parse(line));
    expect(error?.message, `${name}: ${line}`).to.equal(undefined);
  }
}

describe('cli: published schemas', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(join(folder.path, 'n1'));
  });

  after(async () => {
    await node.stop();
    await folder.remove();
  });

  it('are in docs/cli/schemas/, and not stale: run "npm run docs" after a change', () => {
    const pages = schemaPages();
    expect(readdirSync(schemasFolder).sort()).to.deep.equal([...pages.keys()].sort());
    for (const [name, text] of pages) {
      expect(readFileSync(join(schemasFolder, name), 'utf8'), name).to.equal(text);
    }
  });

  it('there is one for every command of the table, inner ones too, and for errors', async () => {
    const program = new Command('statecraft');
    await addCommands(program, { io: processIo(), exitCode: 0 }, commandNames());
    const names = program.commands.flatMap((command) =>
      command.commands.length === 0
        ? [command.name()]
        : command.commands.map((inner) => `${command.name()}-${inner.name()}`),
    );
    expect(Object.keys(outputSchemas)).to.have.members([...names, 'error']);
  });

  const then =
    '{"then":[{"put":{"key":"t","value":1}},{"get":{"key":"t"}},{"delete":{"key":"u"}}]}';
  const ofCluster: readonly (readonly [Name, ...string[]])[] = [
    ['put', 'put', 'a', '1'],
    ['cas', 'cas', 'new', '1', '--absent'],
    ['get', 'get', 'a'],
    ['get', 'get', 'nothing', '--allow-missing'],
    ['list', 'list'],
    ['txn', 'txn', then.replace('{"get":{"key":"t"}},', '')],
    [
      'txn',
      'txn',
      '{"if":[{"key":"t","exists":false}],"else":[{"get":{"key":"t"}},{"get":{"key":"x"}}]}',
    ],
    ['del', 'del', 'a'],
    ['del', 'del', 'a', '--allow-missing'],
    ['watch', 'watch', '', '--prefix', '--from', '1', '--count', '4'],
    ['status', 'status'],
    ['metrics', 'metrics'],
    ['move-leader', 'move-leader', 'n1'],
    ['member-add', 'member', 'add', 'n9', '127.0.0.1:1', '--learner'],
    ['member-list', 'member', 'list'],
    ['member-promote', 'member', 'promote', 'n1'],
    ['member-remove', 'member', 'remove', 'n9'],
    ['member-replace', 'member', 'replace', 'n9', 'n1', '127.0.0.1:1'],
  ];
  for (const [name, ...argv] of ofCluster) {
    it(`${argv.slice(0, 3).join(' ')} writes what ${name}.json says`, async () => {
      const { out, err } = await cli(...argv, '-o', 'json', '--endpoints', node.addresses.client);
      expect(err).to.equal('');
      expectToFit(name, out);
    });
  }

  it('so do start, and log inspect and verify of what it leaves', async () => {
    const dataDir = join(folder.path, 'other');
    const session = start([...startWords({ 'data-dir': dataDir }), '-o', 'json'], { parent: true });
    while (session.told.length === 0) await new Promise((resolve) => setImmediate(resolve));
    session.signal('SIGTERM');
    expectToFit('start', (await session.done).out);
    expectToFit('log-verify', (await cli('log', 'verify', dataDir, '-o', 'json')).out);
    expectToFit('log-inspect', (await cli('log', 'inspect', dataDir, '-o', 'json')).out);
  });

  for (const argv of [
    ['lock', 'schema'],
    ['elect', 'schema', 'me'],
  ] as const) {
    it(`so does ${argv[0]}, once it is held`, async () => {
      let out = '';
      const words = [...argv, '-o', 'json', '--endpoints', node.addresses.client];
      const session = start(words, { onOut: (text) => (out += text) });
      while (out === '') await new Promise((resolve) => setImmediate(resolve));
      session.signal('SIGINT');
      await session.done;
      expectToFit(argv[0], out);
    });
  }

  it('so do explain, completion and config print', async () => {
    expectToFit('config-print', (await cli('config', 'print', '-o', 'json')).out);
    const file = join(folder.path, 'sample.yaml');
    expectToFit('config-init', (await cli('config', 'init', file, '-o', 'json')).out);
    expectToFit('explain', (await cli('explain', '-o', 'json')).out);
    expectToFit('explain', (await cli('explain', 'ERR_TIMEOUT', '-o', 'json')).out);
    expectToFit('completion', (await cli('completion', 'fish', '-o', 'json')).out);
  });

  it('so does chart', async () => {
    const out = join(folder.path, 'charts');
    const argv = ['chart', 'machines/log-writer.machine.ts', '--out', out, '-o', 'json'];
    expectToFit('chart', (await cli(...argv)).out);
  });

  it('so do simulate and check-history', async () => {
    expectToFit('simulate', (await cli('simulate', '--seeds', '1..1', '-o', 'json')).out);
    const file = join(folder.path, 'history.jsonl');
    const operation = { client: 'c', op: 'put', key: 'a', value: '1', outcome: 'unknown' };
    writeFileSync(file, JSON.stringify({ ...operation, invokedAtMs: 0 }));
    expectToFit('check-history', (await cli('check-history', file, '-o', 'json')).out);
  });

  it('so does demo, which starts processes of its own', async () => {
    let out = '';
    const session = start(['demo', '--nodes', '1', '-o', 'json'], {
      onOut: (text) => (out += text),
    });
    while (!out.includes('\n')) await new Promise((resolve) => setImmediate(resolve));
    session.signal('SIGINT');
    await session.done;
    expectToFit('demo', out);
  });

  it('so does inspect, given what a server printed', async () => {
    let out = '';
    const argv = ['inspect', '--no-open', node.inspect(), '-o', 'json'];
    const session = start(argv, { onOut: (text) => (out += text) });
    while (!out.includes('\n')) await new Promise((resolve) => setImmediate(resolve));
    session.signal('SIGINT');
    expect((await session.done).code).to.equal(0);
    expectToFit('inspect', out);
  });

  it('errors fit theirs, of servers, of options and of usage', async () => {
    for (const argv of [
      ['get', 'nothing', '--endpoints', node.addresses.client],
      ['get', 'a', '--timeout', 'soon'],
      ['nonsense'],
      ['cas', 'a', '1', '--revision', '9', '--endpoints', node.addresses.client],
    ]) {
      const { code, out, err } = await cli(...argv, '-o', 'json');
      expect(code).to.be.greaterThan(0);
      expect(out).to.equal('');
      expectToFit('error', err);
    }
  });

  it('no command was left out above', () => {
    expect([...fitted]).to.have.members(Object.keys(outputSchemas));
  });
});
