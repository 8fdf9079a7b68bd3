import {
  Catalog,
  CatalogOverlay,
  type CatalogChange,
  type CatalogProblem,
  type CatalogView,
} from '@mock-server/engine';
import { CONFIG, type Config } from '@mock-server/config';
import { breathe, Database } from '@mock-server/database';
import {
  SessionDirectory,
  isSessionScope,
  type Workspace,
  WorkspaceDirectory,
  WorkspaceEntity,
} from '@mock-server/workspaces';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { CatalogFiles } from './catalog-file';
import { CatalogState } from './catalog-state';
import { readChangedIds, readMocks, readMocksById, rowsPerRead } from './mock-reads';
import { Refreshes } from './refreshes';
import { applyInSlices } from './slices';
import { TombstoneEntity } from './tombstone.entity';

/** More changes than these are not gathered: the workspace is read anew. */
const maxChanges = 10_000;
/** A replica that starts waits this long for its database before it takes the last-known-good file. */
const patienceMs = 1_000;

/** Below the session of a workspace that was removed a moment ago. */
const noMocks = new Catalog();

interface Loaded {
  readonly catalog: Catalog;
  /** What is served: the catalog, of a session on top of that of its workspace. */
  readonly view: CatalogView;
  revision: number;
  /** Taken from the last-known-good file: the database may be another by now, so its word replaces all of it. */
  readonly isFromFile: boolean;
}

