/**
 * A network that delivers nothing by itself: every message waits until the scenario delivers it,
 * loses it or sets it aside. Tells the transcript what becomes of each.
 */
import type { Message, ServerId } from '../../machines/messages.ts';
import { describeMessage, nameOf } from './scenario-text.ts';

/** Which messages: of a link, of a kind; absent means any. */
export interface Which {
  /** The link in both directions, then. */
  readonly bothWays?: boolean;
  readonly from?: ServerId | undefined;
  readonly to?: ServerId | undefined;
  readonly name?: string | undefined;
}

export class HeldNetwork {
  readonly #servers: readonly ServerId[];
  readonly #tell: (line: string) => void;
  readonly #underWay: Message[] = [];
  readonly #aside: Message[] = [];
  readonly #blocked = new Set<string>();

  constructor(servers: readonly ServerId[], tell: (line: string) => void) {
    this.#servers = servers;
    this.#tell = tell;
  }

  send(message: Message): void {
    this.#underWay.push(message);
  }

  /** Messages under way, oldest first. */
  underWay(which: Which = {}): readonly Message[] {
    return this.#underWay.filter((message) => isOf(message, which));
  }

  /** Takes a message out to be delivered; false when it is lost instead. */
  take(message: Message, isReceived: boolean): boolean {
    this.#remove(message);
    const isLost = !isReceived || this.#blocked.has(`${message.from} ${message.to}`);
    this.#tellOf(message, isLost ? 'lost' : '');
    return !isLost;
  }

  lose(which: Which = {}): void {
    for (const message of this.underWay(which)) {
      this.#remove(message);
      this.#tellOf(message, 'lost');
    }
  }

  /** Takes messages out of the network, to come back later: reordering, and long delays. */
  setAside(which: Which): void {
    for (const message of this.underWay(which)) {
      this.#remove(message);
      this.#aside.push(message);
      this.#tellOf(message, 'held up');
    }
  }

  /** Puts copies of messages aside and leaves them under way, too: duplicates. */
  copyAside(which: Which): void {
    for (const message of this.underWay(which)) {
      this.#aside.push(message);
      this.#tellOf(message, 'doubled');
    }
  }

  bringBack(): void {
    this.#underWay.push(...this.#aside.splice(0));
  }

  /** Loses all that goes from one to the other, silently, until `heal`. */
  block(from: ServerId, to: ServerId): void {
    this.#blocked.add(`${from} ${to}`);
  }

  isolate(id: ServerId): void {
    for (const peer of this.#servers) {
      if (peer === id) continue;
      this.block(id, peer);
      this.block(peer, id);
    }
  }

  heal(): void {
    this.#blocked.clear();
  }

  #remove(message: Message): void {
    const at = this.#underWay.indexOf(message);
    if (at >= 0) this.#underWay.splice(at, 1);
  }

  #tellOf(message: Message, fate: string): void {
    const line = `  ${message.from} → ${message.to}  ${describeMessage(message)}`;
    this.#tell(fate === '' ? line : `${line}  (${fate})`);
  }
}

function isOf(message: Message, { from, to, name, bothWays = false }: Which): boolean {
  if (name !== undefined && nameOf(message) !== name) return false;
  const isOnLink = (a: ServerId | undefined, b: ServerId | undefined) =>
    (a === undefined || message.from === a) && (b === undefined || message.to === b);
  return isOnLink(from, to) || (bothWays && isOnLink(to, from));
}
