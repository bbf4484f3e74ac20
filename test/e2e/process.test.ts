/** How processes of the command end when the world is unkind: their exit codes and last words. */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { exitCodes } from '../../apps/cli/exit-codes.ts';
import { anyFreePorts } from '../../apps/cli/cluster/free-ports.ts';
import { buildDeadlineMs, ensureBuilt, mainFile } from './build.ts';
import {
  begin,
  eventually,
  folderForTest,
  isListening,
  statecraft,
  type Finished,
} from './processes.ts';

/** Blocks of 512 or 1,024 bytes, depending on the shell: what a file of the full disk may have. */
const fileSizeLimit = 64;

describe('e2e: how processes end', function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof folderForTest>>;
  let client: string;
  let words: string[];

  before(async function () {
    this.timeout(buildDeadlineMs);
    await ensureBuilt();
  });

  beforeEach(async () => {
    folder = await folderForTest();
    const [peerPort, clientPort] = await anyFreePorts(2);
    client = `127.0.0.1:${clientPort}`;
    words = [
      ...['start', '--id', 'n1', '--data-dir', join(folder.path, 'n1'), '--log-level', 'error'],
      ...['--peers', `n1=127.0.0.1:${peerPort}`, '--client', client],
    ];
  });

  afterEach(() => folder.remove());

  it('a full disk ends the server with 9; what was acknowledged is there after a restart', async () => {
    // `exec`, so that the limited process is the server itself; its stdin ends with this process.
    const script = `ulimit -f ${fileSizeLimit}; exec "$@"`;
    const server = spawn('bash', ['-c', script, 'bash', process.execPath, mainFile, ...words], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let err = '';
    server.stderr!.setEncoding('utf8').on('data', (text: string) => (err += text));
    const exited = new Promise((resolve) => server.on('close', resolve));
    await eventually('it serves', 20_000, () => isListening(client));

    const at = ['--endpoints', client, '--timeout', '2s'];
    const value = 'x'.repeat(20_000);
    const codes: number[] = [];
    while (server.exitCode === null && codes.length < 20) {
      codes.push((await statecraft('put', `k${codes.length}`, value, ...at)).code);
    }

    expect(await exited).to.equal(9);
    expect(err).to.match(/^Error: ERR_STORAGE_FULL: .+$/m);
    expect(err).to.not.include('at #fail');
    // Acknowledged, then one of unknown outcome, then nobody there.
    expect(codes.join('')).to.match(/^0+[28]{1,}$/);
    const again = begin(words);
    await eventually('it serves again', 20_000, () => isListening(client));
    const { out } = await statecraft('list', '-o', 'json', '--endpoints', client);
    const { entries } = JSON.parse(out) as { entries: { key: string }[] };
    const acknowledged = codes.flatMap((code, i) => (code === 0 ? [`k${i}`] : []));
    expect(entries.map(({ key }) => key)).to.include.members(acknowledged);
    again.child.kill('SIGTERM');
    expect(await again.exited).to.deep.equal({ code: 0, signal: null });
  });

  it('data that cannot be written is no success: a full disk behind stdout is told, a reader that left is not', async function () {
    if (process.platform !== 'linux') this.skip(); // For /dev/full.
    const into = (sink: string): Promise<Finished> =>
      new Promise((resolve) => {
        const script = `set -o pipefail; "$@" ${sink}`;
        const argv = ['-c', script, 'bash', process.execPath, mainFile, 'config', 'print'];
        execFile('bash', argv, (error, out, err) =>
          resolve({ code: Number(error?.code ?? 0), out, err }),
        );
      });

    const full = await into('> /dev/full');
    expect(full.err).to.match(/^Error: ERR_OUTPUT_FAILED: .*ENOSPC.+\n$/);
    expect(full.code).to.equal(1);
    expect(await into('| true')).to.include({ code: 0, err: '' });
  });

  it('a bug ends the process at once with 70 and ERR_INTERNAL', async () => {
    // Thrown as soon as the command listens for what nobody caught.
    const bug =
      'data:text/javascript,process.on("newListener",(name)=>{if(name==="unhandledRejection")' +
      'setImmediate(()=>{throw new Error("a bug")})})';
    const argv = ['--import', bug, mainFile, 'get', 'a', '--endpoints', client];
    const { code, err } = await new Promise<Finished>((resolve) => {
      execFile(process.execPath, argv, (error, out, stderr) =>
        resolve({ code: Number(error?.code ?? 0), out, err: stderr }),
      );
    });
    expect(code).to.equal(70);
    expect(err)
      .to.match(/^Error: ERR_INTERNAL: Error: a bug/)
      .and.include('please report');
  });

  it('SIGHUP ends a command at once, which a shell calls 129', async () => {
    // In the background, so that the shell lives to tell.
    const script = `"$0" "$1" put a b --endpoints ${client} --timeout 1m & child=$!
      until kill -HUP $child; do :; done; wait $child; echo $?`;
    const waiting = spawn('bash', ['-c', script, process.execPath, mainFile], { stdio: 'pipe' });
    let out = '';
    waiting.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
    await new Promise((resolve) => waiting.on('close', resolve));
    expect(Number(out)).to.equal(exitCodes.hungUp);
  });

  it('a reader that leaves early is no error', async () => {
    const script = `"$0" "$1" --help | true; echo "\${PIPESTATUS[0]}"`;
    const out = await new Promise<string>((resolve) => {
      execFile('bash', ['-c', script, process.execPath, mainFile], (_, stdout) => resolve(stdout));
    });
    expect(out).to.equal('0\n');
  });
});
