/**
 * The example of docs/guides/tests-from-graphs.md: the shop is tested along paths through the order
 * machine, its deadline included, and whatever the paths miss must be explained.
 */
import { expect } from 'chai';
import { SimulatedClock } from 'xstate';
// In a project of your own: from 'statecraft/testing'.
import { testsFromGraph, type SystemUnderTest } from '../../../simulation/graph-tests/index.ts';
import { orderMachine, type OrderEvent } from './order.machine.ts';
import { Shop } from './shop.ts';

interface View {
  readonly status: string;
  readonly items: number;
}

class ShopUnderTest implements SystemUnderTest<OrderEvent, View> {
  #clock = new SimulatedClock();
  #shop = new Shop(this.#clock);

  start(): void {
    this.#clock = new SimulatedClock();
    this.#shop = new Shop(this.#clock);
  }

  send({ type }: OrderEvent): void {
    const shop = this.#shop;
    const calls = {
      'item.added': () => shop.add(),
      'order.placed': () => shop.place(),
      'payment.received': () => shop.pay(),
      'payment.declined': () => shop.decline(),
      'parcel.sent': () => shop.send(),
    };
    calls[type]();
  }

  fireTimer(): void {
    this.#clock.increment(15 * 60_000); // The order machine has one timer.
  }

  read(): View {
    return { status: this.#shop.status, items: this.#shop.items };
  }

  stop(): void {
    // Nothing to release.
  }
}

describe('example: a shop tested from the graph of its orders', () => {
  const tests = testsFromGraph(orderMachine, {
    input: undefined,
    events: ({ context }): OrderEvent[] => [
      ...(context.items < 2 ? [{ type: 'item.added' } as const] : []),
      { type: 'order.placed' },
      { type: 'payment.received' },
      { type: 'payment.declined' },
      { type: 'parcel.sent' },
    ],
  });

  for (const path of tests.paths) {
    it(path.title.slice(0, 100), () =>
      tests.run(path, new ShopUnderTest(), ({ snapshot }) => ({
        status: snapshot.value,
        items: snapshot.context.items,
      })),
    );
  }

  it('leaves no state, transition, guard or pair of state and event untried', () => {
    const { missing, table } = tests.coverage.report();
    process.stdout.write(`${table}\n`);
    expect(missing).to.deep.equal([]);
  });
});
