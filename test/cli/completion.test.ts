/** `completion`: the scripts complete what there is, tried in the shell that there is here. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { commands } from '../../apps/cli/commands.ts';
import { cli, temporaryFolder } from './support.ts';

const run = promisify(execFile);

/** What bash offers when TAB is pressed behind `words`. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const line = ['statecraft', ...words].map((word) => `'${word}'`).join(' ');
  const press = `COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _statecraft; echo "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['-c', `${script}\n${press}`]);
  return stdout.trim().split(' ');
}

describe('cli: completion', () => {
  it('bash completes commands, options and commands of commands', async () => {
    const { code, out } = await cli('completion', 'bash');
    expect(code).to.equal(0);
    expect(await offered(out, 'sta')).to.deep.equal(['start', 'status']);
    expect(await offered(out, 'get', '--al')).to.deep.equal(['--allow-missing']);
    expect(await offered(out, 'log', 'ver')).to.deep.equal(['verify']);
    expect(await offered(out, 'member', 're')).to.deep.equal(['remove', 'replace']);
    expect(await offered(out, 'completion', 'z')).to.deep.equal(['zsh']);
    expect(await offered(out, 'get', '-o', '')).to.deep.equal(['text', 'json']);
    expect(await offered(out, 'get', 'a', '--consistency', 'le')).to.deep.equal(['lease']);
    expect(await offered(out, '')).to.have.length(commands.length);
  });

  for (const [shell, ...press] of [
    // Read as a session would; what it offers for "statecraft sta" is asked of the completion itself.
    [
      'zsh',
      '-fc',
      'autoload -U compinit && compinit -u; source "$1"; print ${(k)_comps[statecraft]}',
    ],
    ['fish', '--no-config', '-c', 'source $argv[1]; complete -C "statecraft sta"'],
  ] as const) {
    it(`${shell} takes its script and completes by it, where there is one`, async function () {
      const isThere = await run(shell, ['--version']).catch(() => null);
      if (isThere === null) {
        console.log(`      not tried: there is no ${shell} here`);
        this.skip();
      }
      const folder = await temporaryFolder();
      const file = join(folder.path, `statecraft.${shell}`);
      await writeFile(file, (await cli('completion', shell)).out);
      const { stdout } = await run(shell, [...press, ...(shell === 'zsh' ? [shell] : []), file]);
      await folder.remove();
      expect(stdout).to.match(shell === 'zsh' ? /statecraft/ : /^start\t.*\nstatus\t/m);
    });
  }

  it('zsh and fish know every command', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { out } = await cli('completion', shell);
      for (const { usage } of commands) expect(out).to.include(usage.split(' ')[0]);
    }
  });
});
