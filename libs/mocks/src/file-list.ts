import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject } from '@mock-server/engine';

export interface KnownFile {
  readonly sha256: string;
  readonly size: number;
}

export type FileList = ReadonlyMap<string, KnownFile>;

/** Keeps which files a workspace has in `<folder>/<workspace id>.json`, for a start without a database. */
export async function keepFileList(folder: string, workspaceId: string, list: FileList): Promise<void> {
  const path = join(folder, `${workspaceId}.json`);
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(list)), { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Undefined when there is no list that can be read. What it names is checked by its hash before it is served. */
export async function recallFileList(folder: string, workspaceId: string): Promise<FileList | undefined> {
  try {
    const kept: unknown = JSON.parse(await readFile(join(folder, `${workspaceId}.json`), 'utf8'));
    if (!isObject(kept)) return undefined;
    const list = new Map<string, KnownFile>();
    for (const [name, file] of Object.entries(kept)) {
      if (!isObject(file) || typeof file['size'] !== 'number') return undefined;
      if (typeof file['sha256'] !== 'string' || !/^[0-9a-f]{64}$/.test(file['sha256'])) return undefined;
      list.set(name, { sha256: file['sha256'], size: file['size'] });
    }
    return list;
  } catch {
    return undefined;
  }
}
