/** The client as a page has it: bundled, with nothing but what browsers have, over their WebSocket. */
import { createContext, runInContext } from 'node:vm';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { build } from 'esbuild';
import WebSocket from 'ws';
import { createNode } from '../../actors/node.ts';

/** Bytes that a page may load for the client, minified. */
const maxBundleBytes = 200_000;

describe('client: in a browser', () => {
  it('works there without a word of Node, and is small', async () => {
    const { outputFiles } = await build({
      entryPoints: ['actors/client.ts'],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'statecraft',
      target: 'es2023',
      write: false,
    });
    const [bundle] = outputFiles;
    const dataDir = await mkdtemp(join(tmpdir(), 'statecraft-browser-'));
    const node = await createNode({
      ...{ id: 'n1', dataDir, client: '127.0.0.1:0' },
      peers: { n1: '127.0.0.1:0' },
    });

    // No process, no Buffer, no require, no setImmediate.
    const page = createContext({
      ...{ WebSocket, setTimeout, clearTimeout, TextEncoder, URL, AbortController, console },
      endpoint: node.addresses.client,
    });
    runInContext(bundle!.text, page);
    const told = (await runInContext(
      `(async () => {
        const openSocket = statecraft.socketsFrom((url) => new WebSocket(url));
        const client = statecraft.createClient([endpoint], { openSocket });
        const watch = client.watch({ prefix: '' }, { from: 1 });
        await client.cas('k', 'absent', new Map([['a', 1n]]));
        const { value } = await watch.next();
        const failed = await client.cas('k', 'absent', 2).catch((error) => error.code);
        const abort = new AbortController();
        abort.abort('enough');
        const given = await client.get('k', { signal: abort.signal }).catch((error) => error.code);
        // What \`await using\` compiles to.
        await client[Symbol.asyncDispose]();
        const over = await client.get('k').catch((error) => error.code);
        return [value.events[0].value.get('a'), failed, given, over];
      })()`,
      page,
    )) as unknown[];

    expect(Array.from(told)).to.deep.equal([1n, 'ERR_CAS_FAILED', 'ERR_ABORTED', 'ERR_STOPPED']);
    expect(bundle!.contents.length).to.be.below(maxBundleBytes);
    await node.stop();
    await rm(dataDir, { recursive: true });
  }).timeout(30_000);
});
