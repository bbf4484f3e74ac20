/** `explain`: what an error code means, for who has just met it. */
import { expect } from 'chai';
import { errorCodes } from '../../actors/error-codes/index.ts';
import { nearest } from '../../apps/cli/did-you-mean.ts';
import { cli } from './support.ts';

describe('cli: explain', () => {
  it('says what happened, why, what to do, and what became of the command', async () => {
    const { code, out, err } = await cli('explain', 'ERR_NO_LEADER');
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(out).to.match(/^ERR_NO_LEADER: Servers answer, but none of them leads/);
    expect(out)
      .to.match(/^Likely cause +\S/m)
      .and.match(/^What to do +\S/m);
    expect(out)
      .to.match(/^Outcome +not-applied$/m)
      .and.match(/^Exit code +5$/m);
  });

  it('takes a code as people type it', async () => {
    const whole = await cli('explain', 'ERR_LOG_CORRUPT');
    for (const typed of ['log_corrupt', 'LOG-CORRUPT', 'err_log_corrupt']) {
      expect(await cli('explain', typed)).to.deep.equal(whole);
    }
  });

  it('asks whether another code was meant', async () => {
    const { code, out, err } = await cli('explain', 'ERR_LOG_CORUPT');
    expect({ code, out }).to.deep.equal({ code: 3, out: '' });
    expect(err).to.include('no error code "ERR_LOG_CORUPT". Did you mean ERR_LOG_CORRUPT?');
  });

  it('lists all codes when none is given', async () => {
    const text = await cli('explain');
    for (const code of errorCodes.keys()) expect(text.out).to.include(code);
    const json = JSON.parse((await cli('explain', '-o', 'json')).out) as { codes: object[] };
    expect(json.codes).to.have.length(errorCodes.size);
  });

  it('suggests nothing for what resembles nothing', () => {
    const known = ['heartbeat', 'peers', 'client'];
    expect(nearest('hartbeat', known)).to.equal('heartbeat');
    expect(nearest('constructor', known)).to.equal(null);
    expect(nearest('x', [])).to.equal(null);
  });
});
