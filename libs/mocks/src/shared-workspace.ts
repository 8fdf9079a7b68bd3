import { randomUUID } from 'node:crypto';
import { type RedisState, type StateFields, type StatePlace } from './redis-state';
import { type StateLimits, type StateUsage, type StateView, type Step } from './state-store';
import { WorkspaceState } from './workspace-state';

/** What steps did that is counted once they are made. */
export interface StepCounts {
  dropped: number;
  refused: number;
  isolated: number;
}

interface Waiting {
  run(state: WorkspaceState): void;
  settle(): void;
}

const maxBatch = 500;
/** Far beyond bad luck: each round that fails is one that another replica won. */
const maxRounds = 1_000;

/**
 * One workspace's state that replicas share: a copy here, the truth in Redis. Steps that come while one is under way wait and are made
 * together, in order: on the copy first, then in Redis if nobody was faster; else the copy takes what others did, and they run again.
 */
export class SharedWorkspace {
  private state: WorkspaceState;
  /** Undefined: the copy has to be loaded. */
  private place: StatePlace | undefined;
  private mustForget = false;
  private waiting: Waiting[] = [];
  private isRunning = false;
  /** Whether the steps under way were run on the copy. */
  private hasRun = false;
  private touch: (field: string) => void = () => undefined;
  private drops = 0;
  private refusals = 0;

  constructor(
    private readonly id: string,
    private readonly redis: RedisState,
    private readonly options: {
      readonly limits: StateLimits;
      readonly counts: StepCounts;
      readonly onFailure: (error: unknown) => void;
    },
  ) {
    this.state = this.newState();
  }

  get isIdle(): boolean {
    return !this.isRunning && !this.mustForget;
  }

  get usage(): StateUsage {
    return this.state.usage;
  }

  /** A step that neither reads nor changes anything needs nobody: it is done when this returns. */
  step<T>(work: (state: StateView) => Step<T>): T | Promise<T> {
    const view = new WatchedView(this.state);
    const { result, changes } = work(view);
    if (!view.wasRead && changes.length === 0) return result;
    return new Promise<T>((resolve, reject) => {
      let settle = (): void => undefined;
      const run = (state: WorkspaceState): void => {
        try {
          const made = this.take(state, work);
          settle = () => resolve(made);
        } catch (error) {
          settle = () => reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.waiting.push({ run, settle: () => settle() });
      if (!this.isRunning) void this.runAll();
    });
  }

  /** On the copy alone: Redis is away. Its word replaces the copy once it is back. */
  stepAlone<T>(work: (state: StateView) => Step<T>): T {
    this.place = undefined;
    this.options.counts.isolated++;
    const result = this.take(this.state, work);
    this.count();
    return result;
  }

  async forget(): Promise<void> {
    this.place = undefined;
    await this.redis.forget(this.id);
  }

  /** Redis is away: what it holds goes when it is back. */
  forgetAlone(): void {
    this.place = undefined;
    this.mustForget = true;
    this.state = this.newState();
  }

  /** The copy may be of another time. */
  distrust(): void {
    this.place = undefined;
  }

  private async runAll(): Promise<void> {
    this.isRunning = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, maxBatch);
      this.hasRun = false;
      try {
        await this.commit(batch);
      } catch (error) {
        this.options.onFailure(error);
        this.runAlone(batch);
      }
      this.count();
      for (const step of batch) step.settle();
    }
    this.isRunning = false;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    let isFresh = false;
    for (let round = 0; round < maxRounds; round++) {
      if (this.place === undefined) {
        await this.load();
        isFresh = true;
      }
      const place = this.place!;
      const fields = this.run(batch);
      if (fields.length === 0 && isFresh) return;
      const outcome = await this.redis.step(this.id, place, fields);
      if (outcome.kind === 'made') {
        if (this.place !== undefined) this.place = outcome.place;
        return;
      }
      if (outcome.kind === 'gone') this.place = undefined;
      else this.takeOver(outcome);
      isFresh = true;
    }
    throw new Error(`Other replicas were faster ${maxRounds} times`);
  }

  /** Gives the fields that the steps touched, as names and texts. */
  private run(batch: readonly Waiting[]): string[] {
    const touched = new Set<string>();
    this.touch = field => touched.add(field);
    this.drops = 0;
    this.refusals = 0;
    for (const step of batch) step.run(this.state);
    this.hasRun = true;
    return [...touched].flatMap(field => [field, this.state.read(field) ?? '']);
  }

  /** Those that came meanwhile too: none of them waits for a Redis that just failed another. */
  private runAlone(batch: Waiting[]): void {
    if (!this.hasRun) this.run(batch); // else the copy has what they did
    this.count();
    const later = this.waiting.splice(0);
    this.run(later);
    batch.push(...later);
    this.place = undefined;
    this.options.counts.isolated += batch.length;
  }

  private take<T>(state: WorkspaceState, work: (state: StateView) => Step<T>): T {
    const { result, changes, instead } = work(state);
    if (changes.length === 0 || state.apply(changes, this.touch)) return result;
    this.refusals++;
    return instead ?? result;
  }

  private async load(): Promise<void> {
    if (this.mustForget) await this.redis.forget(this.id);
    this.mustForget = false;
    const { place, fields } = await this.redis.load(this.id, randomUUID());
    this.state = this.newState();
    this.takeOver({ place, fields: inOrder(fields) });
  }

  private takeOver({ place, fields }: StateFields): void {
    for (let i = 0; i < fields.length; i += 2) {
      const text = fields[i + 1]!;
      this.state.write(fields[i]!, text === '' ? undefined : text);
    }
    this.place = place;
  }

  private count(): void {
    const { counts } = this.options;
    counts.dropped += this.drops;
    counts.refused += this.refusals;
    this.drops = 0;
    this.refusals = 0;
  }

  private newState(): WorkspaceState {
    return new WorkspaceState(this.options.limits, () => this.drops++);
  }
}

/** Tables that drop the least recently used have no other order than that in which entries are written. */
function inOrder(fields: readonly string[]): string[] {
  const pairs: [name: string, text: string][] = [];
  for (let i = 0; i < fields.length; i += 2) pairs.push([fields[i]!, fields[i + 1]!]);
  pairs.sort(([, a], [, b]) => Number.parseInt(a) - Number.parseInt(b));
  return pairs.flat();
}

class WatchedView implements StateView {
  wasRead = false;

  constructor(private readonly state: StateView) {}

  get(...at: Parameters<StateView['get']>): unknown {
    this.wasRead = true;
    return this.state.get(...at);
  }

  entries(...at: Parameters<StateView['entries']>): ReturnType<StateView['entries']> {
    this.wasRead = true;
    return this.state.entries(...at);
  }

  counter(...at: Parameters<StateView['counter']>): number {
    this.wasRead = true;
    return this.state.counter(...at);
  }

  tables(): ReturnType<StateView['tables']> {
    this.wasRead = true;
    return this.state.tables();
  }
}