/** The read side: one compiled catalog a workspace, kept up with the database by revision. The only thing that traffic reads. */
@Injectable()
export class MockCatalog implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('MockCatalog');
  private readonly loaded = new Map<string, Loaded>();
  private readonly refreshes = new Refreshes(workspaceId => this.load(workspaceId));
  private readonly files: CatalogFiles;
  /** Workspaces in which a load puts what it has read in its place: nothing newer may come between. */
  private readonly settling = new Set<string>();
  /** Those of the first list of workspaces that are not served yet. */
  private awaited: Set<string> | undefined;
  /** A database that is away is waited for once, by all workspaces together. */
  private patience: Promise<void> | undefined;
  private endPatience = (): void => undefined;
  private readonly loadListeners: ((workspaceId: string) => void)[] = [];
  private readonly revisionListeners: ((workspaceId: string, revision: number) => void)[] = [];

  constructor(
    private readonly database: Database,
    private readonly directory: WorkspaceDirectory,
    private readonly sessions: SessionDirectory,
    private readonly state: CatalogState,
    @Inject(CONFIG) config: Pick<Config, 'dataDir'>,
  ) {
    this.files = new CatalogFiles(config.dataDir);
  }

  /** Undefined until the workspace is loaded for the first time. It changes in place: look, do not keep. */
  catalogOf(workspaceId: string): CatalogView | undefined {
    return this.loaded.get(workspaceId)?.view ?? this.belowSession(workspaceId);
  }

  /** Of a session alone, without what lies below; of a workspace, all. */
  ownOf(workspaceId: string): CatalogView | undefined {
    return this.loaded.get(workspaceId)?.catalog;
  }

  /** The revision that is served; 0 before the first load. */
  revisionOf(workspaceId: string): number {
    return this.loaded.get(workspaceId)?.revision ?? 0;
  }

  /** True once every workspace is served that there was at the start. One that is made later is loaded beside the others. */
  get isLoaded(): boolean {
    if (!this.directory.isLoaded) return false;
    this.awaited ??= new Set(this.directory.all().map(({ id }) => id));
    for (const id of this.awaited)
      if (this.loaded.has(id) || this.directory.byId(id) === undefined) this.awaited.delete(id);
    return this.awaited.size === 0;
  }

  /** Resolves when every workspace is served, or cannot be loaded now: the database is away, and no file knows it. Never rejects. */
  firstLoad(): Promise<void> {
    return this.refreshes.settle();
  }

  onModuleInit(): void {
    // A session of revision 0 has no mocks of its own: there is nothing to load.
    const keepUp = ({ id, revision }: Workspace): void => {
      if (this.loaded.get(id)?.revision !== revision) void this.refresh(id);
    };
    this.directory.all().forEach(keepUp);
    this.directory.onChange(keepUp);
    this.database.onUp(() => {
      this.endPatience();
      // What was loaded without the database may be older than the list of workspaces knows.
      this.directory.all().forEach(({ id }) => void this.refresh(id));
      this.refreshes.runFailed();
    });
    this.directory.onRemove(({ id }) => {
      this.loaded.delete(id);
      this.refreshes.forget(id);
      if (isSessionScope(id)) return void this.state.leave(id);
      this.files.forget(id);
      void this.state.forget(id);
    });
    this.sessions.onDelete(scope => this.state.forget(scope));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.refreshes.stop();
    await this.files.settle();
  }

  /** Brings a workspace up to what is committed now. Never rejects: what cannot be read now is read again in a second. */
  refresh(workspaceId: string): Promise<void> {
    return this.refreshes.run(workspaceId);
  }

  /**
   * Serves what this process committed as `revision`, if it serves all before it; false: {@link refresh} has to. What a load has read
   * by then may be older, so a load looks whether anything was followed meanwhile.
   */
  follow(workspaceId: string, revision: number, change: CatalogChange): boolean {
    const known = this.loaded.get(workspaceId);
    const isNext = known?.revision === revision - 1 && !known.isFromFile;
    if (!isNext || this.settling.has(workspaceId)) return false;
    this.report(known.catalog.apply(change));
    known.revision = revision;
    this.keep(workspaceId, revision);
    this.tellRevision(workspaceId, revision);
    return true;
  }

  /** Called with each revision that is served from then on, whether it was loaded or followed. */
  onRevision(listener: (workspaceId: string, revision: number) => void): void {
    this.revisionListeners.push(listener);
  }

  /** Called after each load: others may have changed more than mocks. What is followed is a change of one mock, and nothing else. */
  onLoad(listener: (workspaceId: string) => void): void {
    this.loadListeners.push(listener);
  }

  /** False: what is committed could not be read. */
  private async load(workspaceId: string): Promise<boolean> {
    try {
      if (!this.database.isUp && !this.loaded.has(workspaceId)) await this.waitForDatabase();
      if (this.database.isUp) {
        await this.loadFromDatabase(workspaceId);
        return true;
      }
    } catch (error) {
      this.logger.warn(
        `The mocks of workspace ${workspaceId} cannot be read now, what is loaded stays: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    if (!this.loaded.has(workspaceId)) await this.loadFromFile(workspaceId);
    return this.directory.byId(workspaceId) === undefined;
  }

  private async loadFromDatabase(workspaceId: string): Promise<void> {
    const known = this.loaded.get(workspaceId);
    const since = known?.revision ?? 0;
    const row = await this.database.read(manager => manager.findOneBy(WorkspaceEntity, { id: workspaceId }), 'upkeep');
    if (row === null || (row.baseId !== null && this.sessions.at(workspaceId) === undefined)) return;
    if (known === undefined || known.isFromFile || since < row.floorRevision || since > row.revision)
      await this.settle(workspaceId, () => this.loadAll(workspaceId, row.revision));
    else if (known.revision >= row.revision) return;
    else if (!(await this.loadChanges(workspaceId, known, row.revision))) return this.loadFromDatabase(workspaceId);
    this.keep(workspaceId, row.revision);
    this.tellLoaded(workspaceId, row.revision);
  }

  private async settle(workspaceId: string, work: () => Promise<void>): Promise<void> {
    this.settling.add(workspaceId);
    try {
      await work();
    } finally {
      this.settling.delete(workspaceId);
    }
  }

  private async loadAll(workspaceId: string, revision: number): Promise<void> {
    const catalog = new Catalog();
    const problems: CatalogProblem[] = [];
    const limit = rowsPerRead[this.database.dialect];
    for (let after = Number.MIN_SAFE_INTEGER; ;) {
      const rows = await this.database.read(manager => readMocks(manager, workspaceId, { after, limit }), 'upkeep');
      problems.push(...(await applyInSlices(catalog, { upserts: rows, removals: [] })));
      if (rows.length < limit) break;
      await breathe();
      after = rows.at(-1)!.position;
    }
    if (this.directory.byId(workspaceId) === undefined) return; // it ended meanwhile
    this.loaded.set(workspaceId, { catalog, view: this.viewOf(workspaceId, catalog), revision, isFromFile: false });
    this.report(problems);
  }

  /** False: what was read is of no use, for something was followed meanwhile. */
  private async loadChanges(workspaceId: string, known: Loaded, revision: number): Promise<boolean> {
    const since = known.revision;
    const where = { workspaceId, revision: MoreThan(since) };
    const [removed, ids] = await this.database.read(
      manager =>
        Promise.all([
          manager.find(TombstoneEntity, { where, select: { id: true } }),
          readChangedIds(manager, workspaceId, { after: since, limit: maxChanges + 1 }),
        ]),
      'upkeep',
    );
    // All are read before any is served: a database that fails half-way leaves what is served as it was.
    const upserts = ids.length > maxChanges ? [] : await readMocksById(this.database, workspaceId, ids);
    if (known.revision !== since) return false;
    await this.settle(workspaceId, async () => {
      if (ids.length > maxChanges) return this.loadAll(workspaceId, revision);
      this.report(await applyInSlices(known.catalog, { upserts, removals: removed.map(({ id }) => id) }));
      known.revision = revision;
    });
    return true;
  }

  private async loadFromFile(workspaceId: string): Promise<void> {
    const found = await this.files.read(workspaceId);
    if (found === undefined || this.loaded.has(workspaceId)) return;
    this.loaded.set(workspaceId, { ...found, view: found.catalog, isFromFile: true });
    this.logger.warn(
      `The database is not reachable: workspace ${workspaceId} serves the last known ${found.catalog.size} mocks, of revision ${found.revision}`,
    );
    this.tellLoaded(workspaceId, found.revision);
  }

  private keep(workspaceId: string, revision: number): void {
    const current = this.loaded.get(workspaceId);
    if (current === undefined) return;
    if (!isSessionScope(workspaceId)) this.files.keep(workspaceId, current);
    void this.state.keepNamed(workspaceId, current.view, revision);
  }

  private tellLoaded(workspaceId: string, revision: number): void {
    if (!this.loaded.has(workspaceId)) return;
    for (const listener of this.loadListeners) listener(workspaceId);
    this.tellRevision(workspaceId, revision);
  }

  private tellRevision(workspaceId: string, revision: number): void {
    for (const listener of this.revisionListeners) listener(workspaceId, revision);
  }

  /** A session has no mocks of its own as long as nothing was loaded for it. */
  private belowSession(scope: string): Catalog | undefined {
    const session = this.sessions.at(scope);
    return session === undefined ? undefined : this.loaded.get(session.workspaceId)?.catalog;
  }

  private viewOf(id: string, catalog: Catalog): CatalogView {
    if (!isSessionScope(id)) return catalog;
    const workspaceId = this.sessions.at(id)?.workspaceId ?? '';
    return new CatalogOverlay(catalog, () => this.loaded.get(workspaceId)?.catalog ?? noMocks);
  }

  private waitForDatabase(): Promise<void> {
    this.patience ??= new Promise(resolve => {
      const timer = setTimeout(resolve, patienceMs);
      this.endPatience = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.patience;
  }

  private report(problems: readonly CatalogProblem[]): void {
    for (const { id, mistakes } of problems.slice(0, 20))
      this.logger.warn(
        `Mock ${id} is not served: ${mistakes.map(({ pointer, message }) => `${pointer} ${message}`).join('; ')}`,
      );
  }
}
