/**
 * Each error code and each exit code has a test that provokes it, by its place and title: a code that
 * is only mentioned, or fed to the code under test, is no proof that it can happen as documented.
 *
 * Whoever adds a code adds its row. That a title is there and asserts the code is checked here; that
 * it provokes it is for the reader who adds the row.
 */
import { expect } from 'chai';
import { errorCodes } from '../actors/error-codes/index.ts';
import { exitCodes } from '../apps/cli/exit-codes.ts';
import { testCalled } from './support/test-called.ts';
import { provokedErrors, provokedExits } from './support/provoked.ts';

/** Why `place` does not prove that `sign` happens; null when it does. */
function doubt(place: string | undefined, sign: RegExp): string | null {
  if (place === undefined) return 'no test provokes it: add a row to test/support/provoked.ts';
  const body = testCalled(place);
  if (body === null) return `there is no test "${place}"`;
  return sign.test(body) && /\bexpect\b|\.until\(/.test(body)
    ? null
    : `"${place}" does not assert it`;
}

describe('documented codes', () => {
  it('each error code has a test that provokes it', () => {
    const doubts = [...errorCodes.keys()].flatMap((code) => {
      const why = doubt(provokedErrors[code], new RegExp(`\\b${code}\\b`));
      return why === null ? [] : [`${code}: ${why}`];
    });
    expect(doubts).to.deep.equal([]);
  });

  it('each exit code has a test that provokes it', () => {
    const verdicts = { safety: 20, liveness: 21, crash: 22 };
    const doubts = Object.entries({ ...exitCodes, ...verdicts }).flatMap(([name, code]) => {
      const why = doubt(provokedExits[code], new RegExp(`\\b(${code}|exitCodes\\.${name})\\b`));
      return why === null ? [] : [`${code}: ${why}`];
    });
    expect(doubts).to.deep.equal([]);
  });

  it('no row is of a code that is gone', () => {
    const gone = Object.keys(provokedErrors).filter((code) => !errorCodes.has(code));
    expect(gone).to.deep.equal([]);
  });

  it('a test that is gone, or asserts something else, would be noticed', () => {
    expect(doubt('cli/usage › no such title', /./)).to.include('there is no test');
    expect(doubt('cli/usage › suggests the command', /ERR_STOPPED/)).to.include('does not assert');
    expect(doubt(undefined, /./)).to.include('add a row');
  });
});
