import { type CatalogView } from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import { turnsGone } from './reply-turns';
import { resourcesGone } from './resource-items';
import { scenariosGone } from './scenario-states';
import { STATE_STORE, type StateChange, type StateStore, type StateView } from './state-store';

/** Under which the newest catalog that replicas loaded is noted, in the table of what the catalog says of the state. */
const revisionKey = 'revision';

/** State goes when what names it goes. */
@Injectable()
export class CatalogState {
  /** Workspaces whose mocks name state, or did when this was last asked. */
  private readonly naming = new Set<string>();

  constructor(@Inject(STATE_STORE) private readonly store: StateStore) {}

  async keepNamed(workspaceId: string, catalog: CatalogView, revision: number): Promise<void> {
    const isShared = this.store.reach !== 'replica';
    const didName = this.naming.has(workspaceId);
    if (catalog.scenarios().size + catalog.resources().size > 0) this.naming.add(workspaceId);
    else this.naming.delete(workspaceId);
    if (isShared && !didName && !this.naming.has(workspaceId)) return;
    await this.store.transact(workspaceId, state => {
      const known = state.get('catalog', revisionKey);
      // Another replica knows newer mocks, which may name what these do not.
      if (isShared && typeof known === 'number' && known > revision) return { result: undefined, changes: [] };
      const changes = gone(state, catalog);
      if (isShared && known !== revision)
        changes.push({ kind: 'set', table: 'catalog', key: revisionKey, value: revision });
      return { result: undefined, changes };
    });
  }

  /** A session ended. Where replicas share its state, the one that ended it forgets it: by now it may have begun anew. */
  async leave(scope: string): Promise<void> {
    this.naming.delete(scope);
    if (this.store.reach === 'replica') await this.store.forget(scope);
  }

  async forget(workspaceId: string): Promise<void> {
    this.naming.delete(workspaceId);
    await this.store.forget(workspaceId);
  }
}

function gone(state: StateView, catalog: CatalogView): StateChange[] {
  return [
    ...scenariosGone(state, name => catalog.scenarios().has(name)),
    ...resourcesGone(state, name => catalog.resources().has(name)),
    ...turnsGone(state, id => catalog.get(id) !== undefined),
  ];
}
