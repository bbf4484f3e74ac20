/** The faults that are on, in the few words of the header. */
import { signal } from '@preact/signals';
import { expect } from 'chai';
import type { FaultState } from '../../actors/node.ts';
import { chipsOf } from '../../apps/web/model/fault-chips.ts';
import type { Faults, ProcessState } from '../../apps/web/model/faults.ts';

const none: FaultState = {
  ...{ cutTo: [], cutFrom: [], delayMs: 0, loss: 0, syncDelayMs: 0, slowMotion: 1 },
};

/** What the page would know, and what ends a fault written down. */
function known(
  states: Readonly<Record<string, Partial<FaultState>>>,
  processes: Readonly<Record<string, ProcessState>> | null = null,
) {
  const ended: string[] = [];
  const all = new Map(Object.entries(states).map(([id, state]) => [id, { ...none, ...state }]));
  const faults: Pick<Faults, 'states' | 'processes' | 'isCut' | 'set' | 'setCut' | 'do'> = {
    states: signal(all),
    processes: signal(processes),
    isCut: (a, b) =>
      all.get(a)?.cutTo.includes(b) === true || all.get(b)?.cutFrom.includes(a) === true,
    set: (id, change) => void ended.push(`${id}: ${JSON.stringify(change)}`),
    setCut: (a, b, cut) => void ended.push(`${a} ${b} ${cut}`),
    do: (deed, id) => void ended.push(`${deed} ${id}`),
  };
  const chips = chipsOf(faults, ['n1', 'n2', 'n3']);
  return { texts: chips.map(({ text }) => text), chips, ended };
}

describe('web: chips of faults', () => {
  it('are none for a healthy cluster', () => {
    expect(known({ n1: {}, n2: {} }, { n1: 'running', n2: 'running' }).texts).to.deep.equal([]);
  });

  it('say of a link whether it is cut one way or both, whichever end says so', () => {
    const { texts } = known({
      n1: { cutTo: ['n2'], cutFrom: ['n2'] },
      n3: { cutFrom: ['n2'] },
    });
    expect(texts).to.deep.equal(['✂ n1 – n2', '✂ n2 → n3']);
  });

  it('say once what is equal on all servers, and of each what is not', () => {
    expect(known({ n1: { delayMs: 50 }, n2: { delayMs: 50 } }).texts).to.deep.equal([
      '⏱ links of all +50 ms',
    ]);
    expect(known({ n1: { delayMs: 50 }, n2: { delayMs: 90 } }).texts).to.deep.equal([
      '⏱ links of n1 +50 ms',
      '⏱ links of n2 +90 ms',
    ]);
  });

  it('end what they tell of', () => {
    const { chips, ended } = known(
      { n1: { cutTo: ['n2'], slowMotion: 10 }, n2: { slowMotion: 10 } },
      { n1: 'paused', n3: 'gone' },
    );
    for (const chip of chips) chip.end();
    expect(ended).to.deep.equal(['resume n1', 'restart n3', 'n1 n2 false', ': {"slowMotion":1}']);
  });
});
