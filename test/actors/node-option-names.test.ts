/**
 * What plain JavaScript may hand to createNode: an option left out, one that nothing knows,
 * or one that its peers would not bear.
 */
import { expect } from 'chai';
import { createNode, type NodeOptions } from '../../actors/node.ts';

const good = {
  id: 'n1',
  peers: { n1: '127.0.0.1:0' },
  client: '127.0.0.1:0',
  dataDir: '/nowhere/statecraft',
};

/** The error of a start with `changes`; what no type would allow is the point. */
async function refusalOf(changes: Readonly<Record<string, unknown>>): Promise<Error> {
  const options = { ...good, ...changes } as unknown as NodeOptions;
  return createNode(options).then(
    () => Promise.reject(new Error('It started.')),
    (error: unknown) => error as Error,
  );
}

describe('node: names of options', () => {
  for (const name of Object.keys(good)) {
    it(`refuses a start without ${name}`, async () => {
      for (const nothing of [undefined, '']) {
        const error = await refusalOf({ [name]: nothing });
        expect(error).to.include({ code: 'ERR_INVALID_CONFIG', message: `${name} is missing` });
      }
    });
  }

  const unknown: readonly (readonly [why: string, changes: object, message: string])[] = [
    ['an option', { datadir: 'x' }, 'the option "datadir" is unknown; there are id, peers,'],
    ['a limit', { limits: { snapshots: 1 } }, 'the limit "snapshots" is unknown; there are '],
    ['a timing', { timing: { heartbeat: 50 } }, 'the timing "heartbeat" is unknown; there are '],
  ];
  for (const [why, changes, message] of unknown) {
    it(`refuses ${why} that it does not know, by name`, async () => {
      const error = await refusalOf({ ...changes });
      expect(error).to.include({ code: 'ERR_INVALID_CONFIG' });
      expect(error.message).to.include(message);
    });
  }

  it('refuses frames that are longer than what its peers take, which would close their connections', async () => {
    const error = await refusalOf({ limits: { maxFrameBytes: 16 << 20 } });
    expect(error).to.include({ code: 'ERR_INVALID_CONFIG' });
    expect(error.message).to.include('maxFrameBytes (16777216) must be at most 7340032');
  });
});
