/** `completion`: the scripts complete what there is, tried in the shell that there is here. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { commands } from '../../apps/cli/commands.ts';
import { cli } from './support.ts';

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
    expect(await offered(out, 'get', '--a')).to.deep.equal(['--allow-missing']);
    expect(await offered(out, 'log', 'ver')).to.deep.equal(['verify']);
    expect(await offered(out, 'completion', 'z')).to.deep.equal(['zsh']);
    expect(await offered(out, '')).to.have.length(commands.length);
  });

  it('zsh and fish know every command', async () => {
    for (const shell of ['zsh', 'fish']) {
      const { out } = await cli('completion', shell);
      for (const { usage } of commands) expect(out).to.include(usage.split(' ')[0]);
    }
  });
});
