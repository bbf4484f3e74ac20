/** machines/assign.ts: cheaper than XState's own, and to be told from it by nothing else. */
import { expect } from 'chai';
import { assign as assignOf, createActor, createMachine } from 'xstate';
import { assign } from '../../machines/assign.ts';

interface Counts {
  readonly count: number;
  readonly last: string;
}
type Add = { readonly type: 'add'; readonly by: number } | { readonly type: 'forget' };

/** A chart with regions, which assigns by a function, and by name. */
const chartWith = (given: typeof assignOf) =>
  createMachine({
    types: {} as { context: Counts; events: Add },
    context: { count: 0, last: '' },
    type: 'parallel',
    states: {
      a: {
        initial: 'even',
        states: { even: { tags: 'round', on: { add: 'odd' } }, odd: { on: { add: 'even' } } },
      },
      b: {
        on: {
          add: {
            actions: [
              given(({ context, event }) => ({
                count: context.count + (event as { by: number }).by,
              })),
              given(({ context, event }) => ({ last: `${event.type} ${context.count}` })),
            ],
          },
          forget: { actions: given({ last: '', count: ({ context }) => -context.count }) },
        },
      },
    },
  });

describe('assign', () => {
  const events: readonly Add[] = [
    { type: 'add', by: 2 },
    { type: 'add', by: 3 },
    { type: 'forget' },
    { type: 'add', by: 1 },
  ];

  it("leaves after each event the very snapshot that XState's own leaves", () => {
    const [ours, theirs] = [assign, assignOf].map((given) => {
      const actor = createActor(chartWith(given)).start();
      return events.map((event) => {
        actor.send(event);
        const { value, context, tags, status, children, historyValue } = actor.getSnapshot();
        return { value, context, tags: [...tags], status, children, historyValue };
      });
    });
    expect(ours).to.deep.equal(theirs);
    expect(ours?.at(-1)).to.deep.include({ value: { a: 'odd', b: {} }, tags: [] });
    expect(ours?.at(-1)?.context).to.deep.equal({ count: -4, last: 'add -4' });
  });

  it('changes no snapshot that somebody holds', () => {
    const actor = createActor(chartWith(assign)).start();
    const before = actor.getSnapshot();
    actor.send({ type: 'add', by: 1 });
    expect(before.context).to.deep.equal({ count: 0, last: '' });
    expect(actor.getSnapshot().can({ type: 'forget' })).to.equal(true);
  });

  it('is drawn and inspected as an assignment', () => {
    expect(assign({})).to.include({ type: 'xstate.assign' });
  });
});
