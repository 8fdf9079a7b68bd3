import { CONFIG, type Config } from '@mock-server/config';
import { Database } from '@mock-server/database';
import {
  byServer,
  type ChangeNote,
  DEFAULT_SLUG,
  type Workspace,
  type WorkspaceChange,
  WorkspaceDirectory,
  WorkspacesService,
} from '@mock-server/workspaces';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type FSWatcher, watch } from 'chokidar';
import { type EntityManager } from 'typeorm';
import { findMappingFiles, readMappingFile, type MappingFile } from './mapping-files';
import { MockCatalog } from './mock-catalog';
import { MockEntity } from './mock.entity';
import { planFileChanges, applyFileChanges } from './file-mocks';
import { removeMocks } from './mock-removal';
import { Refreshes } from './refreshes';

const settleMs = 150;
const patienceMs = 1_000;

/** MAPPINGS_DIR: its mappings become mocks of workspace `default`, at start and whenever a file changes. */
@Injectable()
export class MappingsDirectory implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('MappingsDirectory');
  private readonly syncs = new Refreshes(() => this.sync());
  private watcher: FSWatcher | undefined;
  private timer: NodeJS.Timeout | undefined;
  private fileCount = 0;
  private mistakes: readonly { readonly file: string; readonly message: string }[] = [];

  constructor(
    @Inject(CONFIG) private readonly config: Pick<Config, 'mappingsDir'>,
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { mappingsDir } = this.config;
    if (mappingsDir === undefined) return;
    // Ready means: with the mocks of the files. A database that is not there is not waited for long.
    await this.firstSync();
    this.watcher = watch(mappingsDir, { ignoreInitial: true, ignored: /(^|[/\\])__files([/\\]|$)/ });
    this.watcher
      .on('all', () => this.syncSoon())
      // What changed before the watcher was set up.
      .on('ready', () => this.syncSoon())
      .on('error', error => this.logger.warn(`MAPPINGS_DIR is not watched any more: ${String(error)}`));
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.watcher?.close();
    await this.syncs.stop();
  }

  /** What the directory gave: files read, and files that could not be used, with the reason. */
  summary(): {
    readonly directory: string | null;
    readonly files: number;
    readonly problems: readonly { readonly file: string; readonly message: string }[];
  } {
    return { directory: this.config.mappingsDir ?? null, files: this.fileCount, problems: this.mistakes };
  }

  /** Deletes what is not persistent and did not come from a file, and puts back what did: WireMock's `mappings/reset`. */
  async reset(workspace: Workspace, by: ChangeNote): Promise<void> {
    const isOurs =
      workspace.slug === DEFAULT_SLUG && workspace.session === undefined && this.config.mappingsDir !== undefined;
    const files = isOurs ? await this.readAll() : [];
    await this.workspaces.change(workspace.id, by, async (manager, change) => {
      const gone = await manager.find(MockEntity, {
        where: { workspaceId: workspace.id, persistent: false, origin: 'api' },
        select: { id: true },
      });
      await removeMocks(
        manager,
        change,
        gone.map(({ id }) => id),
      );
      if (isOurs) await this.store(manager, change, { workspaceId: workspace.id, files, all: true });
    });
    await this.catalog.refresh(workspace.id);
  }

  private async firstSync(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>(resolve => (timer = setTimeout(resolve, patienceMs)));
    const synced = new Promise<void>(resolve => this.database.onUp(() => this.syncs.run('all').then(resolve)));
    await Promise.race([synced, patience]);
    clearTimeout(timer);
  }

  private syncSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.syncs.run('all'), settleMs);
  }

  /** False: it has to be done again. */
  private async sync(): Promise<boolean> {
    const workspace =
      this.directory.bySlug(DEFAULT_SLUG) ??
      (await this.directory.refresh().then(() => this.directory.bySlug(DEFAULT_SLUG)));
    if (workspace === undefined || !this.database.isUp) return false;
    try {
      const files = await this.readAll();
      const isSame = await this.database.read(
        async manager => (await planFileChanges(manager, { workspaceId: workspace.id, files, all: false })).isEmpty,
      );
      if (isSame) return true;
      await this.workspaces.change(workspace.id, byServer('files', 'MAPPINGS_DIR changed'), (manager, change) =>
        this.store(manager, change, { workspaceId: workspace.id, files, all: false }),
      );
      await this.catalog.refresh(workspace.id);
      return true;
    } catch (error) {
      this.logger.warn(
        `MAPPINGS_DIR could not be read; what was loaded stays: ${error instanceof Error ? error.message : String(error)}`,
      );
      return false;
    }
  }

  private async store(
    manager: EntityManager,
    change: WorkspaceChange,
    plan: { workspaceId: string; files: readonly MappingFile[]; all: boolean },
  ): Promise<void> {
    await applyFileChanges(manager, change, await planFileChanges(manager, plan));
  }

  private async readAll(): Promise<MappingFile[]> {
    const { folder, files } = await findMappingFiles(this.config.mappingsDir ?? '.');
    const read: MappingFile[] = [];
    const takenIds = new Set<string>();
    for (const file of files) read.push(refuseTakenIds(await readMappingFile(folder, file), takenIds));
    const mistakes = read.flatMap(one => (one.ok ? [] : [{ file: one.file, message: one.message }]));
    for (const { file, message } of mistakes) {
      if (!this.mistakes.some(known => known.file === file && known.message === message))
        this.logger.warn(`${file} is left out: ${message}`);
    }
    this.mistakes = mistakes;
    this.fileCount = read.length - mistakes.length;
    return read;
  }
}

/** An id that another file names already would swing between the two: the first in the alphabet has it. */
function refuseTakenIds(file: MappingFile, taken: Set<string>): MappingFile {
  if (!file.ok) return file;
  const ids = new Set<string>();
  for (const { id } of file.documents) {
    if (taken.has(id) || ids.has(id))
      return { ok: false, file: file.file, message: `id ${id} is taken by another mapping` };
    ids.add(id);
  }
  for (const id of ids) taken.add(id);
  return file;
}
