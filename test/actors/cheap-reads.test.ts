/**
 * What a linearizable read costs (§8, thesis §6.4): frames between servers and writes of their disks,
 * counted on three replicas whose network and disks stand still unless told.
 */
import { expect } from 'chai';
import type { Message, ServerId } from '../../machines/messages.ts';
import type { ClientRequest } from '../../transport/client-protocol.ts';
import { HeldReplica, methodsOf } from '../support/held-replica.ts';

const ids = ['a', 'b', 'c'] as const;
const many = 1_000;

const aRead = (id: number): ClientRequest => {
  return { id, op: 'read', machine: 'kv', query: { get: { key: 'k' } } };
};

/** Three servers of which `a` leads, with all it wants known everywhere. No time passes any more. */
class Trio {
  writes = 0;
  readonly frames: Message[] = [];
  readonly servers = new Map<ServerId, HeldReplica>(ids.map((id) => [id, this.#server(id)]));

  constructor() {
    for (const server of this.servers.values()) server.start();
    while (this.server('a').role !== 'preCandidate') this.server('a').pass(50);
    this.settle();
    // The followers learn what is committed with the next heartbeat.
    this.server('a').pass(50);
    this.settle();
    expect(this.server('a').role).to.equal('leader');
    this.frames.length = 0;
    this.writes = 0;
  }

  server(id: ServerId): HeldReplica {
    return this.servers.get(id)!;
  }

  /** Delivers and writes until nothing is under way. */
  settle(): void {
    for (let sent: Message[] = []; ;) {
      sent = [...this.servers.values()].flatMap((server) => server.settle().take());
      if (sent.length === 0) return;
      this.frames.push(...sent);
      for (const message of sent) this.server(message.to).receive(message);
    }
  }

  /** How many frames of each type were sent. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { type } of this.frames) counts[type] = (counts[type] ?? 0) + 1;
    return counts;
  }

  #server(id: ServerId): HeldReplica {
    return new HeldReplica({
      ...{ id, voters: ids },
      wrap: (store) => ({
        ...methodsOf(store),
        append: (lines) => {
          this.writes += 1;
          store.append(lines);
        },
        sync: (vote, done) => {
          this.writes += 1;
          store.sync(vote, done);
        },
      }),
    });
  }
}

describe('what linearizable reads cost', () => {
  for (const [reader, extra] of [
    ['a', {}],
    ['b', { 'rpc.readIndex': 1, 'rpc.readIndexReply': 1 }],
  ] as const) {
    const who = reader === 'a' ? 'the leader' : 'a follower';
    const round = { 'rpc.appendEntries': 2, 'rpc.appendEntriesReply': 2, ...extra };

    it(`one on ${who} costs a heartbeat round and no write of any disk`, () => {
      const trio = new Trio();
      trio.server(reader).submit(aRead(1));
      trio.settle();
      expect(trio.server(reader).answers).to.have.length(1);
      expect(trio.server(reader).answers[0]).to.include({ id: 1, ok: true });
      expect(trio.counts()).to.deep.equal(round);
      expect(trio.writes).to.equal(0);
    });

    it(`${many} at once on ${who} share one heartbeat round`, () => {
      const trio = new Trio();
      for (let id = 1; id <= many; id += 1) trio.server(reader).submit(aRead(id));
      trio.settle();
      const answered = trio.server(reader).answers.filter(({ ok }) => ok);
      expect(answered).to.have.length(many);
      expect(trio.counts()).to.deep.equal(round);
      expect(trio.writes).to.equal(0);
    });
  }

  it('those that come while a round is under way share the next one, however many turns they take', () => {
    const trio = new Trio();
    const leader = trio.server('a');
    for (let id = 1; id <= many; id += 1) leader.submit(aRead(id)).turn();
    trio.settle();
    expect(leader.answers.filter(({ ok }) => ok)).to.have.length(many);
    expect(trio.counts()).to.deep.equal({ 'rpc.appendEntries': 4, 'rpc.appendEntriesReply': 4 });
    expect(trio.writes).to.equal(0);
  });
});
