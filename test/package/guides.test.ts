/** The guides speak of codes that exist, and of the exit codes that the command line gives them. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { errorCodes } from '../../actors/error-codes/index.ts';
import { StatecraftError } from '../../actors/errors.ts';
import { exitCodeOf } from '../../apps/cli/exit-codes.ts';

const guides = readdirSync('docs/guides').map((file) => file.replace(/\.md$/, ''));
const textOf = (guide: string): string => readFileSync(`docs/guides/${guide}.md`, 'utf8');

describe('guides', () => {
  it('name only error codes that there are', () => {
    const named = guides.flatMap((guide) => textOf(guide).match(/ERR_[A-Z_]+/g) ?? []);
    expect(named).to.include('ERR_NO_LEADER');
    expect(named.filter((code) => !errorCodes.has(code))).to.deep.equal([]);
  });

  it('the cookbook gives every code the exit code that it has', () => {
    const claims = [...textOf('failure-cookbook').matchAll(/`(ERR_[A-Z_]+)` \((\d+)\)/g)];
    expect(claims).to.have.length.above(15);
    for (const [, code = '', exit] of claims) {
      expect(exitCodeOf(new StatecraftError(code, '')), code).to.equal(Number(exit));
    }
  });

  it('the cookbook says of every fault what is seen, and what to do', () => {
    const faults = textOf('failure-cookbook').split(/^## /m).slice(1);
    expect(faults).to.have.length.above(15);
    const incomplete = faults.filter((text) => !/^You see: /m.test(text) || !/^Do: /m.test(text));
    expect(incomplete).to.deep.equal([]);
  });
});
