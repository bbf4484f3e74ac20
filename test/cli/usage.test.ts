/** What a slip of the fingers gets: one sentence, exit code 64 or 3, and never a stack. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { version } from '../../actors/node/version.ts';
import { commandNames } from '../../apps/cli/commands.ts';
import { cli, start, temporaryFolder } from './support.ts';

const commands = commandNames();

describe('cli: usage', () => {
  it('prints the version of the package', async () => {
    expect(await cli('--version')).to.deep.equal({ code: 0, out: `${version}\n`, err: '' });
  });

  it('prints the help on stderr and exits with 64 when no command is given', async () => {
    const { code, out, err } = await cli();
    expect({ code, out }).to.deep.equal({ code: 64, out: '' });
    for (const command of commands) expect(err).to.include(command);
  });

  for (const command of commands) {
    it(`${command} --help shows two examples of itself or more, and exits with 0`, async () => {
      const { code, out, err } = await cli(command, '--help');
      expect({ code, err }).to.deep.equal({ code: 0, err: '' });
      expect(out.split(`$ statecraft ${command}`)).to.have.length.of.at.least(3);
      if (!['log', 'config', 'member'].includes(command))
        expect(out).to.include('-o, --output <format>');
    });
  }

  it('suggests the command that was meant', async () => {
    const { code, out, err } = await cli('satus');
    expect({ code, out }).to.deep.equal({ code: 64, out: '' });
    expect(err).to.equal("Error: ERR_USAGE: Unknown command 'satus'. Did you mean status?\n");
  });

  it('sends who was wrong about a command to the help of that command', async () => {
    for (const [command, ...words] of [
      ['get'],
      ['log', 'frobnicate'],
      ['demo', '--fast'],
      ['get', 'a', '-o', 'yaml'],
    ] as const) {
      const { err } = await cli(command, ...words);
      expect(err).to.include(`See "statecraft ${command} --help".`);
    }
    expect((await cli('log', 'inspect')).err).to.include('See "statecraft log inspect --help".');
    expect((await cli('frobnicate')).err).to.include('See "statecraft --help".');
  });

  it('tells who gives an option before the command that it belongs after it', async () => {
    const { code, err } = await cli('-o', 'text', 'get', 'a');
    expect(code).to.equal(64);
    expect(err).to.include("Unknown option '-o'. Options follow the command.");
    expect((await cli('get', '--fast')).err).to.not.include('Options follow');
  });

  it('says a default once, as one would write it', async () => {
    for (const command of commandNames()) {
      const { out } = await cli(command, '--help');
      expect(out.replace(/\s+/g, ' '), command).to.not.match(/\(default[^)]*\)[^-]*\(default/);
    }
  });

  it('tells a usage error as JSON when JSON is asked for', async () => {
    const { code, out, err } = await cli('put', '-o', 'json');
    expect({ code, out }).to.deep.equal({ code: 64, out: '' });
    const { error } = JSON.parse(err) as { error: Record<string, unknown> };
    expect(error).to.have.all.keys('code', 'message', 'retryable', 'outcome', 'leader', 'revision');
    expect(error).to.include({ code: 'ERR_USAGE', outcome: 'not-applied', leader: null });
  });

  it('demo refuses a directory with a cluster of another size', async () => {
    const folder = await temporaryFolder();
    for (const id of ['n1', 'n2', 'n3']) await mkdir(join(folder.path, id));
    const { code, err } = await cli('demo', '--nodes', '5', '--data-dir', folder.path);
    await folder.remove();
    expect(code).to.equal(3);
    expect(err).to.include('holds a cluster of 3, not of 5').and.include('--nodes 3');
  });

  it('a demo that cannot begin lets go of its parent, so that its process ends', async () => {
    const session = start(['demo', '--data-dir', ''], { parent: true });
    expect(await session.done).to.include({ code: 3, out: '' });
    expect(session.isHeld()).to.equal(false);
  });

  const slips: readonly (readonly [code: number, says: string, ...argv: string[]])[] = [
    [64, "Unknown option '--fast'", 'demo', '--fast'],
    [64, 'Allowed choices are 1, 3, 5, 7', 'demo', '--nodes', '4'],
    [64, "Missing required argument 'value'", 'put', 'a'],
    [64, 'Too many arguments', 'get', 'a', 'b'],
    [64, 'The key is empty', 'put', '', 'a'],
    [64, 'The key is empty', 'get', ''],
    [64, 'The key is empty', 'del', ''],
    [64, 'The key is empty', 'cas', '', 'a', '--absent'],
    [64, 'The key is empty', 'watch', ''],
    [64, 'The name is empty', 'lock', '', 'true'],
    [64, 'The name is empty', 'elect', '', 'n7'],
    [64, 'Allowed choices are text, json', 'get', 'a', '-o', 'yaml'],
    [64, "Required option '--id <id>' not specified", 'start'],
    [3, '--data-dir "" names none', 'demo', '--data-dir', ''],
    [3, '"" does not exist', 'log', 'verify', ''],
    [3, '--limit "0"', 'list', '--limit', '0'],
    [3, '--timeout "soon"', 'get', 'a', '--timeout', 'soon'],
    [3, '--endpoints "here"', 'get', 'a', '--endpoints', 'here'],
    [3, '--peers has "n1"', 'start', '--peers', 'n1'],
    [3, '--client "7401"', 'start', '--client', '7401'],
    [3, '--heartbeat "50"', 'start', '--heartbeat', '50'],
  ];
  for (const [code, says, ...argv] of slips) {
    it(`"${argv.join(' ')}" exits with ${code} and says: ${says}`, async () => {
      const ran = await cli(...argv);
      expect({ code: ran.code, out: ran.out }).to.deep.equal({ code, out: '' });
      expect(ran.err).to.include(says);
      expect(ran.err.trimEnd().split('\n')).to.have.length(1);
    });
  }
});
