/**
 * What an order may do: the machine of the example, and of its picture in your documentation.
 */
import { assign, setup } from 'xstate';

export type OrderEvent =
  | { readonly type: 'item.added' }
  | { readonly type: 'order.placed' }
  | { readonly type: 'payment.received' }
  | { readonly type: 'payment.declined' }
  | { readonly type: 'parcel.sent' };

export interface Order {
  readonly items: number;
  /** Cards that were declined. */
  readonly declined: number;
}

export const maxDeclined = 2;

export const orderMachine = setup({
  types: { context: {} as Order, events: {} as OrderEvent },
  actions: {
    addItem: assign({ items: ({ context }) => context.items + 1 }),
    countDeclined: assign({ declined: ({ context }) => context.declined + 1 }),
  },
  guards: {
    hasItems: ({ context }) => context.items > 0,
    mayTryAgain: ({ context }) => context.declined < maxDeclined,
  },
  delays: { paymentDeadline: 15 * 60_000 },
}).createMachine({
  id: 'order',
  context: { items: 0, declined: 0 },
  initial: 'open',
  states: {
    open: {
      on: {
        'item.added': { actions: 'addItem' },
        'order.placed': { guard: 'hasItems', target: 'paying' },
      },
    },
    paying: {
      after: { paymentDeadline: 'cancelled' },
      on: {
        'payment.received': 'packing',
        'payment.declined': [
          { guard: 'mayTryAgain', target: 'paying', reenter: true, actions: 'countDeclined' },
          { target: 'cancelled' },
        ],
      },
    },
    packing: { on: { 'parcel.sent': 'sent' } },
    sent: { type: 'final' },
    cancelled: { type: 'final' },
  },
});
