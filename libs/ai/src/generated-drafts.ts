import { Database } from '@mock-server/database';
import { type Mapping } from '@mock-server/engine';
import { MockCatalog, MockImportService } from '@mock-server/mocks';
import { MetricsRegistry } from '@mock-server/metrics';
import { type ChangeNote, rootIdOf, type Workspace, WorkspaceDirectory } from '@mock-server/workspaces';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { type DraftedReply, replyOf } from './generated-mapping';

/** What is known of a question by its id. */
export type Known =
  | { readonly kind: 'reply'; readonly reply: DraftedReply }
  /** Somebody has made a mock of it that answers in another way, or has switched it off. */
  | { readonly kind: 'taken' }
  | undefined;

interface Unstored {
  readonly workspace: Workspace;
  readonly mapping: Mapping;
  readonly reply: DraftedReply;
  readonly bytes: number;
}

const by: ChangeNote = { author: 'ai', source: 'ai', message: 'Generated on misses' };
const maxUnstored = 500;
const maxUnstoredBytes = 16_777_216;

/**
 * Generated answers as drafts, which nobody is served until a person publishes them; to the question that they were made for they are
 * the answer nevertheless. Those that could not be stored are kept in memory, a bounded
 * number of them, until the database is back.
 */
@Injectable()
export class GeneratedDrafts implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('GeneratedDrafts');
  private readonly unstored = new Map<string, Unstored>();
  private readonly storing = new Set<Promise<void>>();
  private bytes = 0;
  private lostCount = 0;

  constructor(
    private readonly database: Database,
    private readonly catalogs: MockCatalog,
    private readonly imports: MockImportService,
    private readonly directory: WorkspaceDirectory,
    private readonly registry: MetricsRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'ai_drafts_lost_total',
      'Generated answers that could not be stored as drafts at once; clients got them all the same.',
      () => this.lostCount,
    );
    this.database.onUp(async () => {
      for (const key of [...this.unstored.keys()]) await this.storeKept(key);
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.storing);
  }

  find(workspace: Workspace, id: string): Known {
    const mock = this.catalogs.catalogOf(rootIdOf(workspace))?.get(id);
    if (mock !== undefined) {
      const reply = mock.mapping.draft === true ? replyOf(mock.mapping) : undefined;
      return reply === undefined ? { kind: 'taken' } : { kind: 'reply', reply };
    }
    const kept = this.unstored.get(keyOf(workspace, id));
    return kept === undefined ? undefined : { kind: 'reply', reply: kept.reply };
  }

  /** Not waited for: a client has its answer whether or not there is a database. */
  keep(
    workspace: Workspace,
    id: string,
    { mapping, reply }: { readonly mapping: Mapping; readonly reply: DraftedReply },
  ): void {
    const key = keyOf(workspace, id);
    const bytes = 2 * reply.body.length + 1_024;
    this.remember(key, { workspace, mapping, reply, bytes });
    const storing = this.storeKept(key)
      .then(isStored => {
        if (!isStored) this.lostCount++;
      })
      .finally(() => this.storing.delete(storing));
    this.storing.add(storing);
  }

  private async storeKept(key: string): Promise<boolean> {
    const one = this.unstored.get(key);
    if (one === undefined) return false;
    const isStored = await this.store(one.workspace, one.mapping);
    if (isStored && this.unstored.get(key) === one) this.forget(key);
    return isStored;
  }

  private async store(workspace: Workspace, mapping: Mapping): Promise<boolean> {
    const root = this.directory.byId(rootIdOf(workspace));
    if (root === undefined) return false;
    try {
      await this.imports.import(root, [mapping], { duplicatePolicy: 'IGNORE', deleteAllNotInImport: false, by });
      return true;
    } catch (error) {
      this.logger.warn(`A generated answer was not stored: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  private remember(key: string, one: Unstored): void {
    this.forget(key);
    this.unstored.set(key, one);
    this.bytes += one.bytes;
    for (const oldest of this.unstored.keys()) {
      if (this.unstored.size <= maxUnstored && this.bytes <= maxUnstoredBytes) return;
      this.forget(oldest);
    }
  }

  private forget(key: string): void {
    this.bytes -= this.unstored.get(key)?.bytes ?? 0;
    this.unstored.delete(key);
  }
}

function keyOf(workspace: Workspace, id: string): string {
  return `${rootIdOf(workspace)} ${id}`;
}
