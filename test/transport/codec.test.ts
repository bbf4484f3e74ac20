/** Peer frames: what is written is read back, and nothing else is read. */
import { expect } from 'chai';
import fc from 'fast-check';
import type { Message, TermRun } from '../../machines/messages.ts';
import type { Lines } from '../../storage/store.ts';
import { decodeMessage, encodeMessage } from '../../transport/codec.ts';
import { maxHeaderBytes } from '../../transport/header-line.ts';
import { aHeartbeat, linesOf, someEntries } from './builders.ts';

const envelope = { from: 'b', to: 'a', term: 3 };
const everyType: Message[] = [
  someEntries(),
  aHeartbeat(1),
  {
    type: 'rpc.appendEntriesReply',
    ...envelope,
    success: false,
    matchIndex: 0,
    refusedIndex: 10,
    hintIndex: 7,
    hintTerm: 2,
    round: 1,
  },
  {
    type: 'rpc.requestVote',
    ...envelope,
    ...{ lastLogIndex: 12, lastLogTerm: 3, leadershipTransfer: true },
  },
  { type: 'rpc.requestVoteReply', ...envelope, voteGranted: true },
  { type: 'rpc.preVote', ...envelope, campaignTerm: 4, lastLogIndex: 12, lastLogTerm: 3 },
  { type: 'rpc.preVoteReply', ...envelope, campaignTerm: 4, voteGranted: false },
  { type: 'rpc.timeoutNow', ...envelope },
  { type: 'rpc.timeoutNowReply', ...envelope },
];

const encode = (text: string) => new TextEncoder().encode(text);

/** The frame of `someEntries` with its header and its lines changed. */
function frameWith(header: object, lines = '{"index":11}\n{"index":12}\n'): Uint8Array {
  const fields = { ...someEntries(), payload: undefined, seed: 1, ...header };
  return encode(`${JSON.stringify(fields)}\n${lines}`);
}

function refusalOf(frame: Uint8Array): string {
  const decoded = decodeMessage(frame);
  if (!('code' in decoded)) throw new Error(`accepted as ${decoded.type}`);
  expect(decoded.code).to.equal('ERR_BAD_FRAME');
  return decoded.message;
}

