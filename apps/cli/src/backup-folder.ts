import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const manifestSchema = z.object({
  kind: z.enum(['postgres', 'sqlite']),
  createdAt: z.string(),
  bytes: z.number(),
  sha256: z.string(),
  /** Rows by table, as a restore of this very file had them; absent when it was not verified. */
  rows: z.record(z.string(), z.number()).optional(),
});

/** What stands beside a backup, in `<file>.json`. */
export type Manifest = z.infer<typeof manifestSchema>;

const namePattern = /^mock-server-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.(pgdump|sqlite)$/;

/** Names sort by age. */
export function backupName(kind: Manifest['kind'], at: Date): string {
  return `mock-server-${at.toISOString().replaceAll(/[:.]/g, '-')}.${kind === 'postgres' ? 'pgdump' : 'sqlite'}`;
}

export async function describeFile(file: string): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return { bytes: (await stat(file)).size, sha256: hash.digest('hex') };
}

/** The manifest comes first and the file last: a file under its own name is whole, and has its checksum beside it. */
export async function publish(partial: string, file: string, manifest: Manifest): Promise<void> {
  await writeFile(`${file}.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
  await rename(partial, file);
}

/** Throws, with what is wrong, unless the file is byte for byte the one that was made. */
export async function checkFile(file: string): Promise<Manifest> {
  const manifest = await readManifest(file);
  const { bytes, sha256 } = await describeFile(file);
  if (bytes !== manifest.bytes)
    throw new Error(`${file} is damaged: it has ${bytes} bytes, and had ${manifest.bytes}.`);
  if (sha256 !== manifest.sha256) throw new Error(`${file} is damaged: its checksum is wrong.`);
  return manifest;
}

async function readManifest(file: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(`${file}.json`, 'utf8')));
  } catch (error) {
    throw new Error(`${file}.json, which tells what the backup must be, is missing or damaged.`, { cause: error });
  }
}

/**
 * Deletes all but the newest `keep` good backups; what is damaged does not count as kept, and is left for a look. Called only after a
 * new one was made, so that the last good one never goes. Returns the names deleted.
 */
export async function applyRetention(folder: string, keep: number): Promise<string[]> {
  const names = (await readdir(folder)).filter(name => namePattern.test(name)).sort();
  const good: string[] = [];
  for (const name of names) if (await isGood(join(folder, name))) good.push(name);
  const old = good.slice(0, Math.max(0, good.length - Math.max(1, keep)));
  for (const name of old) {
    await rm(join(folder, name));
    await rm(join(folder, `${name}.json`));
  }
  return old;
}

function isGood(file: string): Promise<boolean> {
  return checkFile(file).then(
    () => true,
    () => false,
  );
}
