/** Client lines: which are requests, and that application values pass unharmed. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parseCommand, parseQuery } from '../../replicated/kv-protocol.ts';
import { parseSelect } from '../../replicated/kv-select.ts';
import { parseRequest, parseResponse } from '../../transport/client-protocol.ts';
import { maxJsonDepth } from '../../transport/protocol-fields.ts';

const command = (value: string) =>
  `{"id":2,"op":"command","session":17,"seq":1,"doneBelow":1,"machine":"kv","command":${value}}`;

describe('client protocol', () => {
  it('is as docs/formats.md shows it, line by line, and so is what the store is asked', () => {
    const [, section = ''] = readFileSync('docs/formats.md', 'utf8').split(/^## Client frame$/m);
    const [shown = ''] = section.split(/^## /m);
    const lines = [...shown.matchAll(/^([→←]) (\{.*\})$/gm)];
    const ops = new Set<string>();
    for (const [, arrow, line = ''] of lines) {
      const parsed = arrow === '→' ? parseRequest(line) : parseResponse(line);
      expect(JSON.stringify(parsed)).to.equal(line);
      if (parsed === null || !('op' in parsed)) continue;
      ops.add(parsed.op);
      if (parsed.op === 'command') expect(parseCommand(parsed.command)).to.be.an('object');
      if (parsed.op === 'read') expect(parseQuery(parsed.query)).to.be.an('object');
      if (parsed.op === 'watch') expect(parseSelect(parsed.select)).to.be.a('function');
    }
    const all = 'cancel change command members moveLeader open ping read status watch';
    expect([...ops].sort().join(' ')).to.equal(all);
  });

  it('reads the six requests', () => {
    for (const line of [
      '{"id":1,"op":"open"}',
      command('{"op":"put","key":"k","value":[1,null,true,"ü"]}'),
      '{"id":3,"op":"read","machine":"kv","query":null}',
      '{"id":4,"op":"status"}',
      '{"id":5,"op":"watch","machine":"kv","select":{"prefix":"a"},"from":21}',
      '{"id":6,"op":"watch","machine":"kv","select":null,"from":null}',
      '{"id":5,"op":"cancel"}',
    ]) {
      expect(JSON.stringify(parseRequest(line))).to.equal(line);
    }
  });

  it('reads the six responses', () => {
    for (const line of [
      '{"id":1,"ok":true,"session":17}',
      '{"id":2,"ok":true,"index":20,"result":null}',
      '{"id":4,"ok":true,"status":{"role":"leader"}}',
      '{"id":5,"ok":true,"revision":20,"events":[{"type":"put"}]}',
      '{"id":5,"ok":true,"ended":true}',
      '{"id":5,"ok":false,"code":"ERR_COMPACTED","message":"m","outcome":"not-applied","retryable":false,"leader":null,"oldest":7}',
      '{"id":null,"ok":false,"code":"ERR_BAD_REQUEST","message":"m","outcome":"not-applied","retryable":false,"leader":null}',
      '{"id":5,"ok":false,"code":"ERR_NOT_LEADER","message":"m","outcome":"unknown","retryable":true,"leader":{"id":"n2","client":"127.0.0.1:7402"}}',
    ]) {
      expect(parseResponse(line)).to.deep.equal(JSON.parse(line));
    }
  });

  it('drops what an older client does not know of a response, and refuses what is none', () => {
    expect(parseResponse('{"id":1,"ok":true,"session":17,"region":"eu"}')).to.deep.equal({
      id: 1,
      ok: true,
      session: 17,
    });
    for (const line of ['', '{}', '{"id":1,"ok":true}', '{"id":1,"ok":false,"code":"oops"}']) {
      expect(parseResponse(line), line).to.equal(null);
    }
  });

  it('row 28: takes no line for a request that is not exactly one', () => {
    for (const line of [
      '',
      'null',
      '[]',
      '{"id":1,"op":"open"',
      '\u{feff}{"id":1,"op":"open"}',
      '{"id":1,"op":"drop"}',
      '{"op":"open"}',
      '{"id":-1,"op":"open"}',
      '{"id":1.5,"op":"open"}',
      '{"id":"1","op":"open"}',
      '{"id":9007199254740992,"op":"open"}',
      '{"id":1,"op":"open","admin":true}',
      '{"id":1,"op":"open","__proto__":{}}',
      '{"__proto__":{"id":1,"op":"open"}}',
      '{"id":1,"op":"read","machine":"kv"}',
      '{"id":1,"op":"read","machine":"","query":1}',
      `{"id":1,"op":"read","machine":"${'m'.repeat(129)}","query":1}`,
      '{"id":5,"op":"watch","machine":"kv","select":1}',
      '{"id":5,"op":"watch","machine":"kv","select":1,"from":0}',
      '{"id":5,"op":"cancel","watch":4}',
      command('1').replace('"seq":1', '"seq":0'),
      command('1').replace('"session":17', '"session":null'),
      command('1').replace('"doneBelow":1,', ''),
    ]) {
      expect(parseRequest(line), line).to.equal(null);
    }
  });

  it('row 29: carries __proto__, constructor and prototype as ordinary keys', () => {
    const value =
      '{"__proto__":{"polluted":true},"constructor":1,"a":{"prototype":{"__proto__":[]}}}';
    expect(JSON.stringify(parseRequest(command(value)))).to.equal(command(value));
    const response = `{"id":2,"ok":true,"index":20,"result":${value}}`;
    expect(JSON.stringify(parseResponse(response))).to.equal(response);
    expect({}).not.to.have.property('polluted');
  });

  it('row 28: bounds the depth of a command, and a bomb costs an answer and not the stack', () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(parseRequest(command(nested(maxJsonDepth)))).not.to.equal(null);
    expect(parseRequest(command(nested(maxJsonDepth + 1)))).to.equal(null);
    expect(parseRequest(command(nested(200_000)))).to.equal(null);
  });

  it('refuses a number that has no JSON form: it would come back as null', () => {
    expect(parseRequest(command('{"a":[1e999]}'))).to.equal(null);
  });

  it('lets a lone surrogate through, which JSON can write', () => {
    expect(JSON.stringify(parseRequest(command('"\\ud800"')))).to.equal(command('"\\ud800"'));
  });
});