describe('peer frame', () => {
  for (const message of everyType) {
    it(`reads back a ${message.type} that it wrote`, () => {
      expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
    });
  }

  it('is a JSON line that jq can read, then the very bytes of the log lines', () => {
    const frame = encodeMessage(someEntries());
    const end = frame.indexOf(10);
    const header = JSON.parse(new TextDecoder().decode(frame.subarray(0, end))) as object;
    expect(header).to.include({ type: 'rpc.appendEntries', seed: 0xdead_beef, lastIndex: 12 });
    expect(header).not.to.have.property('payload');
    expect(frame.subarray(end + 1)).to.deep.equal((someEntries().payload as Lines).bytes);
  });

  it('reads lines without copying them', () => {
    const frame = encodeMessage(someEntries());
    const message = decodeMessage(frame);
    const lines = 'payload' in message ? (message.payload as Lines) : null;
    expect(lines?.bytes.buffer).to.equal(frame.buffer);
  });

  it('does not look into log lines: their bytes may be anything but newlines', () => {
    const bytes = Uint8Array.of(0xff, 0x00, 0x0a, 0x7b, 0x0a);
    const payload: Lines = { firstIndex: 11, seed: 0, bytes, ends: [3, 5] };
    const message = someEntries({ payload });
    expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
  });

  it('refuses to write a payload that is not what the header says', () => {
    expect(() => encodeMessage(someEntries({ payload: linesOf(11, 'one') }))).to.throw('11…12');
    expect(() => encodeMessage(someEntries({ payload: linesOf(12, 'a', 'b') }))).to.throw(
      'from 12',
    );
  });

  it('row 28: refuses a header that is not JSON in UTF-8', () => {
    for (const text of ['', '\n', '{}', '{\n', 'null\n', '[]\n', '"rpc.preVote"\n', '{"type":\n']) {
      expect(refusalOf(encode(text)), JSON.stringify(text)).to.be.a('string');
    }
    expect(refusalOf(Uint8Array.of(0xc3, 0x28, 0x0a))).to.include('UTF-8');
    expect(refusalOf(encode('\u{feff}{}\n'))).to.include('not JSON');
    expect(refusalOf(encode(`${'['.repeat(500_000)}\n`))).to.include('not JSON');
  });

  it('row 28: refuses numbers that JSON or JavaScript bend', () => {
    const frame = new TextDecoder().decode(encodeMessage(everyType[3]!));
    for (const term of ['-1', '1.5', '-0', '1e3', '1e999', '9007199254740993', '"3"', 'null']) {
      const bent = frame.replace('"term":3', `"term":${term}`);
      expect(bent).not.to.equal(frame);
      expect(refusalOf(encode(bent)), term).to.be.a('string');
    }
  });

  it('row 28: refuses a key given twice, whichever reader would win', () => {
    const frame = new TextDecoder().decode(encodeMessage(everyType[4]!));
    expect(refusalOf(encode(frame.replace('"term":3', '"term":3,"term":9')))).to.include(
      'canonical',
    );
  });

  it('row 29: refuses unknown and missing fields, __proto__ among them', () => {
    const frame = new TextDecoder().decode(encodeMessage(everyType[4]!));
    for (const field of ['"x":1', '"__proto__":{"voteGranted":true}', '"constructor":1']) {
      refusalOf(encode(frame.replace('"term":3', `"term":3,${field}`)));
    }
    expect(refusalOf(encode(frame.replace(',"voteGranted":true', '')))).to.include('voteGranted');
    expect(Object.prototype).not.to.have.property('voteGranted');
  });

  it('refuses types that it does not know and ids that are none', () => {
    refusalOf(frameWith({ type: 'rpc.installSnapshot' }));
    refusalOf(frameWith({ from: '' }));
    refusalOf(frameWith({ to: 'x'.repeat(129) }));
  });

  it('row 26: refuses a body that was cut, extended or does not end in a newline', () => {
    const whole = frameWith({});
    expect(decodeMessage(whole)).to.have.property('type', 'rpc.appendEntries');
    for (let cut = 1; cut < whole.length; cut += 1) refusalOf(whole.subarray(0, cut));
    expect(refusalOf(frameWith({}, 'a\nb\nc\n'))).to.include('2 log lines');
    expect(refusalOf(frameWith({}, 'a\nb\nc'))).to.include('2 log lines');
    expect(refusalOf(frameWith({}, 'a\nb'))).to.include('2 log lines');
    expect(refusalOf(frameWith({ lastIndex: 10, runs: [] }, 'a\n'))).to.include('0 log lines');
  });

  it('refuses log lines behind a message that carries none', () => {
    expect(refusalOf(encode(`${JSON.stringify(everyType[4])}\nline\n`))).to.include('a body');
  });

  it('refuses runs that do not cover exactly the entries, or whose terms do not grow', () => {
    const run = (firstIndex: number, term: number): TermRun => ({ firstIndex, term });
    const wrong: Record<string, TermRun[]> = {
      'none for two entries': [],
      'a late first': [run(12, 2)],
      'an early first': [run(10, 2)],
      'one past the end': [run(11, 2), run(13, 3)],
      'two at one index': [run(11, 2), run(11, 3)],
      'a term that falls': [run(11, 3), run(12, 2)],
      'a term in two runs': [run(11, 2), run(12, 2)],
      'a term before prevLogTerm': [run(11, 1)],
      'a term past the sender’s': [run(11, 4)],
    };
    for (const [what, runs] of Object.entries(wrong)) {
      expect(refusalOf(frameWith({ runs })), what).to.include('run');
    }
    expect(refusalOf(frameWith({ lastIndex: 9, runs: [] }, ''))).to.include('before prevLogIndex');
    expect(refusalOf(frameWith({ lastIndex: 10 }, ''))).to.include('run');
  });

  it('refuses configurations that its entries cannot hold', () => {
    const of = (index: number, voters = ['a']) => {
      return { index, voters, outgoing: [], learners: [] };
    };
    const wrong: Record<string, ReturnType<typeof of>[]> = {
      'one before the entries': [of(10)],
      'one past the end': [of(13)],
      'two at one index': [of(11), of(11)],
      'two in the wrong order': [of(12), of(11)],
      'one without a voter': [of(11, [])],
    };
    for (const [what, configurations] of Object.entries(wrong)) {
      expect(refusalOf(frameWith({ configurations })), what).to.include('configuration');
    }
  });

  it('bounds the header', () => {
    const runs = Array.from({ length: 40_000 }, (_, i) => ({ firstIndex: 11 + i, term: 2 + i }));
    const frame = frameWith({ term: 99_999, lastIndex: 40_010, runs }, 'x\n'.repeat(40_000));
    expect(frame.indexOf(10)).to.be.above(maxHeaderBytes);
    expect(refusalOf(frame)).to.include('bytes');
  });

  it('refuses a header that nests deeper than the stack, instead of throwing at its reader', () => {
    const snapshot = { index: 1, term: 1, sizeBytes: 1, hash: 1 };
    const about = { offset: 0, chunkBytes: 0, time: 1, checksum: 1, extra: { bomb: 0 } };
    const header = { type: 'rpc.installSnapshot', ...envelope, snapshot, ...about };
    for (const depth of [4_000, 200_000]) {
      const bomb = `"bomb":${'['.repeat(depth)}${']'.repeat(depth)}`;
      refusalOf(encode(`${JSON.stringify(header).replace('"bomb":0', bomb)}\n`));
    }
  });

  it('survives any bytes and any flipped bit without throwing (the seed is in the failure)', () => {
    const frames = everyType.map(encodeMessage);
    const flipped = fc
      .tuple(fc.constantFrom(...frames), fc.nat(), fc.nat(7))
      .map(([frame, at, bit]) => {
        const copy = frame.slice();
        copy[at % copy.length]! ^= 1 << bit;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), flipped), (bytes) => {
        const decoded = decodeMessage(bytes);
        // What is accepted after a flip is still a whole message: it can be written again.
        if (!('code' in decoded))
          expect(encodeMessage(decoded)).to.deep.equal(new Uint8Array(bytes));
      }),
      { numRuns: 3_000 },
    );
  });
});
