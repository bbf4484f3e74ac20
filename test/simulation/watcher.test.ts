/** What a simulated watcher does to the servers that it visits, whatever they tell it. */
import { expect } from 'chai';
import { SimulatedWatcher } from '../../simulation/clients/watcher.ts';
import { VirtualClock } from '../../simulation/clock.ts';
import { WatchRules } from '../../simulation/invariants/watches.ts';
import { randomFrom } from '../../simulation/random.ts';
import { Reference } from '../../simulation/reference.ts';

const visits = 3_000;

describe('simulation: watcher', () => {
  it('has one watch at a time: its places would run out where it stays for thousands of visits', () => {
    // given
    const clock = new VirtualClock();
    let open = 0;
    let most = 0;
    let opened = 0;
    const watcher = new SimulatedWatcher('w1', {
      clock,
      random: randomFrom(1),
      servers: ['n1'],
      rules: new WatchRules(() => undefined, new Reference()),
      staysMs: 10,
      watch: () => {
        opened += 1;
        open += 1;
        most = Math.max(most, open);
        return () => (open -= 1);
      },
    });

    // when
    watcher.start();
    while (opened < visits) clock.step();

    // then
    expect(most).to.equal(1);
  });
});
