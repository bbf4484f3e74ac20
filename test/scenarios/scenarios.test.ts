/**
 * Golden transcripts: every `*.scenario` beside this file is played, and each message, each change
 * of state and each write to a disk must be what its `*.txt` says. `REWRITE=1 npm test` writes the
 * transcripts anew, to be reviewed as a diff.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { playScenario } from '../support/scenario.ts';

const here = new URL('.', import.meta.url);
const names = readdirSync(here)
  .filter((file) => file.endsWith('.scenario'))
  .map((file) => file.slice(0, -'.scenario'.length));

describe('scenarios: what happens, message by message', () => {
  for (const name of names) {
    const script = readFileSync(new URL(`${name}.scenario`, here), 'utf8');
    const [title = name] = script.split('\n');

    it(`${name}: ${title.replace(/^# */, '')}`, () => {
      const golden = new URL(`${name}.txt`, here);
      const transcript = playScenario(script);
      if (process.env['REWRITE'] === '1') writeFileSync(golden, transcript);
      expect(transcript).to.equal(readFileSync(golden, 'utf8'));
    });
  }

  it('has no transcript without its scenario', () => {
    const transcripts = readdirSync(here).filter((file) => file.endsWith('.txt'));
    expect(transcripts).to.deep.equal(names.map((name) => `${name}.txt`));
  });
});

describe('the scenario player', () => {
  it('fails, naming the line, when an expectation is not met', () => {
    const script = 'servers n1 n2\nstart\nexpect n1 role leader(open)';
    expect(() => playScenario(script)).to.throw('line 3, "expect n1 role leader(open)"');
  });

  it('refuses a word that it does not know', () => {
    expect(() => playScenario('servers n1\ndance n1')).to.throw('no such word');
  });

  it('refuses to fire a timer that is not armed', () => {
    const script = 'servers n1\nstart\ntimer n1 heartbeat';
    expect(() => playScenario(script)).to.throw('no heartbeat timer armed');
  });
});
