import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch {
  readonly folder: string;
  remove(): Promise<void>;
}

/** An empty folder of its own. */
export async function makeScratch(): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), 'mock-server-test-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
