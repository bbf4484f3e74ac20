/**
 * Which peers a listener lets in, and as whom: the state behind the handshake.
 *
 * A server that was wiped, cloned or restored may still believe to be who it was. Votes must not be
 * counted for two of them, so a node has one live connection per channel, all of one process, and its
 * boot number never goes back. Shared by the WebSocket listener and its in-memory twin.
 */
import type { Message, ServerId } from '../machines/messages.ts';
import { refuseHello } from './hello.ts';
import type { Closed, Hello } from './transport.ts';

/** Nodes whose boot numbers are remembered; the one heard of first is forgotten first. */
export const maxKnownNodes = 1_024;

/** One accepted connection. */
export interface Guest {
  readonly hello: Hello;
  /** Closes the connection and reports that the peer is gone, at once. */
  close(why: Closed): void;
}

export interface Admission {
  /**
   * Lets `guest` in, closing what it takes the place of: the same server's connection on the same
   * channel, and all of an older process of it. Or says why not:
   * ERR_CLUSTER_MISMATCH, ERR_GROUP_MISMATCH, ERR_DUPLICATE_ID, ERR_LEASES_MISMATCH,
   * ERR_BOOT_REGRESSED, or what `turnAway` says.
   */
  admit(guest: Guest): Closed | null;
  /** Closes the connections of those that `turnAway` would not let in any more. */
  review(): void;
  /** Forgets a connection that closed; its boot number stays. */
  leave(guest: Guest): void;
}

/** The highest boot number of each node, for the incarnation last seen. */
export interface Boots {
  /**
   * ERR_BOOT_REGRESSED for a start older than one already seen, ERR_DUPLICATE_ID for a second process
   * of the same start; otherwise remembers it.
   */
  refuse(hello: Hello): Closed | null;
}

export function createBoots(): Boots {
  const seen = new Map<ServerId, Hello>();
  return {
    refuse: (hello) => {
      const last = seen.get(hello.node);
      const isSame = last?.incarnation === hello.incarnation;
      // A start is counted on the disk, so two processes of one start run on two copies of it.
      if (isSame && hello.boot === last.boot && hello.nonce !== last.nonce) return liveCopy(hello);
      if (isSame && hello.boot < last.boot) {
        return {
          code: 'ERR_BOOT_REGRESSED',
          message:
            `${hello.node} said boot ${hello.boot} after boot ${last.boot}: its data directory was ` +
            'restored or copied; remove the server and add it again with an empty one',
        };
      }
      seen.delete(hello.node);
      seen.set(hello.node, hello);
      for (const [oldest] of seen) {
        if (seen.size <= maxKnownNodes) break;
        seen.delete(oldest);
      }
      return null;
    },
  };
}

function liveCopy({ node }: Hello): Closed {
  return {
    code: 'ERR_DUPLICATE_ID',
    message:
      `${node} runs twice, on a data directory and on a copy of it; stop the copy, and if it is not ` +
      'known which one that is, stop both, remove the server and add it again with an empty directory',
  };
}

/** By what a cluster has decided meanwhile: why this server may not come in; null: it may. */
export type TurnAway = (hello: Hello) => Closed | null;

export function createAdmission(self: Hello, turnAway: TurnAway = () => null): Admission {
  const boots = createBoots();
  /** By node; all of one incarnation. */
  const live = new Map<ServerId, readonly Guest[]>();
  const of = (node: ServerId): readonly Guest[] => live.get(node) ?? [];
  return {
    admit: (guest) => {
      const { hello } = guest;
      const present = of(hello.node);
      const refusal =
        refuseHello(self, hello, null) ??
        turnAway(hello) ??
        refuseTwin(present[0], hello) ??
        boots.refuse(hello);
      if (refusal) return refusal;
      // The same server again: its old connection is half-open, or it gave up on it.
      for (const old of present.filter((one) => isReplaced(one.hello, hello))) {
        old.close({ code: 'ERR_REPLACED', message: `${hello.node} connected again` });
      }
      live.set(hello.node, [...of(hello.node), guest]);
      return null;
    },
    review: () => {
      for (const guest of [...live.values()].flat()) {
        const why = turnAway(guest.hello);
        if (why !== null) guest.close(why);
      }
    },
    leave: (guest) => {
      const { node } = guest.hello;
      const others = of(node).filter((one) => one !== guest);
      if (others.length > 0) live.set(node, others);
      else live.delete(node);
    },
  };
}

/** Each process has one connection of either kind. */
function isReplaced(old: Hello, by: Hello): boolean {
  return old.channel === by.channel || old.nonce !== by.nonce;
}

function refuseTwin(present: Guest | undefined, hello: Hello): Closed | null {
  if (!present || present.hello.incarnation === hello.incarnation) return null;
  return {
    code: 'ERR_DUPLICATE_ID',
    message:
      `${hello.node} is connected already, from another data directory; ` +
      'stop one of the two servers, or give it an id of its own',
  };
}

/**
 * ERR_BAD_FRAME for a message that is not from the connection's node, not to this server, or on the
 * other channel than its own.
 */
export function refuseMessage(self: Hello, peer: Hello, message: Message): Closed | null {
  const { type } = message;
  if ((type === 'rpc.installSnapshot') !== (peer.channel === 'bulk')) {
    return { code: 'ERR_BAD_FRAME', message: `${peer.node} sent ${type} on the wrong connection` };
  }
  if (message.from === peer.node && message.to === self.node) return null;
  return {
    code: 'ERR_BAD_FRAME',
    message: `${peer.node} delivered a message from ${message.from} to ${message.to} at ${self.node}`,
  };
}
