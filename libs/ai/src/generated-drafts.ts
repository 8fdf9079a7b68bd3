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

const by: ChangeNote = { author: 'ai', source: 'ai', message: 'Generated on misses' };
const maxUnstored = 500;
const maxUnstoredBytes = 16_777_216;

/**
 * Generated answers as drafts, which nobody is served until a person publishes them; to the question that they were made for they are
 * the answer nevertheless. Those that could not be stored are kept in memory, a bounded number of them.
 */
@Injectable()
export class GeneratedDrafts implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger('GeneratedDrafts');
  private readonly unstored = new Map<string, { readonly reply: DraftedReply; readonly bytes: number }>();
  private readonly storing = new Set<Promise<void>>();
  private bytes = 0;
  private lostCount = 0;

  constructor(
    private readonly catalogs: MockCatalog,
    private readonly imports: MockImportService,
    private readonly directory: WorkspaceDirectory,
    private readonly registry: MetricsRegistry,
  ) {}

  onModuleInit(): void {
    this.registry.counter(
      'ai_drafts_lost_total',
      'Generated answers that could not be stored as drafts; clients got them all the same.',
      () => this.lostCount,
    );
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
    this.remember(key, reply);
    const storing = this.store(workspace, mapping)
      .then(isStored => {
        if (isStored) this.forget(key);
      })
      .finally(() => this.storing.delete(storing));
    this.storing.add(storing);
  }

  private async store(workspace: Workspace, mapping: Mapping): Promise<boolean> {
    const root = this.directory.byId(rootIdOf(workspace));
    if (root === undefined) return false;
    try {
      await this.imports.import(root, [mapping], { duplicatePolicy: 'IGNORE', deleteAllNotInImport: false, by });
      return true;
    } catch (error) {
      this.lostCount++;
      this.logger.warn(`A generated answer was not stored: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  private remember(key: string, reply: DraftedReply): void {
    this.forget(key);
    const bytes = reply.body.length + 1_024;
    this.unstored.set(key, { reply, bytes });
    this.bytes += bytes;
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
