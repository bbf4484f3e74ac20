/** The session table: exactly once, and every refusal and eviction the same on all servers. */
import { expect } from 'chai';
import type { CommandEntry } from '../../replicated/entry.ts';
import { createSessions, maxResultsPerSession } from '../../replicated/sessions.ts';
import type { Json } from '../../replicated/state-machine.ts';

function command(session: number, seq: number, doneBelow = 1): CommandEntry {
  return { kind: 'command', session, seq, doneBelow, machine: 'kv', command: null };
}

/** A table, and how often its commands ran. */
function aTable(maxSessions = 10) {
  const sessions = createSessions();
  let runs = 0;
  const open = (index: number, timeMs = 0, ttlMs = 1_000) => {
    sessions.open({ kind: 'session', ttlMs, maxSessions }, index, timeMs);
  };
  const apply = (entry: CommandEntry, index: number, timeMs = 0) => {
    return sessions.once(entry, index, timeMs, () => {
      runs += 1;
      return { run: runs };
    });
  };
  return { sessions, open, apply, runs: () => runs };
}

type Table = ReturnType<typeof aTable>;

/** As they come back from a disk. */
function itemsOf({ sessions }: Table): Json[] {
  return JSON.parse(JSON.stringify([...sessions.snapshot()])) as Json[];
}

function restore({ sessions }: Table, items: readonly Json[]): void {
  const steps = sessions.restore();
  for (const item of items) steps.add(item);
  steps.finish();
}

