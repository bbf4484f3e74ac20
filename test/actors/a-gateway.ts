/** A gateway for tests, what clients ask of it and what the chart and the applier say to it. */
import type { Applied } from '../../actors/applier.ts';
import { createGateway, type GatewayEvent } from '../../actors/gateway/gateway.ts';
import type { Reply } from '../../machines/events.ts';
import { VirtualClock, type Timer } from '../../simulation/clock.ts';
import type { Json } from '../../replicated/state-machine.ts';
import type { ClientRequest, ClientResponse } from '../../transport/client-protocol.ts';

/** A gateway whose chart, applier and event loop are held in the hand. */
export function aGateway({
  maxPending = 100,
  maxUncommittedBytes = 10_000,
  maxCommandBytes = 1000,
} = {}) {
  const sent: GatewayEvent[] = [];
  const deferred: (() => void)[] = [];
  const answers: ClientResponse[] = [];
  const readers: { index: number; callback: (lastApplied: number) => void }[] = [];
  const chart = {
    commitIndex: 0,
    canWait: true,
    isShort: false,
    inTouch: true,
    query: (machine: string, query: Json): Json => ({ machine, query }),
    onSend: undefined as ((event: GatewayEvent) => void) | undefined,
  };
  const membership = {
    members: {
      index: 5,
      entry: {
        kind: 'configuration' as const,
        voters: { a: 'a:1', b: 'b:1' },
        outgoing: {},
        learners: {},
        removed: ['z'],
      },
    },
    commitIndex: 5,
    leads: true,
    leader: 'a',
  };
  const clock = new VirtualClock();
  const gateway = createGateway({
    send: (event) => {
      sent.push(event);
      chart.onSend?.(event);
    },
    defer: (task) => deferred.push(task),
    limits: {
      ...{ maxPending, maxUncommittedBytes, maxCommandBytes },
      ...{ maxSessions: 9, sessionTtlMs: 60_000 },
    },
    state: {
      refuse: (machine) => (machine === 'kv' ? null : `there is no ${machine}`),
      query: (machine, query) => chart.query(machine, query),
    },
    applier: {
      get commitIndex() {
        return chart.commitIndex;
      },
      whenApplied: (index, callback) => {
        if (!chart.canWait) return null;
        const reader = { index, callback };
        readers.push(reader);
        return () => void readers.splice(readers.indexOf(reader), 1);
      },
    },
    isShortOfSpace: () => chart.isShort,
    clock: {
      setTimeout: (run, delayMs) => clock.setTimeout(run, delayMs),
      clearTimeout: (timer) => clock.clearTimeout(timer as Timer),
    },
    ...{ maxReadWaitMs: 2_000, boot: 0 },
    leaderAddress: (id) => ({ id, client: `${id}:7400` }),
    inTouch: () => chart.inTouch,
    status: () => ({ role: 'leader' }),
    membership,
  });
  return {
    gateway,
    membership,
    chart,
    sent,
    answers,
    clock,
    readers,
    deferred,
    submit: (...requests: ClientRequest[]) => {
      for (const request of requests) gateway.submit(request, (answer) => answers.push(answer));
    },
    turn: () => {
      for (const task of deferred.splice(0)) task();
    },
    reply: (reply: Reply) => gateway.reply(reply),
    applied: (...results: Applied[]) => gateway.applied(results),
    /** `id code outcome`, or `id ok`. */
    outcomes: () =>
      answers.map((each) => `${each.id} ${each.ok ? 'ok' : `${each.code} ${each.outcome}`}`),
  };
}

export const command = (id: number, seq = id, value: Json = seq): ClientRequest => {
  return { id, op: 'command', session: 5, seq, doneBelow: 1, machine: 'kv', command: value };
};
export const read = (id: number): ClientRequest => ({ id, op: 'read', machine: 'kv', query: id });
export const open = (id: number): ClientRequest => ({ id, op: 'open' });
export const ok = (index: number, term: number, value: Json = null): Applied => {
  return { index, term, result: { ok: true, index, value } };
};
export const accepted = (batch: number, firstIndex: number, term: number): Reply => {
  return { kind: 'accepted', batch, firstIndex, term };
};
