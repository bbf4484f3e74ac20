/**
 * The faults that this page injects: on links and disks it asks each server, on processes the demo's
 * supervisor (docs/page.md#faults). What is shown is what they answered, never what was asked.
 *
 * A cut link is cut at both of its ends, so that it stays cut when one of them starts again.
 */
import { computed, signal } from '@preact/signals';
import type { FaultState } from '../../../actors/node.ts';

/** What lets this page break things (fault-access.ts). */
export interface FaultAccess {
  readonly token: string;
  /** `host:port`; null where no supervisor owns the processes. */
  readonly supervisor: string | null;
}

export type ProcessState = 'running' | 'paused' | 'gone';
export type Deed = 'kill' | 'stop' | 'pause' | 'resume' | 'restart';

/** Milliseconds before the supervisor is dialled again. */
const redialMs = 1_000;
/** Timers take so many times as long in slow motion. */
export const slowFactor = 10;

export class Faults {
  readonly access: FaultAccess | null;
  /** By server; those that cannot be asked now are missing. */
  readonly states = signal<ReadonlyMap<string, FaultState>>(new Map());
  /** By server; null where no supervisor answers. */
  readonly processes = signal<Readonly<Record<string, ProcessState>> | null>(null);
  readonly isSlow = computed(() => [...this.states.value.values()].some(isSlow));
  readonly #sockets = new Map<string, WebSocket>();
  #supervisor: WebSocket | null = null;

  constructor(access: FaultAccess | null) {
    this.access = access;
    if (access?.supervisor != null) this.#superviseAt(access.supervisor, access.token);
  }

  /** A server can be reached, or again. */
  connect(id: string, address: string): void {
    const known = this.#sockets.get(id);
    if (this.access === null || known?.readyState === WebSocket.OPEN) return;
    known?.close();
    const socket = new WebSocket(`ws://${address}/faults?token=${this.access.token}`);
    this.#sockets.set(id, socket);
    // Not when the page is opened: it changes nothing by being looked at.
    let isBack = known !== undefined;
    socket.onmessage = ({ data }) => {
      if (this.#sockets.get(id) !== socket) return;
      this.#note(id, JSON.parse(String(data)) as FaultState);
      if (isBack) this.#slowAsOthers(id);
      isBack = false;
    };
    socket.onclose = () => {
      if (this.#sockets.get(id) === socket) this.#note(id, null);
    };
  }

  /** Whether faults can be injected into a server now. */
  canAsk(id: string): boolean {
    return this.states.value.has(id);
  }

  /** Whether nothing gets from `a` to `b`. */
  isCut(a: string, b: string): boolean {
    const states = this.states.value;
    return states.get(a)?.cutTo.includes(b) === true || states.get(b)?.cutFrom.includes(a) === true;
  }

  /** Cuts, or mends, the way from `a` to `b` alone. */
  setOneWay(a: string, b: string, cut: boolean): void {
    this.#change(a, ({ cutTo }) => ({ cutTo: withOrWithout(cutTo, b, cut) }));
    this.#change(b, ({ cutFrom }) => ({ cutFrom: withOrWithout(cutFrom, a, cut) }));
  }

  /** Both ways. */
  setCut(a: string, b: string, cut: boolean): void {
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      this.#change(one, ({ cutTo, cutFrom }) => ({
        cutTo: withOrWithout(cutTo, other, cut),
        cutFrom: withOrWithout(cutFrom, other, cut),
      }));
    }
  }

  toggleCut(a: string, b: string): void {
    this.setCut(a, b, !(this.isCut(a, b) || this.isCut(b, a)));
  }

  /** Only servers of one group hear each other; who is in none hears nobody. */
  partition(ids: readonly string[], groups: readonly (readonly string[])[]): void {
    for (const [a, b] of pairsOf(ids)) {
      const together = groups.some((group) => group.includes(a) && group.includes(b));
      this.setCut(a, b, !together);
    }
  }

  /** Of one server, or of all: ''. */
  set(id: string, change: Partial<FaultState>): void {
    const ids = id === '' ? [...this.states.peek().keys()] : [id];
    for (const one of ids) this.#change(one, () => change);
  }

  do(deed: Deed, server: string): void {
    this.#supervisor?.send(JSON.stringify({ do: deed, server }));
  }

  /** Nothing is broken any more, and whoever is paused or dead runs. */
  heal(): void {
    this.set('', {
      ...{ cutTo: [], cutFrom: [], delayMs: 0, loss: 0, syncDelayMs: 0, slowMotion: 1 },
    });
    for (const [id, state] of Object.entries(this.processes.peek() ?? {})) {
      if (state === 'paused') this.do('resume', id);
      if (state === 'gone') this.do('restart', id);
    }
  }

  /** Time is of the whole cluster: to one that starts again amid slow motion every leader would seem dead. */
  #slowAsOthers(id: string): void {
    const others = [...this.states.peek()].filter(([other]) => other !== id);
    const [first] = others;
    if (first === undefined || !others.every(([, state]) => isSlow(state))) return;
    const { slowMotion } = first[1];
    this.#change(id, (state) => (isSlow(state) ? {} : { slowMotion }));
  }

  #change(id: string, changeOf: (state: FaultState) => Partial<FaultState>): void {
    const state = this.states.peek().get(id);
    const socket = this.#sockets.get(id);
    if (state === undefined || socket?.readyState !== WebSocket.OPEN) return;
    const change = changeOf(state);
    // Taken for granted until the answer, so that changes of one turn add up.
    this.#note(id, { ...state, ...change });
    socket.send(JSON.stringify(change));
  }

  #note(id: string, state: FaultState | null): void {
    const states = new Map(this.states.peek());
    if (state === null) states.delete(id);
    else states.set(id, state);
    this.states.value = states;
  }

  #superviseAt(address: string, token: string): void {
    const socket = new WebSocket(`ws://${address}/supervisor?token=${token}`);
    this.#supervisor = socket;
    socket.onmessage = ({ data }) => {
      const { servers } = JSON.parse(String(data)) as { servers: Record<string, ProcessState> };
      this.processes.value = servers;
    };
    socket.onclose = () => {
      this.processes.value = null;
      setTimeout(() => this.#superviseAt(address, token), redialMs);
    };
  }
}

export function pairsOf(ids: readonly string[]): (readonly [string, string])[] {
  return ids.flatMap((a, i) => ids.slice(i + 1).map((b) => [a, b] as const));
}

function withOrWithout(list: readonly string[], one: string, present: boolean): string[] {
  const others = list.filter((other) => other !== one);
  return present ? [...others, one] : others;
}

function isSlow({ slowMotion }: FaultState): boolean {
  return slowMotion > 1;
}
