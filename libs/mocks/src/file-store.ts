import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { DEFAULT_SLUG, isSessionScope, WorkspaceDirectory } from '@mock-server/workspaces';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { FileEntity } from './file.entity';
import { type FileList, keepFileList, type KnownFile, recallFileList } from './file-list';
import { FolderFiles } from './folder-files';
import { MockCatalog } from './mock-catalog';
import { Refreshes } from './refreshes';

const maxMemoryBytes = 64 * 1_024 * 1_024;
export const maxFileBytes = 10 * 1_024 * 1_024;

/**
 * Bytes of body files for traffic. Uploaded files come from memory, else from `DATA_DIR/files/<sha256>`, else from the database;
 * behind them, for workspace `default`, stands `MAPPINGS_DIR/__files`.
 */
@Injectable()
export class FileStore implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('FileStore');
  /** Per workspace: path to content hash. */
  private readonly known = new Map<string, FileList>();
  /** Per workspace: hash of the list that is on disk. */
  private readonly kept = new Map<string, string>();
  private readonly refreshes = new Refreshes(workspaceId => this.learn(workspaceId));
  private readonly memory = new Map<string, Buffer>();
  private readonly fetching = new Map<string, Promise<Buffer | undefined>>();
  private memoryBytes = 0;
  private readonly folder: string;
  private readonly listFolder: string;
  private readonly behind: FolderFiles | undefined;

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly catalog: MockCatalog,
    @Inject(CONFIG) { dataDir, mappingsDir }: Pick<Config, 'dataDir' | 'mappingsDir'>,
  ) {
    this.folder = join(dataDir, 'files');
    this.listFolder = join(dataDir, 'file-lists');
    if (mappingsDir !== undefined)
      this.behind = new FolderFiles(join(mappingsDir, '__files'), { maxFileBytes, maxMemoryBytes });
  }

  onModuleInit(): void {
    this.catalog.onLoad(workspaceId => void this.refresh(workspaceId));
    this.database.onUp(() => {
      this.directory.all().forEach(({ id }) => void this.refresh(id));
      this.refreshes.runFailed();
    });
    this.directory.onRemove(({ id }) => {
      const list = this.known.get(id);
      this.known.delete(id);
      this.kept.delete(id);
      this.refreshes.forget(id);
      // Sessions come and go, and their files with them.
      if (isSessionScope(id) && list !== undefined && list.size > 0) void this.dropUnused(list);
    });
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.refreshes.stop();
  }

  /** At once for a file that is warm, else a promise; undefined when there is none of that name. */
  read(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    return isSessionScope(workspaceId) ? this.readInSession(workspaceId, name) : this.readOwn(workspaceId, name);
  }

  /** A session has its own files, and behind them those of its workspace. */
  private async readInSession(scope: string, name: string): Promise<Buffer | undefined> {
    await this.refreshes.pending(scope);
    if (this.known.get(scope)?.has(name) === true) return this.readKnown(scope, name);
    const workspaceId = this.directory.byId(scope)?.session?.workspaceId;
    return workspaceId === undefined ? undefined : this.readOwn(workspaceId, name);
  }

  private readOwn(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    const list = this.known.get(workspaceId);
    if (list?.has(name) === true) return this.readKnown(workspaceId, name);
    // Right after the start the list may still be on its way. Later, a mock and its file come one after the other: the mock may be
    // served while its file is being learnt.
    const learning = list === undefined ? this.refresh(workspaceId) : this.refreshes.pending(workspaceId);
    return learning === undefined
      ? this.readKnown(workspaceId, name)
      : learning.then(() => this.readKnown(workspaceId, name));
  }

  private readKnown(workspaceId: string, name: string): Buffer | undefined | Promise<Buffer | undefined> {
    const known = this.known.get(workspaceId)?.get(name);
    if (known === undefined) return this.folderBehind(workspaceId)?.read(name);
    const bytes = this.memory.get(known.sha256);
    if (bytes === undefined) return this.fetch(workspaceId, name, known);
    this.memory.delete(known.sha256);
    this.memory.set(known.sha256, bytes); // the most recently used stand last
    return bytes;
  }

  /** Names of the files below MAPPINGS_DIR that stand behind the uploaded ones of workspace `default`. */
  namesInFolder(workspaceId: string): Promise<string[]> {
    return this.folderBehind(workspaceId)?.names() ?? Promise.resolve([]);
  }

  /** Learns which files there are, and copies what is new to disk, so that serving needs no database. */
  refresh(workspaceId: string): Promise<void> {
    return this.refreshes.run(workspaceId);
  }

  private folderBehind(workspaceId: string): FolderFiles | undefined {
    const workspace = this.directory.byId(workspaceId);
    return workspace?.slug === DEFAULT_SLUG && workspace.session === undefined ? this.behind : undefined;
  }

  /** Without a database, and without any list yet, it takes the one that was kept. False: the list could not be read. */
  private async learn(workspaceId: string): Promise<boolean> {
    if (!this.database.isUp) {
      const kept = this.known.has(workspaceId) ? undefined : await recallFileList(this.listFolder, workspaceId);
      if (kept !== undefined) this.known.set(workspaceId, kept);
      return false;
    }
    const before = this.known.get(workspaceId) ?? (await recallFileList(this.listFolder, workspaceId));
    try {
      const rows = await this.database.read(
        manager =>
          manager.find(FileEntity, { where: { workspaceId }, select: { path: true, sha256: true, size: true } }),
        'upkeep',
      );
      if (this.isGone(workspaceId)) return true;
      const list = new Map(rows.map(({ path, sha256, size }) => [path, { sha256, size }]));
      this.known.set(workspaceId, list);
      for (const [path, file] of list) await this.prefetch(workspaceId, path, file);
      if (!isSessionScope(workspaceId)) await this.keepList(workspaceId, list);
      if (before !== undefined) await this.dropUnused(before);
      return true;
    } catch (error) {
      this.logger.warn(
        `The files of workspace ${workspaceId} cannot be read now: ${error instanceof Error ? error.message : String(error)}`,
      );
      return this.isGone(workspaceId);
    }
  }

  private isGone(workspaceId: string): boolean {
    return this.directory.byId(workspaceId) === undefined;
  }

  /** Into memory as long as there is room; a workspace may hold more than memory should, the rest waits on disk. */
  private async prefetch(workspaceId: string, name: string, file: KnownFile): Promise<void> {
    if (this.memory.has(file.sha256)) return;
    const hasRoom = this.memoryBytes + file.size <= maxMemoryBytes;
    const copy = hasRoom ? undefined : await stat(join(this.folder, file.sha256)).catch(() => undefined);
    if (copy?.size !== file.size) await this.fetch(workspaceId, name, file);
  }

  private async keepList(workspaceId: string, list: FileList): Promise<void> {
    const hash = hashOf(Buffer.from(JSON.stringify([...list])));
    if (this.kept.get(workspaceId) === hash) return;
    try {
      await keepFileList(this.listFolder, workspaceId, list);
      this.kept.set(workspaceId, hash);
    } catch (error) {
      this.logger.warn(`The list of files cannot be kept in DATA_DIR; files go on being served: ${String(error)}`);
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
    const row = await this.database.read(
      manager => manager.findOneBy(FileEntity, { workspaceId, path: name }),
      'upkeep',
    );
    // Replaced meanwhile: the next refresh, which is on its way, knows the new one.
    if (row === null || row.sha256 !== known.sha256) return row?.content;
    await this.copyToDisk(path, row.content);
    return this.remember(known.sha256, row.content);
  }

  private async dropUnused(before: FileList): Promise<void> {
    const used = new Set<string>();
    for (const list of this.known.values()) for (const { sha256 } of list.values()) used.add(sha256);
    for (const { sha256 } of before.values()) {
      if (used.has(sha256)) continue;
      this.memoryBytes -= this.memory.get(sha256)?.length ?? 0;
      this.memory.delete(sha256);
      await rm(join(this.folder, sha256), { force: true }).catch(() => undefined);
    }
  }

  private async copyToDisk(path: string, bytes: Buffer): Promise<void> {
    // A name of its own: two may copy the same content at once.
    const aside = `${path}.${randomUUID()}.new`;
    try {
      await mkdir(this.folder, { recursive: true });
      await writeFile(aside, bytes, { mode: 0o600, flush: true });
      await rename(aside, path);
    } catch (error) {
      await rm(aside, { force: true }).catch(() => undefined);
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
}

export function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
