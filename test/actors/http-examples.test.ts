/** The examples of docs/http.md, run as they stand: what `curl` is told there is what it is told. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { singleNode, temporaryFolder } from '../cli/support.ts';

const run = promisify(execFile);

/** Commands and what they print, in order, out of the `console` blocks. */
function examplesOf(page: string): { command: string; output: string }[] {
  const blocks = [...page.matchAll(/^```console\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks
    .join('')
    .split(/^\$ /m)
    .slice(1)
    .map((example) => {
      const newline = example.indexOf('\n');
      return { command: example.slice(0, newline), output: example.slice(newline + 1) };
    });
}

describe('docs/http.md', () => {
  it('tells what a fresh node answers', async () => {
    const folder = await temporaryFolder();
    const node = await singleNode(`${folder.path}/data`);
    const examples = examplesOf(readFileSync('docs/http.md', 'utf8'));
    expect(examples.length).to.be.greaterThan(14);
    while (node.status().commitIndex === 0) await new Promise((resolve) => setImmediate(resolve));
    try {
      for (const { command, output } of examples) {
        const here = command.replaceAll('127.0.0.1:7401', node.addresses.client);
        const { stdout } = await run('sh', ['-c', here], { cwd: folder.path });
        expect(stdout, command).to.equal(output);
      }
    } finally {
      await node.stop();
      await folder.remove();
    }
  });
});
