import { type RedisConnection } from '@mock-server/cache';
import { Logger } from '@nestjs/common';
import { RedisState } from './redis-state';
import { SharedWorkspace, type StepCounts } from './shared-workspace';
import {
  limitsOf,
  type Awaitable,
  type StateLimits,
  type StateStore,
  type StateTotals,
  type StateUsage,
  type StateView,
  type Step,
} from './state-store';

interface RedisStateOptions {
  readonly limits: StateLimits;
  /** State that nobody asks for goes after so long; 0: never. */
  readonly ttlMs: number;
  readonly prefix?: string;
}

/** Copies of workspaces beyond this go, the least recently used first; they are loaded again when asked for. */
const maxCopies = 200;
const askAgainMs = 250;

/**
 * State that replicas share. While Redis is away each replica goes on with the copy it has, at once and without waiting; when Redis is
 * back, what it holds counts.
 */
export class RedisStateStore implements StateStore {
  private readonly logger = new Logger('State');
  private readonly redis: RedisState;
  private readonly workspaces = new Map<string, SharedWorkspace>();
  private readonly counts: StepCounts = { dropped: 0, refused: 0, isolated: 0 };
  /** Redis failed a step: it is not asked again before it takes a write. */
  private asking: NodeJS.Timeout | undefined;

  constructor(
    private readonly connection: RedisConnection,
    private readonly options: RedisStateOptions,
  ) {
    const { client } = connection;
    if (client === undefined) throw new Error('The state store needs a Redis');
    this.redis = new RedisState(client, { prefix: options.prefix ?? 'mock-server:state', ttlMs: options.ttlMs });
  }

  get totals(): StateTotals {
    return this.counts;
  }

  get reach(): 'shared' | 'shared-away' {
    return this.isThere ? 'shared' : 'shared-away';
  }

  transact<T>(workspaceId: string, work: (state: StateView) => Step<T>): Awaitable<T> {
    const workspace = this.workspaceAt(workspaceId);
    return this.isThere ? workspace.step(work) : workspace.stepAlone(work);
  }

  async forget(workspaceId: string): Promise<void> {
    const workspace = this.workspaceAt(workspaceId);
    if (!this.isThere) return workspace.forgetAlone();
    try {
      await workspace.forget();
    } catch (error) {
      this.suspend(error);
      workspace.forgetAlone();
    }
  }

  async usage(workspaceId: string): Promise<StateUsage> {
    const read = (state: StateView): Step<void> => ({ result: void state.tables(), changes: [] });
    await this.transact(workspaceId, read);
    return this.workspaceAt(workspaceId).usage;
  }

  private get isThere(): boolean {
    return this.asking === undefined && this.connection.isUp;
  }

  private workspaceAt(id: string): SharedWorkspace {
    const known = this.workspaces.get(id);
    const limits = limitsOf(id, this.options.limits);
    const onFailure = (error: unknown): void => this.suspend(error);
    const workspace = known ?? new SharedWorkspace(id, this.redis, { limits, counts: this.counts, onFailure });
    if (this.workspaces.size > 1) this.workspaces.delete(id); // the last is the most recently used
    this.workspaces.set(id, workspace);
    if (known === undefined && this.workspaces.size > maxCopies) this.dropIdle();
    return workspace;
  }

  private dropIdle(): void {
    for (const [id, workspace] of this.workspaces) {
      if (!workspace.isIdle) continue;
      this.workspaces.delete(id);
      return;
    }
  }

  private suspend(error: unknown): void {
    if (this.asking !== undefined) return;
    const reason = error instanceof Error ? error.message : String(error);
    this.logger.warn({ message: 'Shared state is away: this replica goes on with its own copy', reason });
    this.asking = setInterval(() => void this.ask(), askAgainMs).unref();
  }

  private async ask(): Promise<void> {
    if (!this.connection.isUp) return;
    try {
      await this.redis.probe();
    } catch {
      return;
    }
    if (this.asking === undefined) return;
    clearInterval(this.asking);
    this.asking = undefined;
    for (const workspace of this.workspaces.values()) workspace.distrust();
    this.logger.log('Shared state is back');
  }
}
