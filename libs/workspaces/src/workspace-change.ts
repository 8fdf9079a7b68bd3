import { run, runLater, sql } from '@mock-server/database';
import type { EntityManager } from 'typeorm';
import type { ChangeNote } from './change-note';
import { withHistory } from './past-settings';
import type { Workspace } from './workspace';
import { toWorkspace, type WorkspaceEntity } from './workspace.entity';

type Locked = Pick<
  WorkspaceEntity,
  'id' | 'slug' | 'name' | 'settings' | 'revision' | 'nextPosition' | 'floorRevision' | 'archivedAt'
>;
/** As the drivers give it: what is bigint is text on PostgreSQL. */
type LockedRow = { readonly [Name in keyof Locked]: string | number | null };

/** One change of a workspace, inside its transaction. */
export class WorkspaceChange {
  private readonly row: Locked;
  /** What the row holds since the change began. */
  private readonly stored: Readonly<Locked>;
  private readonly settingsBefore: Readonly<Record<string, unknown>>;
  private readonly tally = { added: 0, changed: 0, removed: 0, keptSize: 0 };
  private readonly commitListeners: (() => void)[] = [];
  name: string;
  isArchived: boolean;
  /** As stored: only what was set. */
  settings: Readonly<Record<string, unknown>>;

  private constructor(row: Locked) {
    this.row = row;
    this.stored = { ...row, nextPosition: row.nextPosition + 1 };
    this.name = row.name;
    this.isArchived = row.archivedAt !== null;
    this.settings = this.settingsBefore = parseObject(row.settings);
  }

  /**
   * Locks the workspace until the transaction ends, raises its revision and reads it: in one statement, so that nothing is read before the lock.
   * It sets aside a position, too, whether or not it is taken: adding one mock then leaves the row as it is.
   */
  static async begin(manager: EntityManager, workspaceId: string): Promise<WorkspaceChange | undefined> {
    const [row] = await run<LockedRow>(
      manager,
      sql`UPDATE workspaces SET revision = revision + 1, next_position = next_position + 1, updated_at = ${Date.now()}
          WHERE id = ${workspaceId} AND deleted_at IS NULL
          RETURNING id, slug, name, settings, revision, next_position - 1 AS "nextPosition",
            floor_revision AS "floorRevision", archived_at AS "archivedAt"`.prepared(),
    );
    return row === undefined ? undefined : new WorkspaceChange(readLocked(row));
  }

  /** The revision that this change makes. */
  get revision(): number {
    return this.row.revision;
  }

  get workspaceId(): string {
    return this.row.id;
  }

  /** How many mocks this change touches, and how many characters of them are kept: for the history. */
  count(touched: Partial<Readonly<WorkspaceChange['tally']>>): void {
    for (const kind of ['added', 'changed', 'removed', 'keptSize'] as const) this.tally[kind] += touched[kind] ?? 0;
  }

  /** The first of `count` consecutive positions, higher than all before them in this workspace. */
  takePositions(count: number): number {
    const first = this.row.nextPosition;
    this.row.nextPosition += count;
    return first;
  }

  /**
   * What came before `revision` cannot be followed row by row any more, by default this very change: who knows an older one must read
   * everything again.
   */
  raiseFloor(revision = this.revision): void {
    this.row.floorRevision = Math.max(this.row.floorRevision, revision);
  }

  /** Called once it is committed, before others learn of it. */
  afterCommit(listener: () => void): void {
    this.commitListeners.push(listener);
  }

  tellCommitted(): void {
    for (const listener of this.commitListeners) listener();
  }

  /** The last statements of the transaction. */
  finish(manager: EntityManager, { author, source, message }: ChangeNote): Workspace {
    const { row, tally } = this;
    const before = this.past();
    const now = Date.now();
    row.name = this.name;
    if (this.settings !== this.settingsBefore) row.settings = JSON.stringify(this.settings);
    row.archivedAt = this.isArchived ? (row.archivedAt ?? now) : null;
    this.storeRow(manager);
    runLater(
      manager,
      sql`INSERT INTO revisions
            (workspace_id, revision, at, author, source, message, added, changed, removed, kept_size, "before")
          VALUES (${row.id}, ${row.revision}, ${now}, ${author}, ${source}, ${message ?? null},
            ${tally.added}, ${tally.changed}, ${tally.removed}, ${tally.keptSize}, ${before})`.prepared(),
    );
    return toWorkspace(row);
  }

  private storeRow(manager: EntityManager): void {
    const { row, stored } = this;
    row.nextPosition = Math.max(row.nextPosition, stored.nextPosition);
    const columns = ['name', 'settings', 'nextPosition', 'floorRevision', 'archivedAt'] as const;
    if (columns.every(column => row[column] === stored[column])) return;
    runLater(
      manager,
      sql`UPDATE workspaces SET name = ${row.name}, settings = ${row.settings}, next_position = ${row.nextPosition},
            floor_revision = ${row.floorRevision}, archived_at = ${row.archivedAt}
          WHERE id = ${row.id}`.prepared(),
    );
  }

  /** What the change replaced besides mocks, for the history; null: nothing. */
  private past(): string | null {
    const { row, name, settings, settingsBefore } = this;
    if (name === row.name && settings === settingsBefore) return null;
    const before = historic(row.name, settingsBefore);
    return before === historic(name, settings) ? null : before;
  }
}

function readLocked(row: LockedRow): Locked {
  return {
    id: String(row.id),
    slug: String(row.slug),
    name: String(row.name),
    settings: String(row.settings),
    revision: Number(row.revision),
    nextPosition: Number(row.nextPosition),
    floorRevision: Number(row.floorRevision),
    archivedAt: row.archivedAt === null ? null : Number(row.archivedAt),
  };
}

function historic(name: string, settings: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ name, settings: withHistory(settings) });
}

function parseObject(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    return {};
  }
}
