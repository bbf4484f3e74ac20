/**
 * A cluster of purely stepped servers with all their children: messages wait until they are
 * delivered, disks are instant, timers fire when told to. For stories that the charts alone tell.
 */
import type { Message, ServerId, Term } from '../../machines/messages.ts';
import { createServerStepper, type Family, type Member } from '../../simulation/server-stepper.ts';
import { timerEvent } from '../../simulation/stepper.ts';
import { recovered, roleOf, termsOf, retainedEntries, wide } from './step.ts';

const servers = createServerStepper();
/** Messages delivered by one `settle`; more is a conversation that never ends. */
const maxDeliveries = 10_000;

export class PureCluster {
  /** Under way, oldest first. */
  network: Message[] = [];
  /** All that was ever sent to another server. */
  readonly sent: Message[] = [];
  readonly #families = new Map<ServerId, Family>();

  /** Servers of one term, by name: the terms of the entries in their logs. */
  constructor(term: Term, logs: Readonly<Record<ServerId, readonly Term[]>>) {
    const voters = Object.keys(logs);
    for (const [id, log] of Object.entries(logs)) {
      this.#families.set(
        id,
        servers.start({ id, voters, leases: false, window: wide, retainedEntries })[0],
      );
      this.hear(id, recovered({ term, log }));
    }
  }

  family(id: ServerId): Family {
    const family = this.#families.get(id);
    if (family === undefined) throw new Error(`there is no server ${id}`);
    return family;
  }

  context(id: ServerId) {
    return this.family(id).server.context;
  }

  role(id: ServerId): string {
    return roleOf(this.family(id).server);
  }

  /** The terms of the entries in its log. */
  log(id: ServerId): Term[] {
    return termsOf(this.context(id).log);
  }

  hear(id: ServerId, event: unknown, to: Member = 'server'): void {
    const queue: { to: Member; event: unknown }[] = [{ to, event }];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [family, effects] = servers.step(this.family(id), next.to, next.event);
      this.#families.set(id, family);
      // The disk first: then whatever the messages promise is on it.
      if (effects.some(({ effect }) => 'sync' in effect)) {
        queue.push({ to: 'logWriter', event: { type: 'disk.synced' } });
      }
      for (const { effect } of effects) {
        const messages =
          'send' in effect
            ? effect.send.messages
            : 'sendAppend' in effect
              ? [effect.sendAppend]
              : [];
        for (const message of messages) {
          if (message.to === id) queue.push({ to: 'server', event: message });
          else this.#send(message);
        }
      }
    }
  }

  fire(id: ServerId, timer: string, to: Member = 'server'): void {
    this.hear(id, timerEvent(timer), to);
  }

  /** Campaigns: its election timeout goes by. */
  campaign(id: ServerId): void {
    this.fire(id, 'xstate.after.electionTimeout.server.role.follower.contact.leaderless');
  }

  /** Delivers what is under way, and what is sent in answer, to all servers but those cut off. */
  settle(cutOff: readonly ServerId[] = []): void {
    for (let count = 0; count < maxDeliveries; count += 1) {
      const message = this.network.shift();
      if (message === undefined) return;
      if (!cutOff.includes(message.to) && !cutOff.includes(message.from)) {
        this.hear(message.to, message);
      }
    }
    throw new Error('the servers never stop talking');
  }

  #send(message: Message): void {
    this.network.push(message);
    this.sent.push(message);
  }
}
