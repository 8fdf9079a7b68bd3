import { join } from 'node:path';
import { CONFIG, type Config } from '@mock-server/config';
import { Database, RepeatedWork } from '@mock-server/database';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { In, IsNull } from 'typeorm';
import { locateWorkspace, type WorkspaceAddress } from './locate-workspace';
import type { OpenSession } from './open-session';
import { isSessionScope } from './session';
import { SessionDirectory } from './session-directory';
import { DEFAULT_SLUG, type Workspace } from './workspace';
import { toWorkspace, WorkspaceEntity } from './workspace.entity';
import { readHint, type WorkspaceHint } from './workspace-hint';
import { WorkspacesFile } from './workspaces-file';

const POLL_EVERY_MS = 1_000;

type Listener = (workspace: Workspace) => void;

/**
 * All workspaces in memory: what traffic reads. The table is the truth, read every second; a change made by this process
 * shows at once. While the database is down the last known list stays, at start from a file.
 */
@Injectable()
export class WorkspaceDirectory implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('WorkspaceDirectory');
  private readonly file: WorkspacesFile;
  /** As stored: without BACKEND_URL, which may be another one at the next start. */
  private readonly storedById = new Map<string, Workspace>();
  private readonly workspacesById = new Map<string, Workspace>();
  private readonly idsBySlug = new Map<string, string>();
  private readonly changeListeners: Listener[] = [];
  private readonly removeListeners: Listener[] = [];
  private loaded = false;
  /** What was told of while a poll is under way: it may have read these as they were before, and must not undo that. */
  private told = new Set<string>();
  private readonly polls = new RepeatedWork({
    everyMs: POLL_EVERY_MS,
    work: () => this.poll(),
    logger: this.logger,
    failure: 'The workspaces cannot be read',
  });
  /** Workspaces that other replicas changed, by their hints. */
  private readonly hinted = new Set<string>();
  private following: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly sessions: SessionDirectory,
    @Inject(CONFIG) private readonly config: Pick<Config, 'dataDir' | 'backendUrl' | 'workspaceDomain'>,
  ) {
    this.file = new WorkspacesFile(join(config.dataDir, 'workspaces.json'));
    this.sessions.onChange(session => this.tellOf(session, this.changeListeners));
    this.sessions.onEnd(session => this.tellOf(session, this.removeListeners));
  }

  /** True once there is a list, from the database or from the file. */
  get isLoaded(): boolean {
    return this.loaded;
  }

  /** On all workspaces. */
  get sessionCount(): number {
    return this.sessions.size;
  }

  bySlug(slug: string): Workspace | undefined {
    const id = this.idsBySlug.get(slug);
    return id === undefined ? undefined : this.workspacesById.get(id);
  }

  /** Also the workspace as a session sees it, by the session's own id. */
  byId(id: string): Workspace | undefined {
    return this.workspacesById.get(id) ?? this.bySession(this.sessions.at(id));
  }

  /** Without sessions. */
  all(): readonly Workspace[] {
    return [...this.workspacesById.values()];
  }

  /** The workspace a request addresses, if it exists. */
  locate(address: WorkspaceAddress): Workspace | undefined {
    const { tokenWorkspaceId } = address;
    const otherwise = tokenWorkspaceId === undefined ? undefined : this.workspacesById.get(tokenWorkspaceId)?.slug;
    return this.bySlug(locateWorkspace(address, this.config.workspaceDomain, otherwise));
  }

  /** A workspace as a session on it sees it; the session begins with its first use. Undefined: it cannot begin. */
  inSession(workspace: Workspace, id: string): Workspace | undefined {
    return this.sessions.open(workspace, id);
  }

  /** Called for each new workspace and each new revision of one, or of a session. */
  onChange(listener: Listener): void {
    this.changeListeners.push(listener);
  }

  /** Called for each workspace that is gone, and each session that ended. */
  onRemove(listener: Listener): void {
    this.removeListeners.push(listener);
  }

  /** Called with the id that a session has here when this process ended it, for all replicas; awaited. */
  onSessionDelete(listener: (scope: string) => Promise<void>): void {
    this.sessions.onDelete(listener);
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.database.isUp) await this.refresh();
    if (!this.loaded) await this.loadFile();
    this.database.onUp(() => this.refresh());
    this.database.onHint(text => this.take(readHint(text)));
    this.polls.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.polls.stop();
    await this.following;
    await this.file.settle();
  }

  /** Reads what is in the table now. Resolves also when the database is down; then nothing changes. */
  refresh(): Promise<void> {
    return this.polls.afresh();
  }

  /** A change that this process committed. An older revision than the known one is a late messenger, and ignored. */
  put(workspace: Workspace): void {
    if (isSessionScope(workspace.id)) return this.sessions.put(workspace);
    const known = this.workspacesById.get(workspace.id);
    if (known && known.revision >= workspace.revision) return;
    this.told.add(workspace.id);
    this.set(workspace);
    this.file.keep([...this.storedById.values()]);
  }

  drop(id: string): void {
    this.told.add(id);
    this.unset(id);
    this.file.keep([...this.storedById.values()]);
  }

  private take(hint: WorkspaceHint | undefined): void {
    if (hint === undefined || (this.byId(hint.id)?.revision ?? 0) >= hint.revision) return;
    if (isSessionScope(hint.id) && this.sessions.at(hint.id) === undefined) return; // SessionSync learns of it
    this.hinted.add(hint.id);
    this.following ??= this.follow().finally(() => (this.following = undefined));
  }

  /** Reads what was hinted at: together what came while it read. */
  private async follow(): Promise<void> {
    while (this.hinted.size > 0) {
      const ids = [...this.hinted];
      this.hinted.clear();
      try {
        const rows = await this.database.read(
          manager => manager.findBy(WorkspaceEntity, { id: In(ids), deletedAt: IsNull() }),
          'upkeep',
        );
        for (const row of rows) this.put(toWorkspace(row));
        if (rows.length < ids.length) await this.refresh();
      } catch {
        // It was a hint: the next poll finds what it told of.
      }
    }
  }

  private async poll(): Promise<void> {
    this.told = new Set();
    const rows = await this.database.read(
      manager => manager.findBy(WorkspaceEntity, { deletedAt: IsNull(), baseId: IsNull() }),
      'upkeep',
    );
    this.loaded = true;
    const ids = new Set(rows.map(row => row.id));
    for (const id of [...this.workspacesById.keys()]) if (!ids.has(id) && !this.told.has(id)) this.unset(id);
    for (const row of rows) if (this.isNews(row)) this.set(toWorkspace(row));
    this.file.keep([...this.storedById.values()]);
  }

  /** Only what is new is read in full: there may be a thousand rows, every second. */
  private isNews({ id, revision }: WorkspaceEntity): boolean {
    const known = this.workspacesById.get(id)?.revision;
    if (this.told.has(id)) return known !== undefined && known < revision;
    // Any other revision, also a lower one: the database may have been restored from a backup.
    return known !== revision;
  }

  private async loadFile(): Promise<void> {
    try {
      const workspaces = await this.file.read();
      if (workspaces === undefined || this.loaded) return;
      workspaces.forEach(workspace => this.set(workspace));
      this.loaded = true;
      this.logger.warn(`The database is down: starting with the ${workspaces.length} last known workspaces`);
    } catch (error) {
      this.logger.warn(`The file of last known workspaces is ignored: ${String(error)}`);
    }
  }

  private set(stored: Workspace): void {
    const workspace = this.withDefaultBackend(stored);
    this.storedById.set(stored.id, stored);
    this.workspacesById.set(workspace.id, workspace);
    this.idsBySlug.set(workspace.slug, workspace.id);
    this.tell(this.changeListeners, workspace);
  }

  private unset(id: string): void {
    const workspace = this.workspacesById.get(id);
    if (workspace === undefined) return;
    for (const { scope } of this.sessions.of(id)) this.sessions.end(scope);
    this.storedById.delete(id);
    this.workspacesById.delete(id);
    if (this.idsBySlug.get(workspace.slug) === id) this.idsBySlug.delete(workspace.slug);
    this.tell(this.removeListeners, workspace);
  }

  private bySession(session: OpenSession | undefined): Workspace | undefined {
    const base = session === undefined ? undefined : this.workspacesById.get(session.workspaceId);
    return base === undefined ? undefined : session?.workspaceOver(base);
  }

  private tellOf(session: OpenSession, listeners: readonly Listener[]): void {
    const workspace = this.bySession(session);
    if (workspace !== undefined) this.tell(listeners, workspace);
  }

  /** BACKEND_URL is the backend of `default` as long as its stored settings name no other. */
  private withDefaultBackend(workspace: Workspace): Workspace {
    const { backendUrl } = this.config;
    const { slug, settings } = workspace;
    if (slug !== DEFAULT_SLUG || backendUrl === undefined || settings.backendUrl !== undefined) return workspace;
    return { ...workspace, settings: { ...settings, backendUrl } };
  }

  private tell(listeners: readonly Listener[], workspace: Workspace): void {
    for (const listener of listeners) {
      try {
        listener(workspace);
      } catch (error) {
        this.logger.error(`A listener failed on workspace ${workspace.slug}: ${String(error)}`);
      }
    }
  }
}
