/** `lock` and `elect` against a node: held while a command runs, given up by whatever ends it. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { connect, type Client } from '../../actors/client.ts';
import type { Node } from '../../actors/node.ts';
import { cli, singleNode, start, temporaryFolder } from './support.ts';

describe('cli: lock and elect', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let node: Node;
  let client: Client;
  let target: string[];

  before(async () => {
    folder = await temporaryFolder();
    node = await singleNode(join(folder.path, 'n1'));
    client = await connect([node.addresses.client]);
    target = ['--endpoints', node.addresses.client];
  });

  after(async () => {
    client.stop();
    await node.stop();
    await folder.remove();
  });

  /** Runs until it writes a line: what it holds. */
  function holding(...argv: string[]) {
    let tell: (line: string) => void = () => undefined;
    const held = new Promise<string>((resolve) => (tell = resolve));
    const session = start([...argv, ...target], { onOut: (text) => tell(text.trimEnd()) });
    return { session, held };
  }

  it('holds a lock until Ctrl-C, which gives it up at once', async () => {
    const first = holding('lock', 'a', '--ttl', '1m');
    const told = await first.held;
    const { revision } = (await client.get('lock/a'))!;
    expect(told).to.equal(`OK lock/a token ${revision}`);

    const second = holding('lock', 'a', '-o', 'json');
    first.session.signal('SIGINT');
    expect(await first.session.done).to.deep.include({ code: 130, err: 'Interrupted.\n' });
    const { key, token } = JSON.parse(await second.held) as { key: string; token: number };
    expect(key).to.equal('lock/a');
    expect(token).to.be.above(revision);
    second.session.signal('SIGTERM');
    expect((await second.session.done).code).to.equal(143);
    expect(await client.get('lock/a')).to.equal(null);
  });

  it('runs a command with the token in its environment, and exits as it does', async () => {
    const script = join(folder.path, 'report.mjs');
    const file = join(folder.path, 'seen.json');
    writeFileSync(
      script,
      `import { writeFileSync } from 'node:fs';
       const { STATECRAFT_LOCK_KEY: key, STATECRAFT_LOCK_TOKEN: token } = process.env;
       writeFileSync(${JSON.stringify(file)}, JSON.stringify({ key, token, argv: process.argv.slice(2) }));
       process.exit(17);`,
    );
    const ran = await cli('lock', 'b', ...target, '--', process.execPath, script, '--all');
    expect(ran).to.deep.equal({ code: 17, out: '', err: '' });
    const seen = JSON.parse(await readFile(file, 'utf8')) as {
      key: string;
      token: string;
      argv: string[];
    };
    expect(seen).to.deep.include({ key: 'lock/b', argv: ['--all'] });
    expect(Number(seen.token)).to.be.above(0);
    expect(await client.get('lock/b')).to.equal(null);
  });

  it('ends its command when the lock is lost, and says so: exit code 8', async () => {
    const argv = ['lock', 'c', '--ttl', '300ms', ...target, '--'];
    const session = start([...argv, process.execPath, '-e', 'setInterval(() => {}, 1000)']);
    while ((await client.get('lock/c')) === null) await new Promise(setImmediate);
    await client.delete('lock/c');
    const { code, err } = await session.done;
    expect(code).to.equal(8);
    expect(err).to.contain('ERR_LOCK_LOST');
  });

  it('gives up after --wait: exit code 5, and a program that is not there is bad input', async () => {
    const first = holding('lock', 'd');
    await first.held;
    const { code, err } = await cli('lock', 'd', '--wait', '50ms', ...target);
    expect(code).to.equal(5);
    expect(err).to.contain('ERR_TIMEOUT: lock/d is held by somebody else');
    first.session.signal('SIGINT');
    await first.session.done;

    const missing = await cli('lock', 'd', ...target, '--', './no-such-program');
    expect(missing.code).to.equal(3);
    expect(missing.err).to.contain('ERR_INVALID_ARGUMENT');
    expect(await client.get('lock/d')).to.equal(null);
  });

  it('elects: the value at the key says who leads', async () => {
    const first = holding('elect', 'boss', 'n7');
    expect(await first.held).to.match(/^OK election\/boss token \d+$/);
    const { value } = (await client.get('election/boss'))!;
    expect(value).to.include({ value: 'n7' });
    first.session.signal('SIGINT');
    await first.session.done;
  });

  it('put --ttl: the key ends by itself, and a watch says why', async () => {
    const { revision } = await client.put('mark', 1);
    expect((await cli('put', 'here', 'yes', '--ttl', '150ms', ...target)).code).to.equal(0);
    const watched = ['watch', 'here', '--from', String(revision), '--count', '2'];
    const text = (await cli(...watched, ...target)).out;
    expect(text).to.match(/^\d+\tput\there\tyes\n\d+\texpire\there\n$/);
    const json = (await cli(...watched, '-o', 'json', ...target)).out;
    expect(json).to.contain('"reason":"expired"');
    expect((await cli('get', 'here', ...target)).code).to.equal(6);
    expect((await cli('put', 'here', 'x', '--ttl', '0s', ...target)).code).to.equal(3);
  });
});
