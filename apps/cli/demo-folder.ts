/**
 * Where a demo keeps its data, what its cluster is called, and what becomes of the data at the end.
 *
 * Each demo is a cluster with a name of its own, so that servers of two of them refuse each other;
 * data that is there already says which name it was made for (docs/formats.md#identity).
 */
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { makeLastingFolder, makeTemporaryFolder } from './cluster/temporary-folder.ts';
import { invalidArgument } from './failure.ts';

export interface DemoFolder {
  readonly path: string;
  readonly cluster: string;
  /** For the banner: what becomes of it. */
  readonly note: string;
  /** Leaves the data where it is, whatever was meant at first. */
  keep(): Promise<void>;
  /** Cleans up; false: a server still uses the data, so it stays. */
  remove(): Promise<boolean>;
}

export interface FolderOptions {
  readonly nodes: number;
  /** As it was given; undefined: a temporary one. */
  readonly dataDir: string | undefined;
  /** Whether the temporary one is to stay. */
  readonly retain: boolean;
}

/** Of chance, in the name of a cluster. */
const nameBytes = 2;
const owner = z.object({ cluster: z.string() });

/** Rejects with ERR_INVALID_ARGUMENT for no directory, and one with a cluster of another size. */
export async function chooseFolder(options: FolderOptions): Promise<DemoFolder> {
  const { nodes, dataDir, retain } = options;
  if (dataDir === '') {
    // It would be the folder that one stands in.
    const how = 'Give a directory, or leave the option out for a temporary one';
    throw invalidArgument('--data-dir "" names none', how);
  }
  if (dataDir !== undefined) {
    const servers = await serversIn(dataDir);
    refuseOtherSize(dataDir, servers.length, nodes);
    const found = await Promise.all(servers.map((id) => clusterOf(join(dataDir, id))));
    return kept(resolve(dataDir), found.find((name) => name !== null) ?? newName());
  }
  if (retain) return kept(await makeLastingFolder(), newName());
  const note = 'removed at the end; --retain keeps it';
  return { ...(await makeTemporaryFolder()), cluster: newName(), note };
}

function kept(path: string, cluster: string): DemoFolder {
  const keep = (): Promise<void> => Promise.resolve();
  return { path, cluster, note: 'kept', keep, remove: () => Promise.resolve(true) };
}

function newName(): string {
  return `demo-${randomBytes(nameBytes).toString('hex')}`;
}

async function serversIn(dataDir: string): Promise<string[]> {
  const names = await readdir(dataDir).catch(() => []);
  return names.filter((name) => /^n\d+$/.test(name));
}

/**
 * Servers that remember a cluster of another size would count other majorities than their new peers:
 * two leaders in one term. Changing the size is a matter for the log, not for an option.
 */
function refuseOtherSize(dataDir: string, found: number, nodes: number): void {
  if (found === 0 || found === nodes) return;
  throw invalidArgument(
    `${dataDir} holds a cluster of ${found}, not of ${nodes}`,
    `Pass --nodes ${found}, or another directory`,
  );
}

/** Whose the directory of a server is. null when it does not say: that is for the server to refuse. */
async function clusterOf(dir: string): Promise<string | null> {
  try {
    const text = await readFile(join(dir, 'identity.json'), 'utf8');
    return owner.safeParse(JSON.parse(text)).data?.cluster ?? null;
  } catch {
    return null; // Not there, or no JSON.
  }
}
