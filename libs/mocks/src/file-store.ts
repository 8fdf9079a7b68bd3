import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { DEFAULT_SLUG, WorkspaceDirectory } from '@mock-server/workspaces';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { FileEntity } from './file.entity';
import { type FileList, keepFileList, type KnownFile, recallFileList } from './file-list';
import { isFileName } from './file-name';
import { MockCatalog } from './mock-catalog';
import { Refreshes } from './refreshes';

const maxMemoryBytes = 64 * 1_024 * 1_024;
const lookAgainAfterMs = 1_000;
export const maxFileBytes = 10 * 1_024 * 1_024;

interface DiskFile {
  readonly bytes: Buffer | undefined;
  readonly checkedAt: number;
  readonly stamp: string;
}

/**
 * Bytes of body files for traffic. Uploaded files come from memory, else from `DATA_DIR/files/<sha256>`, else from the database;
 * behind them, for workspace `default`, stands `MAPPINGS_DIR/__files`.
 */
@Injectable()
export class FileStore implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('FileStore');
  /** Per workspace: path to content hash. */
  private readonly known = new Map<string, FileList>();
  private readonly refreshes = new Refreshes(workspaceId => this.learn(workspaceId));
  private readonly memory = new Map<string, Buffer>();
  private readonly fetching = new Map<string, Promise<Buffer | undefined>>();
  private memoryBytes = 0;
  private readonly onDisk = new Map<string, DiskFile>();
  private readonly folder: string;
  private readonly listFolder: string;

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly catalog: MockCatalog,
    @Inject(CONFIG) private readonly config: Pick<Config, 'dataDir' | 'mappingsDir'>,
  ) {
    this.folder = join(config.dataDir, 'files');
    this.listFolder = join(config.dataDir, 'file-lists');
  }

  onModuleInit(): void {
    this.catalog.onLoad(workspaceId => void this.refresh(workspaceId));
    this.database.onUp(() => this.directory.all().forEach(({ id }) => void this.refresh(id)));
    this.directory.onRemove(({ id }) => this.known.delete(id));
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.refreshes.settle();
  }

  /** At once for a file that is warm, else a promise; undefined when there is none of that name. */
  read(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    const isKnown = this.known.get(workspaceId)?.has(name) === true;
    // A mock and its file come one after the other: the mock may be served while its file is being learnt.
    const pending = isKnown ? undefined : this.refreshes.pending(workspaceId);
    return pending === undefined
      ? this.readKnown(workspaceId, name)
      : pending.then(() => this.readKnown(workspaceId, name));
  }

  private readKnown(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    const known = this.known.get(workspaceId)?.get(name);
    if (known === undefined) return this.readFromMappingsDir(workspaceId, name);
    const bytes = this.memory.get(known.sha256);
    if (bytes === undefined) return this.fetch(workspaceId, name, known);
    this.memory.delete(known.sha256);
    this.memory.set(known.sha256, bytes); // the most recently used stand last
    return bytes;
  }

  /** Names of the files below MAPPINGS_DIR that stand behind the uploaded ones of workspace `default`. */
  async namesInFolder(workspaceId: string): Promise<string[]> {
    const { mappingsDir } = this.config;
    if (mappingsDir === undefined || this.directory.byId(workspaceId)?.slug !== DEFAULT_SLUG) return [];
    const root = join(mappingsDir, '__files');
    const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter(entry => entry.isFile())
      .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter(isFileName);
  }

  /** Learns which files there are, and copies what is new to disk, so that serving needs no database. */
  refresh(workspaceId: string): Promise<void> {
    return this.refreshes.run(workspaceId);
  }

  /** Without a database, and without any list yet, it takes the one that was kept. */
  private async learn(workspaceId: string): Promise<void> {
    if (!this.database.isUp) {
      const kept = this.known.has(workspaceId) ? undefined : await recallFileList(this.listFolder, workspaceId);
      if (kept !== undefined) this.known.set(workspaceId, kept);
      return;
    }
    const before = this.known.get(workspaceId) ?? (await recallFileList(this.listFolder, workspaceId));
    try {
      const rows = await this.database.read(manager =>
        manager.find(FileEntity, { where: { workspaceId }, select: { path: true, sha256: true, size: true } }),
      );
      const list = new Map(rows.map(({ path, sha256, size }) => [path, { sha256, size }]));
      this.known.set(workspaceId, list);
      for (const { path, sha256, size } of rows)
        if (!this.memory.has(sha256)) await this.fetch(workspaceId, path, { sha256, size });
      await keepFileList(this.listFolder, workspaceId, list);
      for (const { sha256 } of before?.values() ?? []) await this.dropIfUnused(sha256);
    } catch (error) {
      this.logger.warn(
        `The files of workspace ${workspaceId} cannot be read now: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /** Callers that want one file at one time share its bytes. */
  private fetch(workspaceId: string, name: string, known: KnownFile): Promise<Buffer | undefined> {
    let fetching = this.fetching.get(known.sha256);
    if (fetching === undefined) {
      fetching = this.fetchOnce(workspaceId, name, known).finally(() => this.fetching.delete(known.sha256));
      this.fetching.set(known.sha256, fetching);
    }
    return fetching;
  }

  private async fetchOnce(workspaceId: string, name: string, known: KnownFile): Promise<Buffer | undefined> {
    const path = join(this.folder, known.sha256);
    const copy = await readFile(path).catch(() => undefined);
    if (copy !== undefined && hashOf(copy) === known.sha256) return this.remember(known.sha256, copy);
    if (!this.database.isUp) return undefined;
    const row = await this.database.read(manager => manager.findOneBy(FileEntity, { workspaceId, path: name }));
    if (row === null) return undefined;
    await this.copyToDisk(path, row.content);
    return this.remember(known.sha256, row.content);
  }

  private async dropIfUnused(sha256: string): Promise<void> {
    for (const list of this.known.values()) for (const file of list.values()) if (file.sha256 === sha256) return;
    this.memoryBytes -= this.memory.get(sha256)?.length ?? 0;
    this.memory.delete(sha256);
    await rm(join(this.folder, sha256), { force: true });
  }

  private async copyToDisk(path: string, bytes: Buffer): Promise<void> {
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(`${path}.new`, bytes, { mode: 0o600 });
      await rename(`${path}.new`, path);
    } catch (error) {
      this.logger.warn(`A file cannot be copied to DATA_DIR; it is served from memory: ${String(error)}`);
    }
  }

  private remember(sha256: string, bytes: Buffer): Buffer {
    if (!this.memory.has(sha256)) this.memoryBytes += bytes.length;
    this.memory.set(sha256, bytes);
    for (const [oldest, { length }] of this.memory) {
      if (this.memoryBytes <= maxMemoryBytes || oldest === sha256) break;
      this.memory.delete(oldest);
      this.memoryBytes -= length;
    }
    return bytes;
  }

  private readFromMappingsDir(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    const { mappingsDir } = this.config;
    if (mappingsDir === undefined || this.directory.byId(workspaceId)?.slug !== DEFAULT_SLUG || !isFileName(name))
      return undefined;
    const seen = this.onDisk.get(name);
    if (seen !== undefined && performance.now() - seen.checkedAt < lookAgainAfterMs) return seen.bytes;
    return this.lookOnDisk(join(mappingsDir, '__files'), name);
  }

  private async lookOnDisk(root: string, name: string): Promise<Buffer | undefined> {
    const seen = this.onDisk.get(name);
    const found = await readBelow(root, name, seen);
    if (this.onDisk.size > 10_000) this.onDisk.clear();
    this.onDisk.set(name, { ...found, checkedAt: performance.now() });
    return found.bytes;
  }
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Reads a file that really lies below the root: a link that leads out is treated as absent. */
async function readBelow(
  root: string,
  name: string,
  seen: DiskFile | undefined,
): Promise<{ bytes: Buffer | undefined; stamp: string }> {
  try {
    const base = await realpath(root);
    const path = await realpath(join(base, name));
    const inside = relative(base, path);
    const info = await stat(path);
    if (inside.startsWith('..') || isAbsolute(inside) || !info.isFile() || info.size > maxFileBytes)
      return { bytes: undefined, stamp: '' };
    const stamp = `${info.mtimeMs}:${info.size}`;
    if (seen?.stamp === stamp) return { bytes: seen.bytes, stamp };
    return { bytes: await readFile(path), stamp };
  } catch {
    return { bytes: undefined, stamp: '' };
  }
}
