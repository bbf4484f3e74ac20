/** Durations, addresses, peers and counts as people write them: right ones, wrong ones, edges. */
import { expect } from 'chai';
import { StatecraftError } from '../../actors/errors.ts';
import { freeBlock } from '../../apps/cli/cluster/free-ports.ts';
import { addressOf, parseEndpoints, parsePeers } from '../../apps/cli/parse/address.ts';
import { countOf } from '../../apps/cli/parse/count.ts';
import { formatSize, sizeOf } from '../../apps/cli/parse/size.ts';
import { durationOf, formatDuration } from '../../apps/cli/parse/duration.ts';

/** The error that `work` throws, which must be one for users. */
function failureOf(work: () => unknown): StatecraftError {
  try {
    work();
  } catch (error) {
    if (error instanceof StatecraftError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}

describe('cli: free ports', () => {
  it('says ERR_NO_FREE_PORT when there are not as many as are wanted', async () => {
    const error = await freeBlock(65_500, 1).then(
      () => null,
      (reason: unknown) => reason as StatecraftError,
    );
    expect(error).to.include({ code: 'ERR_NO_FREE_PORT', outcome: 'not-applied' });
    expect(error?.message).to.include('no 2 free ports from 65500 on');
  });
});

describe('cli: parsing', () => {
  it('reads sizes with their unit, in bytes, and writes them so', () => {
    const texts = ['1B', '512KiB', '64MiB', '3GiB', '1025B'];
    const bytes = [1, 524_288, 67_108_864, 3_221_225_472, 1_025];
    expect(texts.map(sizeOf('--snapshot-bytes'))).to.deep.equal(bytes);
    expect(bytes.map(formatSize)).to.deep.equal(texts);
  });

  it('refuses a size without unit, of nothing, or with a unit that could mean two things', () => {
    for (const text of ['64', '', '0MiB', '-1KiB', '1.5MiB', '64MB', '64mib', '1 KiB', '9e9GiB']) {
      const { code, message } = failureOf(() => sizeOf('--snapshot-bytes')(text));
      expect({ code, text }).to.deep.equal({ code: 'ERR_INVALID_ARGUMENT', text });
      expect(message).to.include(`--snapshot-bytes "${text}" is not a size above 0`);
    }
  });

  it('reads durations with their unit, in milliseconds', () => {
    const parse = durationOf('--timeout');
    expect(['250ms', '5s', '2m', '1.5s', '1h'].map(parse)).to.deep.equal([
      250, 5_000, 120_000, 1_500, 3_600_000,
    ]);
  });

  it('refuses a duration without unit, of nothing, negative or longer than a timer', () => {
    for (const text of ['5', '', 's', '0s', '-1s', '1e3s', '5 s', '3x', '600h', 'NaNs', '٣s']) {
      const error = failureOf(() => durationOf('--timeout')(text));
      expect(error.code, text).to.equal('ERR_INVALID_ARGUMENT');
      expect(error.message).to.include('--timeout').and.include('250ms');
    }
  });

  it('writes durations for people', () => {
    const written = [12, 940, 31_000, 252_000, 11_100_000].map(formatDuration);
    expect(written).to.deep.equal(['12 ms', '0.94 s', '31.0 s', '4m12s', '3h05m']);
  });

  it('reads addresses and refuses what is none, naming the option', () => {
    const parse = addressOf('--client');
    expect(parse('127.0.0.1:7401')).to.equal('127.0.0.1:7401');
    expect(parse('[::1]:0')).to.equal('[::1]:0');
    for (const text of ['', 'n1', '127.0.0.1', ':7401', 'a:b', 'a:65536', 'a:1:2', 'http://a:1']) {
      const error = failureOf(() => parse(text));
      expect(error.code, text).to.equal('ERR_INVALID_ARGUMENT');
      expect(error.message).to.include('--client').and.include('127.0.0.1:7401');
    }
  });

  it('reads endpoints with or without scheme and asks each of them once', () => {
    const endpoints = parseEndpoints('a:1, http://b:2,a:1', '--endpoints');
    expect(endpoints).to.deep.equal(['a:1', 'b:2']);
    expect(failureOf(() => parseEndpoints('a:1,', 'STATECRAFT_ENDPOINTS')).message).to.include(
      'STATECRAFT_ENDPOINTS',
    );
  });

  it('reads peers by id and keeps a hostile id an ordinary one', () => {
    expect(parsePeers('n1=a:1,n2=b:2', '--peers')).to.deep.equal({ n1: 'a:1', n2: 'b:2' });
    expect(Object.keys(parsePeers('__proto__=a:1', '--peers'))).to.deep.equal(['__proto__']);
  });

  it('refuses a peer without id or address, and an id named twice', () => {
    for (const text of ['', 'n1', 'n1=', '=a:1', 'n1=a', 'n1=a:1,', 'n1=a:1=b']) {
      expect(failureOf(() => parsePeers(text, '--peers')).code, text).to.equal(
        'ERR_INVALID_ARGUMENT',
      );
    }
    expect(failureOf(() => parsePeers('n1=a:1,n1=b:2', '--peers')).message).to.include(
      '"n1" twice',
    );
  });

  it('reads whole numbers within their bounds only', () => {
    const parse = countOf('--limit', 1, 1_000);
    expect(['1', '1000', '007'].map(parse)).to.deep.equal([1, 1_000, 7]);
    for (const text of ['0', '1001', '-1', '1.5', '1e2', 'many', '']) {
      expect(failureOf(() => parse(text)).code, text).to.equal('ERR_INVALID_ARGUMENT');
    }
  });
});
