/**
 * What users of etcd, Consul, RabbitMQ, rqlite, Temporal, Stately's inspector and others ask for or
 * complain about, and the test that shows it otherwise here: "file › the beginning of its title".
 *
 * What is not in the table belongs to features that are not there yet.
 */
import { expect } from 'chai';
import { testCalled } from './support/test-called.ts';

interface Complaint {
  /** The complaint, and where it was made. */
  readonly about: string;
  readonly proof: readonly string[];
}

const statusView = 'cli/status-view › writes a star for the leader, (down) with a reason, lag';

const complaints: Readonly<Record<number, Complaint>> = {
  1: {
    about: 'JSON output is base64, and a raw value is hard to get (etcd#12591, #6480)',
    proof: [
      'cli/client-commands › put acknowledges with the revision, and get prints the value',
      'cli/client-commands › get and put agree on the revision in JSON',
    ],
  },
  2: {
    about: 'exit codes do not tell a missing key from a dead server (etcd#4740, #12138)',
    proof: [
      'cli/client-commands › a missing key is exit code 6',
      'cli/client-commands › nobody there is exit code 2',
    ],
  },
  3: {
    about: 'a cluster with a member down is called healthy (etcd#8295, #3852)',
    proof: [statusView, 'cli/no-quorum › status says NO LEADER'],
  },
  4: { about: 'who is the leader? (etcd#11537, consul#735)', proof: [statusView] },
  5: { about: 'how far behind is each follower? (consul#4722, #17582)', proof: [statusView] },
  6: {
    about: 'up or down, seen from whom? (rqlite#768, etcd#4722)',
    proof: [statusView, 'cli/status-view › a server that others reach and we do not'],
  },
  7: {
    about: 'some commands ignore --json (natscli#715, etcd#5993)',
    proof: ['cli/output-schemas › no command was left out above'],
  },
  8: {
    about: 'the inspector freezes on a large or odd context (statelyai/inspect#42, #46)',
    proof: [
      'inspect/parts › has the fields of Figure 2 and no payload',
      'inspect/stream › sends at most 20 frames a second, however much happens',
      'inspect/stream › parts what is too much for one frame',
    ],
  },
  9: {
    about: 'no inspector that is local and offline (xstate-viz#356)',
    proof: ['web/page › lights the states of the very chart that the server runs'],
  },
  13: {
    about: 'pausing the picture says nothing of what is held back (weaveworks/scope#1025)',
    proof: ['web/page › says how many events it holds back while it is paused'],
  },
  16: {
    about: 'watchers silently stop after a reconnect or a paused server (etcd3#31, etcd#8980)',
    proof: [
      'actors/client-watch › #16: goes on elsewhere, from its place',
      'actors/client-watch › #16, etcd#8980: notices silence',
    ],
  },
  18: {
    about: 'libraries without log replication or compaction (liferaft#9, #13, raft.js#4)',
    proof: [
      'e2e/snapshots › a server that was away for 30,000 writes is given a snapshot',
      'e2e/snapshots › killed in the middle of that again and again, and its leader, too',
      'e2e/snapshots › nothing that was acknowledged is lost',
    ],
  },
  19: {
    about: 'no simple way to subscribe to changes of leadership (openraft#984)',
    proof: ['actors/node-events › tells that it leads, once, and is the leader by then'],
  },
  20: {
    about: 'status by colour alone (kubernetes dashboard#5331, nomad#18318)',
    proof: ['cli/status-view › never says the same by colour alone'],
  },
};

describe('complaints about other tools', () => {
  for (const [number, { about, proof }] of Object.entries(complaints)) {
    it(`#${number}: "${about}" has a test here`, () => {
      expect(proof.filter((place) => !testCalled(place)?.includes('expect'))).to.deep.equal([]);
    });
  }
});