describe('sessions', () => {
  it('§8: a command that was already executed is answered with its first result, not run again', () => {
    const table = aTable();
    table.open(1);
    const first = table.apply(command(1, 1), 2);

    const retried = table.apply(command(1, 1), 5);

    expect(first).to.deep.equal({ ok: true, index: 2, value: { run: 1 } });
    expect(retried).to.deep.equal(first);
    expect(table.runs()).to.equal(1);
  });

  it('keeps the result of a retry that comes after later commands of its session', () => {
    const table = aTable();
    table.open(1);
    table.apply(command(1, 1), 2);
    table.apply(command(1, 2), 3);
    table.apply(command(1, 3), 4);

    expect(table.apply(command(1, 2, 2), 5)).to.include({ ok: true, index: 3 });
    expect(table.runs()).to.equal(3);
  });

  it('takes the sequence numbers of one session in any order, each once', () => {
    const table = aTable();
    table.open(1);

    expect(table.apply(command(1, 2), 2)).to.include({ ok: true, index: 2 });
    expect(table.apply(command(1, 1), 3)).to.include({ ok: true, index: 3 });
    expect(table.apply(command(1, 2), 4)).to.include({ ok: true, index: 2 });
  });

  it('refuses a late duplicate below doneBelow instead of running it a second time', () => {
    const table = aTable();
    table.open(1);
    table.apply(command(1, 1), 2);
    table.apply(command(1, 2, 2), 3);

    expect(table.apply(command(1, 1, 1), 4)).to.include({
      ok: false,
      code: 'ERR_RESULT_DISCARDED',
    });
    expect(table.runs()).to.equal(2);
  });

  it('never lowers doneBelow for an old entry, and survives a hostile leap of it', () => {
    const table = aTable();
    table.open(1);
    table.apply(command(1, 1), 2);
    table.apply(command(1, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER), 3);

    expect(table.apply(command(1, 5, 1), 4)).to.include({ code: 'ERR_RESULT_DISCARDED' });
    const kinds = itemsOf(table).map((item) => Object.keys(Object(item) as object)[0]);
    expect(kinds).to.deep.equal(['session', 'result']);
  });

  it('answers ERR_SESSION_EXPIRED for a session it does not know, and runs nothing', () => {
    const table = aTable();

    expect(table.apply(command(9, 1), 10)).to.include({ ok: false, code: 'ERR_SESSION_EXPIRED' });
    expect(table.runs()).to.equal(0);
  });

  it('evicts the least recently used session, by the order of the log', () => {
    const table = aTable(2);
    table.open(1);
    table.open(2);
    table.apply(command(1, 1), 3);

    table.open(4);

    expect(table.apply(command(2, 1), 5)).to.include({ code: 'ERR_SESSION_EXPIRED' });
    expect(table.apply(command(1, 2), 6)).to.include({ ok: true });
    expect(table.apply(command(4, 1), 7)).to.include({ ok: true });
  });

  it('bounds the results of one session, and goes on when the client raises doneBelow', () => {
    const table = aTable();
    table.open(1);
    for (let seq = 1; seq <= maxResultsPerSession; seq += 1) table.apply(command(1, seq), seq + 1);
    const next = maxResultsPerSession + 1;

    expect(table.apply(command(1, next), next + 1)).to.include({ code: 'ERR_SESSION_FULL' });
    expect(table.apply(command(1, 1), next + 2)).to.include({ ok: true, index: 2 });
    expect(table.apply(command(1, next, 2), next + 3)).to.include({ ok: true, index: next + 3 });
  });

  it('restores from its snapshot to a table that refuses, answers and evicts the same', () => {
    const original = aTable(2);
    original.open(1);
    original.open(2);
    original.apply(command(2, 3, 2), 3);
    original.apply(command(1, 1), 4);
    const restored = aTable(2);
    restored.open(99);
    restore(restored, itemsOf(original));

    expect(itemsOf(restored)).to.deep.equal(itemsOf(original));
    for (const table of [original, restored]) {
      expect(table.apply(command(2, 3, 2), 5)).to.deep.equal({
        ok: true,
        index: 3,
        value: { run: 1 },
      });
      expect(table.apply(command(2, 1, 1), 6)).to.include({ code: 'ERR_RESULT_DISCARDED' });
      table.open(7); // evicts 1, used before 2
      expect(table.apply(command(1, 1), 8)).to.include({ code: 'ERR_SESSION_EXPIRED' });
      expect(table.apply(command(99, 1), 9)).to.include({ code: 'ERR_SESSION_EXPIRED' });
    }
  });

  it('forgets a session that had no command for its ttl of replicated time, and no earlier', () => {
    const table = aTable();
    table.open(1, 0, 1_000);
    table.apply(command(1, 1), 2, 600);

    expect(table.sessions.expire(1_599)).to.deep.equal([]);
    expect(table.sessions.expire(1_600)).to.deep.equal([1]);
    expect(table.apply(command(1, 1), 4, 1_600)).to.include({ code: 'ERR_SESSION_EXPIRED' });
    expect(table.runs()).to.equal(1);
  });

  it('expires each by what its own opening said, whatever servers were configured to since', () => {
    const table = aTable();
    table.open(1, 0, 5_000);
    table.open(2, 100, 300);

    expect(table.sessions.expire(400)).to.deep.equal([2]);
    expect(table.sessions.expire(4_999)).to.deep.equal([]);
    expect(table.sessions.expire(5_000)).to.deep.equal([1]);
  });

  it('expires alike what was restored, at the same time and not a command later', () => {
    const original = aTable();
    original.open(1, 0, 1_000);
    original.open(2, 0, 1_000);
    original.apply(command(2, 1), 3, 400);
    const restored = aTable();
    restored.open(9, 0, 1);
    restore(restored, itemsOf(original));

    for (const timeMs of [999, 1_000, 1_399, 1_400]) {
      expect(restored.sessions.expire(timeMs)).to.deep.equal(original.sessions.expire(timeMs));
    }
    expect(itemsOf(restored)).to.deep.equal([]);
  });

  it('gives a snapshot of its moment, whatever is applied while it is read', () => {
    const table = aTable(3);
    for (const index of [1, 2, 3]) table.open(index);
    for (const seq of [1, 2, 3]) table.apply(command(1, seq), 3 + seq);
    table.apply(command(2, 1), 7);
    const expected = itemsOf(table);

    const lazily = table.sessions.snapshot()[Symbol.iterator]();
    const read = [lazily.next().value];
    table.apply(command(1, 4, 3), 8); // discards and adds
    table.open(9); // evicts 3
    table.apply(command(2, 2), 10);
    const later = itemsOf(table);
    for (let next = lazily.next(); next.done !== true; next = lazily.next()) read.push(next.value);

    expect(read).to.deep.equal(expected);
    expect(itemsOf(table)).to.deep.equal(later);
    expect(later).to.deep.include({ result: [2, 2, 10, { run: 6 }] });
  });

  it('refuses items that are none, and keeps what it had', () => {
    const table = aTable();
    table.open(1);
    const session = { id: 1, ttlMs: 1, lastUsedMs: 0, doneBelow: 1 };
    const wrong: Json[][] = [
      [null],
      [{ session: { id: 1 } }],
      [{ result: [1, 1, 1, null] }],
      [{ session }, { result: [1, 1, 1] }],
    ];
    for (const items of wrong) {
      expect(() => restore(table, items)).to.throw('ERR_SNAPSHOT_CORRUPT');
    }
    expect(table.apply(command(1, 1), 2)).to.include({ ok: true });
  });

  it('makes room as the entry says when the bound was lowered: no option of this server counts', () => {
    const table = aTable(3);
    for (const index of [1, 2, 3]) table.open(index);
    table.sessions.open({ kind: 'session', ttlMs: 1, maxSessions: 2 }, 4, 0);

    expect(table.apply(command(2, 1), 5)).to.include({ code: 'ERR_SESSION_EXPIRED' });
    expect(table.apply(command(3, 1), 6)).to.include({ ok: true });
    expect(table.apply(command(4, 1), 7)).to.include({ ok: true });
  });
});
