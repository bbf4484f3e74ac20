/**
 * The faults that are on, as the header tells them: a chip each, with what ends it.
 *
 * What is equal on all servers that can be asked is one chip.
 */
import type { FaultState } from '../../../actors/node.ts';
import { pairsOf, type Faults as AllFaults } from './faults.ts';

/** What of the faults is read and called here. */
type Faults = Pick<AllFaults, 'states' | 'processes' | 'isCut' | 'set' | 'setCut' | 'do'>;

export interface Chip {
  readonly key: string;
  readonly text: string;
  readonly end: () => void;
}

type Amount = 'delayMs' | 'loss' | 'syncDelayMs' | 'slowMotion';

const amounts: Readonly<
  Record<Amount, { readonly none: number; readonly say: (amount: number, who: string) => string }>
> = {
  delayMs: { none: 0, say: (ms, who) => `⏱ links of ${who} +${ms} ms` },
  loss: { none: 0, say: (share, who) => `⋯ ${who} loses ${Math.round(share * 100)} %` },
  syncDelayMs: { none: 0, say: (ms, who) => `◴ disk of ${who} +${ms} ms` },
  slowMotion: { none: 1, say: (factor, who) => `🐢 slow motion of ${who} ×${factor}` },
};

export function chipsOf(faults: Faults, ids: readonly string[]): Chip[] {
  return [...processChips(faults), ...linkChips(faults, ids), ...amountChips(faults)];
}

function processChips(faults: Faults): Chip[] {
  return Object.entries(faults.processes.value ?? {}).flatMap(([id, state]): Chip[] => {
    if (state === 'paused') {
      return [{ key: `paused ${id}`, text: `‖ ${id} paused`, end: () => faults.do('resume', id) }];
    }
    if (state !== 'gone') return [];
    return [{ key: `gone ${id}`, text: `✕ ${id} down`, end: () => faults.do('restart', id) }];
  });
}

function linkChips(faults: Faults, ids: readonly string[]): Chip[] {
  return pairsOf(ids).flatMap(([a, b]): Chip[] => {
    const [there, back] = [faults.isCut(a, b), faults.isCut(b, a)];
    if (!there && !back) return [];
    const sign = there && back ? '–' : there ? '→' : '←';
    return [
      { key: `cut ${a} ${b}`, text: `✂ ${a} ${sign} ${b}`, end: () => faults.setCut(a, b, false) },
    ];
  });
}

function amountChips(faults: Faults): Chip[] {
  const states = [...faults.states.value];
  return (Object.keys(amounts) as Amount[]).flatMap((name): Chip[] => {
    const { none, say } = amounts[name];
    const ending = { [name]: none } as Partial<FaultState>;
    const on = states.filter(([, state]) => state[name] !== none);
    const [first] = on;
    if (first === undefined) return [];
    const isOfAll = on.length === states.length && on.every(([, s]) => s[name] === first[1][name]);
    if (isOfAll && states.length > 1) {
      const end = (): void => faults.set('', ending);
      return [{ key: name, text: say(first[1][name], 'all'), end }];
    }
    return on.map(([id, state]) => ({
      key: `${name} ${id}`,
      text: say(state[name], id),
      end: () => faults.set(id, ending),
    }));
  });
}
