import { applyJsonPatch, type JsonPatch } from '@mock-server/engine';
import { Database, Turns } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, type Workspace, WorkspacesService } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { readDocument, type MappingDocument } from './mapping-document';
import { MockCatalog } from './mock-catalog';
import { inIdBatches, replaceMocks } from './mock-rows';
import { MockEntity } from './mock.entity';
import { refuseOverQuota } from './quota';

/** A change to one mock, made for one version of it. */
export interface MockPatch {
  readonly id: string;
  readonly version: number;
  readonly patch: JsonPatch;
}

/** A mock as it is stored now. */
export interface StoredVersion {
  /** The mapping as JSON text. */
  readonly json: string;
  readonly version: number;
  /** Of a draft that waits for review. */
  readonly changeSetId: string | null;
}

/** Changes many mocks by patches: all of them, or, when one does not fit any more, none. */
@Injectable()
export class MockPatchesService {
  constructor(
    private readonly database: Database,
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
  ) {}

  /** By id; ids that are gone are left out. */
  async versionsOf(workspace: Workspace, ids: readonly string[]): Promise<ReadonlyMap<string, StoredVersion>> {
    return this.database.read(manager => readRows(manager, workspace.id, ids));
  }

  /** Answers 412 when a mock has changed since its patch was made, 422 when a patch does not fit or gives no good mapping. */
  async apply(workspace: Workspace, patches: readonly MockPatch[], by: ChangeNote): Promise<void> {
    refuseTwice(patches);
    await this.workspaces.change(workspace.id, by, async (manager, change) => {
      const ids = patches.map(({ id }) => id);
      const rows = await readRows(manager, workspace.id, ids);
      refuseStale(patches, rows);
      const changed: { document: MappingDocument; version: number; changeSetId: string | null }[] = [];
      const turns = new Turns();
      for (const [i, { id, patch, version }] of patches.entries()) {
        await turns.pause();
        const { json, changeSetId } = rows.get(id)!;
        changed.push({ document: patched(json, patch, { id, pointer: `/patches/${i}` }), version, changeSetId });
      }
      await replaceMocks(manager, change, changed);
      await refuseOverQuota(manager, workspace);
    });
    await this.catalog.refresh(workspace.id);
  }
}

async function readRows(
  manager: EntityManager,
  workspaceId: string,
  ids: readonly string[],
): Promise<Map<string, StoredVersion>> {
  const rows = new Map<string, StoredVersion>();
  await inIdBatches(ids, async batch => {
    const found = await manager.find(MockEntity, {
      where: { workspaceId, id: In(batch) },
      select: { id: true, version: true, mapping: true, changeSetId: true },
    });
    for (const { id, version, mapping, changeSetId } of found) rows.set(id, { version, changeSetId, json: mapping });
  });
  return rows;
}

function patched(json: string, patch: JsonPatch, { id, pointer }: { id: string; pointer: string }): MappingDocument {
  const result = applyJsonPatch(JSON.parse(json), patch);
  if (result.ok) return readDocument(result.value, { id, pointer: `${pointer}/patch` });
  throw new Problem('invalid-body', {
    detail: `Nothing was changed: the patch of mock ${id} does not fit, ${result.message}. Ask for a new report.`,
    extras: { mistakes: [{ pointer: `${pointer}/patch`, message: result.message }] },
  });
}

function refuseTwice(patches: readonly MockPatch[]): void {
  const known = new Set<string>();
  const twice = patches.find(({ id }) => known.size === known.add(id).size);
  if (twice === undefined) return;
  throw new Problem('invalid-body', { detail: `Mock ${twice.id} stands twice in the list; give one patch for it.` });
}

function refuseStale(patches: readonly MockPatch[], rows: ReadonlyMap<string, StoredVersion>): void {
  const stale = patches.filter(({ id, version }) => rows.get(id)?.version !== version).map(({ id }) => id);
  if (stale.length === 0) return;
  throw new Problem('stale-write', {
    detail: `Nothing was changed: ${stale.length} of the mocks have changed or are gone since the report was made. Ask for a new report, or leave them out.`,
    extras: { ids: stale.slice(0, 1_000) },
  });
}
