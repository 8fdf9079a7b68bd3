import { type Mapping, type StoredMock } from '@mock-server/engine';
import { Database } from '@mock-server/database';
import { Problem } from '@mock-server/http';
import { type ChangeNote, SessionsService, type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { readChangeSets } from './change-set-rows';
import { FilesService } from './files.service';
import { readId } from './mapping-document';
import { MockImportService } from './mock-import.service';
import { pagesOfMocks } from './mock-reads';
import { MocksService } from './mocks.service';

const overwrite = { duplicatePolicy: 'OVERWRITE', deleteAllNotInImport: false } as const;

export interface Promotion {
  readonly mocks: readonly string[];
  readonly files: readonly string[];
}

/** Moves what a test session made to where all see it. */
@Injectable()
export class SessionPromotionService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionsService,
    private readonly mocks: MocksService,
    private readonly imports: MockImportService,
    private readonly files: FilesService,
  ) {}

  /**
   * All of a session's mocks, or those with these ids, with all its files. A mock takes the place of the workspace's with its id. In
   * this order, so that a crash leaves what is promoted in both places rather than in none, and doing it again mends that. What the session edits meanwhile stays in it.
   */
  async promote(
    workspace: Workspace,
    { sessionId, ids }: { readonly sessionId: string; readonly ids?: readonly string[] | undefined },
    note: ChangeNote,
  ): Promise<Promotion> {
    const by = { ...note, message: note.message ?? `Promoted from session ${sessionId}` };
    await this.sessions.get(workspace, sessionId);
    const session = this.sessions.open(workspace, sessionId);
    const own = await this.ownMocks(session);
    const together = await this.database.read(manager => readChangeSets(manager, session.id));
    const wanted = ids === undefined ? [...own.keys()] : [...new Set(ids.map(readId))];
    const mocks = wanted.map(id => own.get(id) ?? refuseUnknown(sessionId, id));
    const mappings = mocks.map(({ json }) => JSON.parse(json) as Mapping);
    const files = await this.files.own(session);
    for (const { path, content } of files) await this.files.put(workspace, { name: path, content }, by);
    const drafts = new Set(mocks.filter((_, i) => mappings[i]?.draft === true).map(({ id }) => id));
    const changeSets = together.map(({ set, ids }) => ({ set, ids: ids.filter(id => drafts.has(id)) }));
    if (mappings.length > 0) await this.imports.import(workspace, mappings, { ...overwrite, by, changeSets });
    await this.mocks.removeUnchanged(session, mocks, by);
    for (const { path, sha256 } of files) await this.files.remove(session, { name: path, sha256 }, by);
    return { mocks: wanted, files: files.map(({ path }) => path) };
  }

  /** Newest first, which is how an import takes them. */
  private async ownMocks({ id }: Workspace): Promise<ReadonlyMap<string, StoredMock>> {
    const own = new Map<string, StoredMock>();
    for await (const page of pagesOfMocks(this.database, id)) for (const mock of page) own.set(mock.id, mock);
    return own;
  }
}

function refuseUnknown(sessionId: string, id: string): never {
  throw new Problem('mock-not-found', {
    detail: `Session '${sessionId}' has no mock ${id} of its own. GET /__admin/mappings with X-Mock-Session: ${sessionId} lists its own first.`,
  });
}
