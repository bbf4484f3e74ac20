/**
 * What each command writes with `-o json`, as schemas: published in docs/cli/schemas/ for programs
 * that read it, and held to the real outputs by a test. Strict: a new field is a new line here.
 */
import { z } from 'zod';

const count = z.int().nonnegative();
const revision = z.int().positive();
const previousRevision = revision.nullable();
const key = z.string();
/** Any JSON: bigint and Date as strings, Map and Set as arrays. */
const value = z.unknown();
const address = z.string();

/** Written when it is held, and there is no command whose output it would mix with. */
const held = z.strictObject({ key, token: revision });
const modified = z.strictObject({ key, revision, previousRevision });

const member = z.strictObject({
  id: z.string(),
  role: z.string().nullable(),
  reachable: z.boolean(),
  /** Null: it is none, or not any more. */
  member: z.enum(['voter', 'leaving', 'learner']).nullable(),
  state: z.string().nullable(),
  term: count.nullable(),
  snapshot: count.nullable(),
  first: count.nullable(),
  last: count.nullable(),
  commit: count.nullable(),
  applied: count.nullable(),
  lag: z.int().nullable(),
  client: address.nullable(),
  uptimeMs: z.number().nullable(),
  version: z.string().nullable(),
  reason: z.string().nullable(),
});

const explained = z.strictObject({
  code: z.string().startsWith('ERR_'),
  meaning: z.string(),
  cause: z.string(),
  remedy: z.string(),
  outcome: z.array(z.enum(['applied', 'not-applied', 'unknown'])),
  retryable: z.union([z.boolean(), z.literal('sometimes')]),
  exitCode: count,
});

const log = {
  cluster: z.string(),
  node: z.string(),
  incarnation: z.string(),
  boot: count,
  format: count,
  vote: z.strictObject({
    term: count,
    votedFor: z.string().nullable(),
    trust: z.enum(['proven', 'doubtful']),
  }),
  snapshot: z
    .strictObject({
      file: z.string(),
      index: count,
      term: count,
      sizeBytes: count,
      hash: z.string(),
    })
    .nullable(),
  firstIndex: count,
  lastIndex: count,
  checksum: z.string(),
  runs: z.array(z.strictObject({ firstIndex: count, term: count })),
  provenIndex: count,
  tornBytes: count,
  segments: z.array(z.strictObject({ file: z.string(), firstIndex: count, lastIndex: count })),
};

const put = z.strictObject({ type: z.literal('put'), key, value, previousRevision, revision });
const deleted = z.strictObject({
  type: z.literal('delete'),
  key,
  previousRevision,
  reason: z.enum(['deleted', 'expired']),
  revision,
});
const progress = z.strictObject({ type: z.literal('progress'), revision: count });

const ready = z.strictObject({
  type: z.literal('ready'),
  ready: z.literal(true),
  cluster: z.string(),
  leader: z.string(),
  term: count,
  page: z.string(),
  nodes: z.array(
    z.strictObject({
      id: z.string(),
      client: address,
      peer: address,
      pid: count,
      dataDir: z.string(),
    }),
  ),
});
const newLeader = z.strictObject({
  type: z.literal('leader'),
  id: z.string(),
  term: count,
  /** Milliseconds after the death of the one before; null when that lives. */
  gapMs: count.nullable(),
});
const death = z.strictObject({
  type: z.literal('death'),
  id: z.string(),
  pid: count,
  code: count.nullable(),
  signal: z.string().nullable(),
  restart: z.array(z.string()),
});

/** A server that had died answers again; `gone`: one that was started again elsewhere no more. */
const back = z.strictObject({ type: z.enum(['back', 'gone']), id: z.string() });

