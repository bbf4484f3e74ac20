/** The watches of a connection: none outlives it, however oddly it ends. */
import { expect } from 'chai';
import type { StreamResponse, WatchRequest, WatchSink } from '../../transport/watch-protocol.ts';
import { ConnectionWatches } from '../../transport/connection-watches.ts';

const request: WatchRequest = { id: 5, op: 'watch', machine: 'kv', select: null, from: null };

/** A connection whose server does `onWatch` before a watch has begun. */
function aConnection(onWatch: (sink: WatchSink) => void = () => undefined) {
  const said: StreamResponse[] = [];
  let ended = 0;
  const watches = new ConnectionWatches({
    watch: (_request, sink) => {
      onWatch(sink);
      return () => (ended += 1);
    },
    send: (response) => said.push(response),
    backlogBytes: () => 0,
  });
  return { watches, said, ended: () => ended };
}

describe('connection watches', () => {
  it('ends a watch during whose beginning the connection closed', () => {
    const connection = aConnection(() => connection.watches.close());
    connection.watches.open(request);

    expect(connection.ended()).to.equal(1);
    expect(connection.watches.size).to.equal(0);
  });

  it('keeps nothing of a watch that was refused', () => {
    const failure = { code: 'ERR_COMPACTED', message: 'm', outcome: 'not-applied' } as const;
    const connection = aConnection((sink) =>
      sink.send({ id: 5, ok: false, retryable: false, leader: null, ...failure }),
    );
    connection.watches.open(request);
    connection.watches.cancel(5);

    expect(connection.watches.size).to.equal(0);
    expect(connection.said.map(({ ok }) => ok)).to.deep.equal([false]);
  });

  it('ends each once, when cancelled or closed', () => {
    const connection = aConnection();
    expect(connection.watches.open(request)).to.equal(true);
    expect(connection.watches.open(request)).to.equal(false);
    connection.watches.open({ ...request, id: 6 });
    connection.watches.cancel(5);
    connection.watches.close();
    connection.watches.close();

    expect(connection.ended()).to.equal(2);
    expect(connection.said).to.deep.equal([{ id: 5, ok: true, ended: true }]);
  });
});
