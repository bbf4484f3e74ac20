/**
 * Messages as the page shows them: what kind they are, and whether a reply says yes.
 *
 * A leader's heartbeats and their answers are most of what is sent; they pulse along a link rather
 * than fly, and lists leave them out unless asked.
 */
import type { Header } from '../../../actors/inspect/index.ts';

export type MessageKind = 'heartbeat' | 'entries' | 'vote' | 'reply';

export interface ShownMessage {
  readonly kind: MessageKind;
  /** `+` granted or matched, `−` refused; '' for what is no reply. */
  readonly sign: '+' | '−' | '';
}

/** Tells apart what needs the messages before: a reply that matches nothing new is a heartbeat's. */
export class MessageReader {
  readonly #matched = new Map<string, number>();

  read(message: Header): ShownMessage {
    const { type, from, to, success, voteGranted, matchIndex } = message;
    switch (type) {
      case 'rpc.appendEntries':
        return {
          kind: message['lastIndex'] === message['prevLogIndex'] ? 'heartbeat' : 'entries',
          sign: '',
        };
      case 'rpc.appendEntriesReply': {
        if (success !== true) return { kind: 'reply', sign: '−' };
        const pair = `${String(from)}>${String(to)}`;
        // Of the first one nothing is known; most are a heartbeat's.
        const isNew = (this.#matched.get(pair) ?? matchIndex) !== matchIndex;
        this.#matched.set(pair, Number(matchIndex));
        return { kind: isNew ? 'reply' : 'heartbeat', sign: '+' };
      }
      case 'rpc.installSnapshot':
        return { kind: 'entries', sign: '' };
      case 'rpc.installSnapshotReply':
        return { kind: 'reply', sign: '+' };
      case 'rpc.requestVoteReply':
      case 'rpc.preVoteReply':
        return { kind: 'reply', sign: voteGranted === true ? '+' : '−' };
      default:
        return { kind: 'vote', sign: '' };
    }
  }
}

/** A header's fields as text, without its type: `term 3, lastIndex 120`. */
export function fieldsOf(header: Header, without: readonly string[] = []): string {
  return Object.entries(header)
    .filter(([name]) => name !== 'type' && !without.includes(name))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
