/** An event of a server in a few words. */
import type { NodeEvent } from '../../../actors/inspect/index.ts';
import { causeName, valueInWords } from './chart-places.ts';
import { fieldsOf } from './messages.ts';

export function describe(event: NodeEvent): string {
  switch (event.type) {
    case 'step': {
      const { actor, cause, edges, value } = event;
      const becomes = value === undefined ? '' : ` → ${valueInWords(value).join('; ')}`;
      const ignored = edges.length === 0 ? ' (ignored)' : '';
      return `${shortActor(actor)}: ${causeName(cause.type)}${becomes}${ignored}`;
    }
    case 'message.sent':
    case 'message.received': {
      const { message } = event;
      const route = `${String(message['from'])} → ${String(message['to'])}`;
      return `${message.type.slice(4)} ${route}: ${fieldsOf(message, ['from', 'to'])}`;
    }
    case 'timers': {
      const armed = event.armed.map(({ delay }) => delay).join(', ');
      return `${shortActor(event.actor)}: ${armed || `${event.cancelled.length} cancelled`}`;
    }
    case 'digest':
      return `${shortActor(event.actor)} knows more`;
    case 'actor.started':
      return shortActor(event.actor);
    case 'actor.stopped':
      return `${shortActor(event.actor)}, ${event.status}`;
    case 'log.appended':
    case 'log.truncated':
      return `${event.firstIndex} … ${event.lastIndex}`;
    case 'log.persisted':
    case 'log.committed':
    case 'log.applied':
      return `through ${event.index}`;
    case 'counted': {
      const [steps, sent, received] = [event.steps, event.sent, event.received].map(sumOf);
      return `under load, not listed: ${steps} steps, ${sent} messages sent, ${received} received`;
    }
    case 'process':
      return `event loop ${event.loopDelayMs} ms late`;
  }
}

/** Of what was counted by actor, or by server. */
export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** `n1/replicator.n2` without the server, which has a column of its own. */
export function shortActor(actor: string): string {
  return actor.slice(actor.indexOf('/') + 1);
}
