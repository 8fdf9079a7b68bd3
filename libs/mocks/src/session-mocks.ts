import { type Mapping, type StoredMock } from '@mock-server/engine';
import { type Database } from '@mock-server/database';
import { type Workspace, type WorkspaceChange } from '@mock-server/workspaces';
import { type EntityManager } from 'typeorm';
import { toDocument } from './mapping-document';
import { pagesOfMocks, type ReadMock } from './mock-reads';
import { addMock } from './one-mock';

/** What a session deletes of the workspace's is disabled in the session: its own copy, which covers it, is. */
export function hideMock(manager: EntityManager, change: WorkspaceChange, mock: ReadMock): StoredMock {
  const { uuid: _uuid, ...mapping } = JSON.parse(mock.mapping) as Mapping;
  // Not persistent: the reset of a session brings back what it hid.
  const document = { ...toDocument({ ...mapping, enabled: false }, { id: mock.id }), persistent: false };
  return addMock(manager, change, { document, version: mock.version + 1 });
}

/** All mocks that a workspace shows, or a session: its own, newest first, and then the workspace's that they do not cover. */
export async function* pagesOfSeen(database: Database, { id, session }: Workspace): AsyncGenerator<StoredMock[]> {
  const own = new Set<string>();
  for await (const page of pagesOfMocks(database, id)) {
    if (session !== undefined) for (const mock of page) own.add(mock.id);
    yield page;
  }
  if (session === undefined) return;
  for await (const page of pagesOfMocks(database, session.workspaceId)) yield page.filter(mock => !own.has(mock.id));
}