/** Peer addresses by server id. */
const servers = z.record(z.string(), address);
const members = z.strictObject({
  index: count,
  committed: z.boolean(),
  leader: z.string().nullable(),
  voters: servers,
  /** Not empty: a change is under way, and a majority of these must agree as well. */
  outgoing: servers,
  learners: servers,
  removed: z.array(z.string()),
  /** Follows by itself once all new voters have caught up. */
  next: z
    .strictObject({ voters: z.array(z.string()), learners: z.array(z.string()) })
    .exactOptional(),
});

/** By file name; of `watch` and `demo`, one line. */
export const outputSchemas = {
  put: modified,
  cas: modified,
  get: z.strictObject({ key, value, revision: previousRevision }),
  del: z.strictObject({ key, deleted: z.boolean(), revision, previousRevision }),
  list: z.strictObject({
    entries: z.array(z.strictObject({ key, value, revision })),
    more: z.boolean(),
    next: key.nullable(),
    revision: count,
  }),
  txn: z.strictObject({
    ok: z.boolean(),
    revision,
    results: z.array(
      z.union([
        z.strictObject({ value, revision }),
        z.strictObject({ revision, previousRevision }),
        z.null(),
      ]),
    ),
  }),
  lock: held,
  elect: held,
  watch: z.union([put, deleted, progress]),
  status: z.strictObject({
    cluster: z.string(),
    health: z.enum(['healthy', 'degraded', 'unavailable']),
    leader: z.string().nullable(),
    term: count,
    viewer: z.string(),
    reachable: count,
    voters: count,
    spare: z.int(),
    joint: z.boolean(),
    members: z.array(member),
  }),
  metrics: z.strictObject({
    metrics: z.array(
      z.strictObject({
        name: z.string(),
        type: z.enum(['counter', 'gauge', 'histogram']),
        help: z.string(),
        samples: z.array(
          z.strictObject({
            name: z.string(),
            labels: z.record(z.string(), z.union([z.string(), z.number()])),
            value: z.number(),
          }),
        ),
      }),
    ),
  }),
  start: z.strictObject({ id: z.string(), peer: address, client: address }),
  demo: z.union([ready, newLeader, death, back]),
  'move-leader': z.strictObject({ leader: z.string() }),
  'member-list': members,
  'member-add': members,
  'member-promote': members,
  'member-remove': members,
  'member-replace': members,
  inspect: z.strictObject({ url: z.string() }),
  chart: z.strictObject({ files: z.array(z.string()) }),
  explain: z.union([explained, z.strictObject({ codes: z.array(explained) })]),
  completion: z.strictObject({ shell: z.enum(['bash', 'zsh', 'fish']), script: z.string() }),
  'config-init': z.strictObject({ file: z.string() }),
  'config-print': z.strictObject({
    settings: z.array(
      z.strictObject({
        name: z.string(),
        /** As it is used: durations in milliseconds, peers by id; null when not set. */
        value: z.unknown(),
        source: z.enum(['flag', 'env', 'file', 'default']).nullable(),
        origin: z.string().nullable(),
      }),
    ),
    ignored: z.array(z.string()),
  }),
  'log-verify': z.strictObject({ ok: z.literal(true), ...log }),
  'log-inspect': z.strictObject({
    ...log,
    entries: z.array(
      z.strictObject({
        index: revision,
        term: count,
        time: count,
        checksum: z.string(),
        entry: z.unknown(),
      }),
    ),
    more: z.boolean(),
  }),
  'check-history': z.looseObject({ verdict: z.enum(['linearizable', 'violation', 'unknown']) }),
  simulate: z.looseObject({ seeds: count, events: count, violations: count }),
  error: z.strictObject({
    error: z.strictObject({
      code: z.string().startsWith('ERR_'),
      message: z.string(),
      retryable: z.boolean(),
      outcome: z.enum(['applied', 'not-applied', 'unknown']),
      leader: z.strictObject({ id: z.string(), client: address }).nullable(),
      revision: count.nullable(),
    }),
  }),
} as const satisfies Record<string, z.ZodType>;
