/** What is printed beside data: log lines for people, values as text. */
import { expect } from 'chai';
import { wantsColour } from '../../apps/cli/colour.ts';
import { asReadable } from '../../apps/cli/log.ts';
import { asShellWords, asText, onOneLine } from '../../apps/cli/printable.ts';

describe('cli: output', () => {
  it('a log line for people is one short line with the fields behind the message', () => {
    const line = JSON.stringify({
      level: 'info',
      time: '2030-01-02T12:03:04.123Z',
      id: 'n1',
      role: 'leader',
      term: 2,
      why: 'two words',
      msg: 'role',
    });
    expect(asReadable(`${line}\n`, false)).to.equal(
      '12:03:04.123 info  n1 role role=leader term=2 why="two words"\n',
    );
  });

  it('a string is printed as it was put, anything else as JSON', () => {
    expect(asText('{"a":1}')).to.equal('{"a":1}');
    expect(asText({ a: [1, null, true] })).to.equal('{"a":[1,null,true]}');
    expect([NaN, 10n, undefined].map(asText)).to.deep.equal(['NaN', '10', 'null']);
  });

  it('a value with control characters cannot break a line or command a terminal', () => {
    const escape = String.fromCharCode(27);
    expect(onOneLine('plain')).to.equal('plain');
    expect(onOneLine(`a\tb${escape}[2J`)).to.equal('"a\\tb\\u001b[2J"');
  });

  it('a command to repeat can be pasted, whatever the folder is called', () => {
    expect(
      asShellWords(['start', '--peers', 'n1=127.0.0.1:1,n2=[::1]:2', './my data', '']),
    ).to.equal("start --peers 'n1=127.0.0.1:1,n2=[::1]:2' './my data' ''");
    expect(asShellWords(["it's"])).to.equal(`'it'\\''s'`);
  });

  it('colours a terminal only, and obeys NO_COLOR and FORCE_COLOR', () => {
    expect(wantsColour({}, true)).to.equal(true);
    expect(wantsColour({}, false)).to.equal(false);
    expect(wantsColour({ TERM: 'dumb' }, true)).to.equal(false);
    expect(wantsColour({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)).to.equal(false);
    expect(wantsColour({ FORCE_COLOR: '1' }, false)).to.equal(true);
    expect(wantsColour({ NO_COLOR: '' }, true)).to.equal(true);
  });
});
