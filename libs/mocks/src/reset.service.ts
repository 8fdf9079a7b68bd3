import { type ChangeNote, type Workspace } from '@mock-server/workspaces';
import { Inject, Injectable } from '@nestjs/common';
import { MappingsDirectory } from './mappings-directory';
import { ResetHooks } from './reset-hooks';
import { STATE_STORE, type StateStore } from './state-store';

/** WireMock's reset, which `mappings/reset` is too: mocks back to what is persistent or in files, scenarios to Started, state and journal empty. */
@Injectable()
export class ResetService {
  constructor(
    private readonly folder: MappingsDirectory,
    @Inject(STATE_STORE) private readonly state: StateStore,
    private readonly hooks: ResetHooks,
  ) {}

  async reset(workspace: Workspace, by: ChangeNote): Promise<void> {
    await this.folder.reset(workspace, by);
    await this.state.forget(workspace.id); // turns are state too
    await this.hooks.run(workspace.id);
  }
}
