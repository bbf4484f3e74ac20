/** Below the reserve of free space a server proposes nothing; reads go on; it recovers by itself. */
import { expect } from 'chai';
import { createNode } from '../../actors/node.ts';
import { connect } from '../../actors/client.ts';
import type { ClientResponse } from '../../transport/client-protocol.ts';
import { temporaryFolder } from '../cli/support.ts';
import { HeldReplica, spaceLookEveryMs } from '../support/held-replica.ts';
import { appendReply } from '../support/step.ts';

const limits = { minFreeBytes: 1_000 };

function aLeader(disk: { free: number | null }): HeldReplica {
  const held = new HeldReplica({ limits, freeBytes: () => disk.free }).start().elect().settle();
  const { currentTerm: term, log } = held.context;
  return held.receive(appendReply({ term, matchIndex: log.lastIndex })).settle();
}

/** The code of the answer to a session's opening; '' when there is none yet. */
function open(held: HeldReplica, id: number): string {
  held.submit({ id, op: 'open' }).settle();
  const answer = held.answers.find((each) => each.id === id);
  return answer === undefined || answer.ok ? '' : answer.code;
}

describe('free space', () => {
  it('below the reserve proposals are refused with ERR_STORAGE_FULL, and nothing is appended', () => {
    const disk = { free: 1_000 };
    const held = aLeader(disk);
    const { lastIndex } = held.context.log;
    expect(open(held, 1)).to.equal('');
    disk.free = 999;
    held.pass(spaceLookEveryMs).settle();
    expect(open(held, 2)).to.equal('ERR_STORAGE_FULL');
    expect(held.context.log.lastIndex).to.equal(lastIndex + 1);
    expect(held.role).to.equal('leader');
    expect(held.faults).to.deep.equal([]);
  });

  it('proposals go on by themselves when space is back', () => {
    const disk = { free: 0 };
    const held = aLeader(disk);
    expect(open(held, 1)).to.equal('ERR_STORAGE_FULL');
    disk.free = 1_000;
    held.pass(spaceLookEveryMs).settle();
    expect(open(held, 2)).to.equal('');
  });

  it('what was due meanwhile ends by itself when space is back, though nobody writes', () => {
    const disk = { free: 1_000 };
    const held = new HeldReplica({ voters: ['a'], limits, freeBytes: () => disk.free }).start();
    while (held.role !== 'leader') held.pass(50).settle();
    open(held.settle(), 1);
    const { session } = held.answers[0] as ClientResponse & { session: number };
    const put = { put: { key: 'a', value: { json: 1 }, ttlMs: 2_000 } };
    const place = { session, seq: 1, doneBelow: 1, machine: 'kv' };
    held.submit({ id: 2, op: 'command', ...place, command: put }).settle();

    disk.free = 999;
    for (let i = 0; i < 50; i += 1) held.pass(50).settle();
    disk.free = 1_000;
    for (let i = 0; i < 50; i += 1) held.pass(50).settle();

    held.submit({ id: 3, op: 'read', machine: 'kv', query: { get: { key: 'a' } } }).settle();
    expect(held.answers.at(-1)).to.include({ id: 3, ok: true, result: null });
  });

  it('is looked at once per interval, however much is proposed', () => {
    let looks = 0;
    const held = new HeldReplica({ limits, freeBytes: () => (looks += 1) * 1_000_000 }).start();
    held.elect().settle();
    const before = looks;
    for (let id = 1; id <= 50; id += 1) open(held, id);
    expect(looks).to.equal(before);
    held.pass(spaceLookEveryMs);
    expect(looks).to.equal(before + 1);
  });

  it('that nobody can tell of refuses nothing', () => {
    expect(open(aLeader({ free: null }), 1)).to.equal('');
  });

  it('of a real disk: a node whose reserve is more than that refuses writes and serves reads', async () => {
    const folder = await temporaryFolder();
    const node = await createNode({
      ...{ id: 'n1', peers: { n1: '127.0.0.1:0' }, client: '127.0.0.1:0' },
      dataDir: folder.path,
      limits: { minFreeBytes: Number.MAX_SAFE_INTEGER },
    });
    const db = await connect([node.addresses.client]);
    try {
      expect(await db.get('a')).to.equal(null);
      const refused = await db.put('a', 1).catch((error: unknown) => error);
      expect(refused).to.include({ code: 'ERR_STORAGE_FULL', outcome: 'not-applied' });
      const put = { method: 'PUT', body: 'x' };
      const url = `http://${node.addresses.client}`;
      expect((await fetch(`${url}/v1/kv/a`, put)).status).to.equal(507);
      const text = await (await fetch(`${url}/metrics`)).text();
      expect(text).to.match(/^statecraft_disk_free_bytes [1-9]\d*$/m);
    } finally {
      db.stop();
      await node.stop();
      await folder.remove();
    }
  });
});
