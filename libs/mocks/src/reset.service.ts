import { type Workspace } from '@mock-server/workspaces';
import { Injectable } from '@nestjs/common';
import { MappingsDirectory } from './mappings-directory';
import { ResetHooks } from './reset-hooks';
import { ScenarioStates } from './scenario-states';

/** WireMock's reset, which `mappings/reset` is too: mocks back to what is persistent or in files, scenarios to Started, journal empty. */
@Injectable()
export class ResetService {
  constructor(
    private readonly folder: MappingsDirectory,
    private readonly scenarios: ScenarioStates,
    private readonly hooks: ResetHooks,
  ) {}

  async reset(workspace: Workspace): Promise<void> {
    await this.folder.reset(workspace);
    this.scenarios.reset(workspace.id);
    await this.hooks.run(workspace.id);
  }
}
