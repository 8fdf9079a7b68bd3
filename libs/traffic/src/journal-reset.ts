import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Journal, SharedJournal } from '@mock-server/journal';
import { MockCatalog, ResetHooks } from '@mock-server/mocks';
import { WorkspaceDirectory } from '@mock-server/workspaces';

/** Counts of mocks that are gone stay, for tests still ask for them, until there are so many more than mocks. */
const sparePlaces = 10_000;

/** The journal's part in what happens to mocks and workspaces, which live in rooms beside it: reset, removal. */
@Injectable()
export class JournalReset implements OnModuleInit {
  constructor(
    private readonly hooks: ResetHooks,
    private readonly journal: Journal,
    private readonly shared: SharedJournal,
    private readonly catalogs: MockCatalog,
    private readonly workspaces: WorkspaceDirectory,
  ) {}

  onModuleInit(): void {
    this.hooks.add(workspaceId => this.shared.clear(workspaceId));
    this.workspaces.onRemove(({ id }) => this.shared.forget(id));
    this.workspaces.onSessionDelete(scope => this.shared.end(scope));
    this.catalogs.onRevision(workspaceId => {
      const catalog = this.catalogs.catalogOf(workspaceId);
      const hits = this.journal.hits(workspaceId);
      if (catalog === undefined || hits.size <= catalog.size + sparePlaces) return;
      hits.forget(mockId => catalog.get(mockId) === undefined);
    });
  }
}
