import { type StoredMock } from '@mock-server/engine';
import { runLater, sql } from '@mock-server/database';
import { type WorkspaceChange } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { type MappingDocument } from './mapping-document';
import { forgetOldTombstones, unburyOne } from './mock-removal';
import { type ReadMock } from './mock-reads';
import { insertLater } from './mock-rows';
import { keepVersionLater } from './mock-versions';

/*
 * Writes of a single mock, which is what people and test runs do all day. Nobody waits for these statements: they go with COMMIT. Each
 * function gives what is served from then on.
 */

export function addMock(
  manager: EntityManager,
  change: WorkspaceChange,
  { document, version = 1 }: { readonly document: MappingDocument; readonly version?: number },
): StoredMock {
  const position = change.takePositions(1);
  unburyOne(manager, change.workspaceId, document.id);
  insertLater(manager, change, { document, position, version });
  change.count({ added: 1 });
  return storedOf(document, position);
}

/** Keeps the mock's place in the order, and where it came from. */
export function replaceMock(
  manager: EntityManager,
  change: WorkspaceChange,
  { mock, document }: { readonly mock: ReadMock; readonly document: MappingDocument },
): StoredMock {
  const { name, priority, enabled, persistent, json, isDraft } = document;
  keepVersionLater(manager, change, mock);
  runLater(
    manager,
    sql`UPDATE mocks SET name = ${name}, priority = ${priority}, enabled = ${enabled}, persistent = ${persistent},
          mapping = ${json}, version = ${mock.version + 1}, revision = ${change.revision}, updated_at = ${Date.now()}
          ${isDraft ? sql`` : sql`, change_set_id = NULL`}
        WHERE workspace_id = ${change.workspaceId} AND id = ${mock.id}`.prepared(),
  );
  change.count({ changed: 1 });
  return storedOf(document, mock.position);
}

/** Keeps what it was, and leaves a tombstone. */
export function removeMock(manager: EntityManager, change: WorkspaceChange, mock: ReadMock): void {
  const { workspaceId, revision } = change;
  keepVersionLater(manager, change, mock);
  runLater(manager, sql`DELETE FROM mocks WHERE workspace_id = ${workspaceId} AND id = ${mock.id}`.prepared());
  runLater(
    manager,
    sql`INSERT INTO mock_tombstones (workspace_id, id, revision) VALUES (${workspaceId}, ${mock.id}, ${revision})
        ON CONFLICT (workspace_id, id) DO UPDATE SET revision = excluded.revision`.prepared(),
  );
  forgetOldTombstones(manager, change);
  change.count({ removed: 1 });
}

function storedOf({ id, enabled, json }: MappingDocument, position: number): StoredMock {
  return { id, position, enabled, json };
}
