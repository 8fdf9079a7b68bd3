import { viewMapping, type Mapping } from '@mock-server/engine';
import { MockCatalog, putBackMocks, refuseOverQuota, removeMocks, toDocument, unbury } from '@mock-server/mocks';
import {
  type ChangeNote,
  withoutLosing,
  type Workspace,
  type WorkspaceChange,
  WorkspacesService,
} from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { RevisionView } from './history-schemas';
import { pastMock } from './mock-history.service';
import { newSince, type Return, returnsTo } from './past-mocks';
import { findRevision, settingsAt } from './past-revisions';
import { RevisionsService } from './revisions.service';

const PER_PAGE = 250;

/** Going back. It is a change like any other, so it can be gone back on in turn. */
@Injectable()
export class RestoreService {
  constructor(
    private readonly workspaces: WorkspacesService,
    private readonly catalog: MockCatalog,
    private readonly revisions: RevisionsService,
  ) {}

  /** One mock, as it was and where it stood, whether or not it is still there. */
  async restoreMock(
    workspace: Workspace,
    { idText, revisionText }: { readonly idText: string; readonly revisionText: string },
    by: ChangeNote,
  ): Promise<Record<string, unknown>> {
    const note = noteOf(by, `Took mock ${idText.toLowerCase()} back to revision ${revisionText}`);
    const { result } = await this.workspaces.change(workspace.id, note, async (manager, change) => {
      const past = await pastMock(manager, workspace, { idText, revisionText });
      const place = { workspaceId: workspace.id, revision: Number(revisionText) };
      await putBack(manager, change, await returnsTo(manager, place, { afterId: '', limit: 1, id: past.id }));
      await refuseOverQuota(manager, workspace);
      return past;
    });
    await this.catalog.refresh(workspace.id);
    return viewMapping(result.id, result.mapping);
  }

  /** All mocks, the name and the settings. What was removed comes back, what is new goes. Files stay as they are. */
  async restoreWorkspace(workspace: Workspace, revisionText: string, by: ChangeNote): Promise<RevisionView> {
    const note = noteOf(by, `Went back to revision ${revisionText}`);
    const { revision } = await this.workspaces.change(workspace.id, note, async (manager, change) => {
      const then = await findRevision(manager, workspace, {
        text: revisionText,
        newest: change.revision - 1,
      });
      await restoreMocks(manager, change, then);
      const { name, settings } = await settingsAt(manager, workspace.id, then);
      change.name = name;
      change.settings = withoutLosing(change.settings, settings);
      await refuseOverQuota(manager, workspace);
    });
    await this.catalog.refresh(workspace.id);
    return this.revisions.get(workspace, String(revision));
  }
}

/** Makes the mocks of a workspace what they were: new ones go first, then a page of old ones after the other. */
async function restoreMocks(manager: EntityManager, change: WorkspaceChange, revision: number): Promise<void> {
  const { workspaceId } = change;
  await learnSizes(manager);
  await removeMocks(manager, change, await newSince(manager, workspaceId, revision));
  for (let afterId = ''; ;) {
    const page = await returnsTo(manager, { workspaceId, revision }, { afterId, limit: PER_PAGE });
    await putBack(manager, change, page);
    if (page.length < PER_PAGE) return;
    afterId = page.at(-1)!.id;
    await new Promise(resolve => setImmediate(resolve));
  }
}

/** PostgreSQL may take tables that have just grown for small ones, and then walks over all rows for each. */
async function learnSizes(manager: EntityManager): Promise<void> {
  if (manager.connection.options.type !== 'postgres') return;
  for (const table of ['mocks', 'mock_versions']) await manager.query(`ANALYZE ${table}`);
}

async function putBack(manager: EntityManager, change: WorkspaceChange, mocks: readonly Return[]): Promise<void> {
  const wanted = mocks.filter(({ now, mapping, isMoved }) => now !== mapping || isMoved);
  const gone = wanted.filter(({ now }) => now === null);
  await unbury(
    manager,
    change.workspaceId,
    gone.map(({ id }) => id),
  );
  await putBackMocks(
    manager,
    change,
    wanted.map(({ id, mapping, position, version }) => ({
      document: toDocument(JSON.parse(mapping) as Mapping, { id }),
      position,
      version,
    })),
  );
  change.count({ added: gone.length, changed: wanted.length - gone.length });
}

function noteOf(by: ChangeNote, message: string): ChangeNote {
  return { ...by, source: 'restore', message: by.message ?? message };
}
