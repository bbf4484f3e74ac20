/**
 * Bugs of what clients are told (§8; thesis §6.3, §6.4) and of the state that the log drives.
 */
import type { Mutant } from '../mutant.ts';

export const clients: readonly Mutant[] = [
  {
    name: 'M39',
    title: 'a new leader serves reads before an entry of its own term has committed',
    source: 'etcd-io/etcd#7331, tikv/tikv#6340, #9239, RedisLabs/redisraft#22',
    edits: [
      {
        file: 'machines/roles/reading.ts',
        find: "always: { guard: ownTermCommitted, target: 'confirming', actions: startRound },",
        replace: "always: { target: 'confirming', actions: startRound },",
      },
    ],
    expects: ['I34', 'I36'],
  },
  {
    name: 'M51',
    title: "a session ends by a server's own clock instead of by the log",
    source: 'atomix/atomix#330, #981',
    edits: [
      {
        file: 'replicated/sessions.ts',
        find: 'if (timeMs < notBeforeMs) return [];',
        replace:
          'const shared = globalThis as { ticks?: number };\n' +
          '      shared.ticks = (shared.ticks ?? 0) + 1;\n' +
          '      timeMs += (shared.ticks % 5) * 20;',
      },
    ],
    expects: ['I5', 'I32', 'I36', 'I37'],
  },
  {
    name: 'M53',
    title: 'a retried command takes effect twice',
    source: 'jetcd 0.8.2 (Jepsen)',
    edits: [
      {
        file: 'replicated/sessions.ts',
        find: 'if (first !== undefined) return { ok: true, ...first };',
        replace: '',
      },
    ],
    expects: ['I37'],
  },
  {
    name: 'S30',
    title: 'a read is served without asking whether this server still leads',
    source: 'thesis §6.4 step 3 left out',
    edits: [
      {
        file: 'machines/roles/reading.ts',
        find: 'context.peers[voter]?.round ?? 0) >= round,',
        replace: 'context.peers[voter]?.round ?? 0) >= 0,',
      },
    ],
    expects: ['I34', 'I36'],
  },
  {
    name: 'S31',
    title: 'an answer to an older heartbeat confirms a newer read',
    source: 'etcd-io/raft#397',
    edits: [
      {
        file: 'machines/roles/leading.ts',
        find: '? Math.max(known, reply.round) :',
        replace: '? Math.max(known, reply.round, context.round) :',
      },
    ],
    expects: ['I34', 'I36'],
  },
  {
    name: 'S32',
    title: 'a read joins a batch whose ReadIndex was taken before the read arrived',
    source: 'thesis §6.4; modelled on etcd-io/etcd#20418',
    edits: [
      {
        file: 'actors/gateway/pending-reads.ts',
        find: 'this.#gathered.push(read);',
        replace:
          'if (this.#outstanding === null) this.#gathered.push(read);\n' +
          '    else (this.#outstanding.reads as Read[]).push(read);',
      },
    ],
    expects: ['I34', 'I36'],
  },
  {
    name: 'S44',
    title: 'the newest revision of all is taken for one that nobody was ever given',
    source: 'ours',
    edits: [
      {
        file: 'actors/gateway/pending-reads.ts',
        find: '(request.atLeast ?? 0) > readIndex',
        replace: '(request.atLeast ?? 0) >= readIndex',
      },
    ],
    expects: ['I34'],
  },
  {
    name: 'S33',
    title: 'a read is answered before the state has caught up with its ReadIndex',
    source: 'thesis §6.4 step 4 left out',
    edits: [
      {
        file: 'actors/applier.ts',
        find: 'if (index <= lastApplied && !isRestoring) {',
        replace: 'if (index > 0) {',
      },
    ],
    expects: ['I34', 'I36'],
  },
  {
    name: 'S34',
    title: 'a command is answered by its index, whoever put the entry there',
    source: '§5.3: an entry is named by index and term',
    edits: [
      {
        file: 'actors/gateway/pending-commands.ts',
        find: 'if (run.term !== term) this.#fail(pending, overwritten);\n      else if',
        replace: 'if',
      },
      {
        file: 'actors/gateway/pending-commands.ts',
        find: 'run.pending.splice(run.answered + committed);',
        replace: 'run.pending.splice(run.pending.length + committed);',
      },
    ],
    expects: ['I32', 'I37', 'I36'],
  },
  {
    name: 'S35',
    title: 'a command that may yet commit is reported as not applied',
    source: 'TiDB 2.1.7 and RavenDB 6.0.2 (Jepsen): certain where nothing is certain',
    edits: [
      {
        file: 'actors/failures.ts',
        find:
          "'Send it again with the same session and seq: it takes effect once.',\n" +
          "    outcome: 'unknown',",
        replace:
          "'Send it again with the same session and seq: it takes effect once.',\n" +
          "    outcome: 'not-applied',",
      },
    ],
    expects: ['I33'],
  },
  {
    name: 'S36',
    title: 'a late duplicate of a command that its client is done with takes effect again',
    source: 'thesis §6.3; sessions that forget results, and that they had them',
    edits: [
      {
        file: 'replicated/sessions.ts',
        find: "if (entry.seq < session.doneBelow) return refusal('ERR_RESULT_DISCARDED', entry);",
        replace: '',
      },
    ],
    expects: ['I37'],
  },
  {
    name: 'S37',
    title: 'a retry is told its own index instead of the first one',
    source: '§8; RedisLabs/redisraft, retries over a failover',
    edits: [
      {
        file: 'replicated/sessions.ts',
        find: 'if (first !== undefined) return { ok: true, ...first };',
        replace: 'if (first !== undefined) return { ok: true, ...first, index };',
      },
    ],
    expects: ['I37'],
  },
  {
    name: 'S38',
    title: 'the keys live in a plain object, where __proto__ is no ordinary key',
    source: 'the JavaScript classic',
    edits: [
      {
        file: 'replicated/ordered-map.ts',
        find: 'get: (key) => tree.get(key),',
        replace: "get: (key) => (key === '__proto__' ? ({} as V) : tree.get(key)),",
      },
    ],
    expects: ['I36', 'I37'],
  },
  {
    name: 'S39',
    title: 'after a full turn the applier takes the entry before the next one again',
    source: 'sofastack/sofa-jraft (Specula): lastApplied off by one',
    edits: [
      {
        file: 'actors/applier.ts',
        find: 'const lines = store.read(lastApplied + 1, end, maxChunkBytes);',
        replace: 'const lines = store.read(Math.max(1, lastApplied), end, maxChunkBytes);',
      },
    ],
    expects: ['I5', 'I37', 'I14', 'I36'],
  },
];
