import {
  limitsOf,
  type StateLimits,
  type StateStore,
  type StateTotals,
  type StateUsage,
  type StateView,
  type Step,
} from './state-store';
import { WorkspaceState } from './workspace-state';

/** State of this process: every step is one turn of the event loop, so no two mix. Gone when the process ends. */
export class MemoryStateStore implements StateStore {
  private readonly workspaces = new Map<string, WorkspaceState>();
  readonly reach = 'replica';
  private readonly counts = { dropped: 0, refused: 0, isolated: 0 };

  constructor(private readonly limits: StateLimits) {}

  get totals(): StateTotals {
    return this.counts;
  }

  transact<T>(workspaceId: string, work: (state: StateView) => Step<T>): T {
    const state = this.stateOf(workspaceId);
    const { result, changes, instead } = work(state);
    if (changes.length === 0 || state.apply(changes)) return result;
    this.counts.refused++;
    return instead ?? result;
  }

  forget(workspaceId: string): void {
    this.workspaces.delete(workspaceId);
  }

  usage(workspaceId: string): StateUsage {
    return this.workspaces.get(workspaceId)?.usage ?? { entries: 0, bytes: 0 };
  }

  private stateOf(workspaceId: string): WorkspaceState {
    let state = this.workspaces.get(workspaceId);
    if (state === undefined)
      this.workspaces.set(
        workspaceId,
        (state = new WorkspaceState(limitsOf(workspaceId, this.limits), () => this.counts.dropped++)),
      );
    return state;
  }
}
