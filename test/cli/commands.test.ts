/** Commands are loaded when they are called; what the help says of the others must be true. */
import { Command } from 'commander';
import { expect } from 'chai';
import { commands } from '../../apps/cli/commands.ts';
import { cli } from './support.ts';

describe('cli: commands', () => {
  for (const { usage, description, load } of commands) {
    it(`${usage}: the listed line is what the command says of itself`, async () => {
      const program = new Command();
      const shell = { io: {} as never, exitCode: 0 };
      (await load())(program, shell);
      const [command] = program.commands;
      const args = command?.registeredArguments.map((one) => {
        const name = `${one.name()}${one.variadic ? '...' : ''}`;
        return one.required ? `<${name}>` : `[${name}]`;
      });
      expect([command?.name(), ...(args ?? [])].join(' ')).to.equal(usage);
      expect(command?.description()).to.equal(description);
    });
  }

  it('the help of all has a line for each', async () => {
    const { out } = await cli('--help');
    for (const { usage } of commands) expect(out).to.include(usage.split(' ')[0]);
  });
});
