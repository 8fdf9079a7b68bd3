import { type Catalog } from '@mock-server/engine';
import { Inject, Injectable } from '@nestjs/common';
import { ResourceItems } from './resource-items';
import { ScenarioStates } from './scenario-states';
import { STATE_STORE, type StateStore } from './state-store';

/** State goes when what names it goes. */
@Injectable()
export class CatalogState {
  constructor(
    private readonly scenarios: ScenarioStates,
    private readonly resources: ResourceItems,
    @Inject(STATE_STORE) private readonly store: StateStore,
  ) {}

  async keepNamed(workspaceId: string, catalog: Catalog): Promise<void> {
    await this.scenarios.keepOnly(workspaceId, name => catalog.scenarios().has(name));
    await this.resources.keepOnly(workspaceId, name => catalog.resources().has(name));
  }

  async forget(workspaceId: string): Promise<void> {
    await this.store.forget(workspaceId);
  }
}
