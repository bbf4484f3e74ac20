/** What the page asks of servers that it breaks, with sockets that say what is sent. */
import { expect } from 'chai';
import { Faults } from '../../apps/web/model/faults.ts';

const sound = { cutTo: [], cutFrom: [], delayMs: 0, loss: 0, syncDelayMs: 0, slowMotion: 1 };

class Socket {
  static readonly OPEN = 1;
  static readonly all: Socket[] = [];
  readyState = 0;
  readonly sent: unknown[] = [];
  onmessage: ((event: { readonly data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    Socket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  says(state: object): void {
    this.readyState = Socket.OPEN;
    this.onmessage?.({ data: JSON.stringify({ ...sound, ...state }) });
  }
}

describe('web: faults of a server that starts again', () => {
  const platform = globalThis as { WebSocket?: unknown };
  const had = platform.WebSocket;
  beforeEach(() => {
    Socket.all.length = 0;
    platform.WebSocket = Socket;
  });
  afterEach(() => {
    platform.WebSocket = had;
  });

  /** Servers n1, n2, ... that have answered so. */
  function connected(...states: object[]): { faults: Faults; sockets: Socket[] } {
    const faults = new Faults({ token: 't', supervisor: null });
    states.forEach((state, i) => {
      faults.connect(`n${i + 1}`, `127.0.0.1:${i + 1}`);
      Socket.all[i]?.says(state);
    });
    return { faults, sockets: Socket.all };
  }

  it('amid slow motion are made slow, too: to a quick one every leader would seem dead', () => {
    const slow = { slowMotion: 10 };
    const { faults, sockets } = connected(slow, slow, slow);
    sockets[2]?.close();
    faults.connect('n3', '127.0.0.1:3');
    const back = sockets[3];
    back?.says({});
    expect(back?.sent).to.deep.equal([slow]);
    // Once: what is ended of it alone afterwards stays ended.
    faults.set('n3', { slowMotion: 1 });
    back?.says({});
    expect(back?.sent).to.deep.equal([slow, { slowMotion: 1 }]);
  });

  it('are left as they are where time is as usual for another one, and when the page is opened', () => {
    const { faults, sockets } = connected({ slowMotion: 10 }, {}, {});
    sockets[2]?.close();
    faults.connect('n3', '127.0.0.1:3');
    sockets[3]?.says({});
    expect(sockets.flatMap(({ sent }) => sent)).to.deep.equal([]);
  });

  it('are told by its newest connection alone', () => {
    const { faults, sockets } = connected();
    faults.connect('n1', '127.0.0.1:1');
    faults.connect('n1', '127.0.0.1:1');
    sockets[1]?.says({ delayMs: 70 });
    sockets[0]?.says({ delayMs: 10 });
    expect(faults.states.value.get('n1')?.delayMs).to.equal(70);
    expect(sockets[0]?.onclose).not.to.equal(null);
  });
});
