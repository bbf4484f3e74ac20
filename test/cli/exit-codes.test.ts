/** The table of exit codes, which scripts rely on: one of each, and no code without a row. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { WebSocketServer } from 'ws';
import { StatecraftError } from '../../actors/errors.ts';
import { exitCodeOf, exitCodes } from '../../apps/cli/exit-codes.ts';
import { asFailure, report } from '../../apps/cli/failure.ts';
import { cli, singleNode, temporaryFolder } from './support.ts';

const expected: readonly (readonly [exitCode: number, ...codes: string[]])[] = [
  [1, 'ERR_NEVER_HEARD_OF'],
  [2, 'ERR_UNREACHABLE'],
  [3, 'ERR_INVALID_ARGUMENT', 'ERR_INVALID_CONFIG', 'ERR_TOO_LARGE', 'ERR_LISTEN_FAILED'],
  [4, 'ERR_OVERLOADED', 'ERR_SESSION_EXPIRED', 'ERR_STOPPED', 'ERR_FUTURE_REVISION'],
  [4, 'ERR_UNKNOWN_MEMBER', 'ERR_MEMBER_EXISTS', 'ERR_ID_REUSED', 'ERR_CHANGE_IN_PROGRESS'],
  [5, 'ERR_NO_LEADER', 'ERR_TIMEOUT'],
  [6, 'ERR_KEY_NOT_FOUND'],
  [7, 'ERR_CAS_FAILED'],
  [9, 'ERR_DATA_DIR_LOCKED', 'ERR_LOG_CORRUPT', 'ERR_CLUSTER_MISMATCH', 'ERR_NODE_MISMATCH'],
  [9, 'ERR_VOTERS_MISMATCH', 'ERR_VOTE_STATE_LOST', 'ERR_IDENTITY_LOST', 'ERR_FORMAT_UNKNOWN'],
  [9, 'ERR_STORAGE_IO', 'ERR_STORAGE_FULL', 'ERR_PEERS_LOST', 'ERR_INCARNATION_MISMATCH'],
  [9, 'ERR_COMMITTED_OVERWRITTEN', 'ERR_TWO_LEADERS', 'ERR_DIVERGED', 'ERR_BOOT_REGRESSED'],
  [64, 'ERR_USAGE'],
  [70, 'ERR_INTERNAL'],
];

describe('cli: exit codes', () => {
  for (const [exitCode, ...codes] of expected) {
    it(`${exitCode} for ${codes.join(', ')}`, () => {
      const given = codes.map((code) => exitCodeOf(new StatecraftError(code, 'x')));
      expect(new Set(given)).to.deep.equal(new Set([exitCode]));
    });
  }

  it('8 whenever the outcome is unknown, whatever the reason', () => {
    for (const code of ['ERR_TIMEOUT', 'ERR_SESSION_EXPIRED', 'ERR_LEADER_LOST']) {
      expect(exitCodeOf(new StatecraftError(code, 'x', { outcome: 'unknown' }))).to.equal(8);
    }
  });

  it('an error that nobody foresaw is ERR_INTERNAL and told without its stack', () => {
    let err = '';
    const io = { err: (text: string) => (err += text) };
    const exitCode = report(asFailure(new TypeError('x is not a function')), false, io);
    expect({ exitCode, err }).to.deep.equal({
      exitCode: 70,
      err: 'Error: ERR_INTERNAL: x is not a function.\n',
    });
  });

  it('4 for what a server refuses: here there is no key-value store', async () => {
    const folder = await temporaryFolder();
    const node = await singleNode(folder.path, 'demo', 'n1', {});
    const ran = await cli('get', 'a', '--endpoints', node.addresses.client);
    await node.stop();
    await folder.remove();
    expect(ran).to.include({ code: 4, out: '' });
    expect(ran.err).to.match(/^Error: ERR_UNKNOWN_MACHINE: /);
  });

  it('8 for a write that was sent and never answered', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => {
        for (const line of data.toString().trimEnd().split('\n')) {
          const { id, op } = JSON.parse(line) as { id: number; op: string };
          // It leads and opens sessions, and swallows every command.
          if (op === 'open') socket.send(`{"id":${id},"ok":true,"session":1}\n`);
        }
      });
    });
    const { port } = server.address() as AddressInfo;
    const at = ['--endpoints', `127.0.0.1:${port}`, '--timeout', '300ms'];
    const ran = await cli('put', 'a', 'b', ...at, '-o', 'json');
    for (const socket of server.clients) socket.terminate();
    server.close();
    expect(ran).to.include({ code: 8, out: '' });
    const { error } = JSON.parse(ran.err) as { error: object };
    expect(error).to.include({ code: 'ERR_TIMEOUT', outcome: 'unknown' });
  });

  it('all stand in docs/cli/README.md, and no other does', () => {
    const page = readFileSync('docs/cli/README.md', 'utf8');
    const documented = [...page.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    // Verdicts of simulate and check-history, which have codes of their own.
    const verdicts = [20, 21, 22];
    const all = [...Object.values(exitCodes), ...verdicts].sort((a, b) => a - b);
    expect(documented).to.deep.equal(all);
  });
});
