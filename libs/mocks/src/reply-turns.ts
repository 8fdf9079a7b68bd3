import { engineHost, type CatalogMock, type ReplyChance } from '@mock-server/engine';
import { WorkspaceDirectory } from '@mock-server/workspaces';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { MockCatalog } from './mock-catalog';

interface Turns {
  /** Of the mapping that was counted for: an edited mock begins anew. */
  readonly json: string;
  taken: number;
}

/**
 * How often each mock whose answers take turns has answered, in memory. Taking a turn is synchronous, so no two requests take the
 * same. Mocks whose answer is always the same are not counted.
 */
@Injectable()
export class ReplyTurns implements OnModuleInit {
  private readonly workspaces = new Map<string, Map<string, Turns>>();

  constructor(
    private readonly catalogs: MockCatalog,
    private readonly directory: WorkspaceDirectory,
  ) {}

  onModuleInit(): void {
    this.catalogs.onLoad(workspaceId => this.forgetGone(workspaceId));
    this.directory.onRemove(({ id }) => this.reset(id));
  }

  /** What one request to a mock draws from. Its turn is taken when it is first asked for, and stays. */
  chanceOf(workspaceId: string, mock: CatalogMock): ReplyChance {
    const take = (): number => this.take(workspaceId, mock);
    let taken: number | undefined;
    return {
      random: engineHost().random,
      get turn() {
        return (taken ??= take());
      },
    };
  }

  /** The number of turns taken before. */
  take(workspaceId: string, { id, stored: { json } }: CatalogMock): number {
    let mocks = this.workspaces.get(workspaceId);
    if (mocks === undefined) this.workspaces.set(workspaceId, (mocks = new Map<string, Turns>()));
    const turns = mocks.get(id);
    if (turns?.json === json) return turns.taken++;
    mocks.set(id, { json, taken: 1 });
    return 0;
  }

  /** All mocks of a workspace begin anew. */
  reset(workspaceId: string): void {
    this.workspaces.delete(workspaceId);
  }

  private forgetGone(workspaceId: string): void {
    const mocks = this.workspaces.get(workspaceId);
    const catalog = this.catalogs.catalogOf(workspaceId);
    for (const id of mocks?.keys() ?? []) if (catalog?.get(id) === undefined) mocks?.delete(id);
  }
}
