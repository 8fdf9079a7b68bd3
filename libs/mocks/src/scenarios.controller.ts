import { viewMapping, scenarioStart, type CatalogMock } from '@mock-server/engine';
import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, Problem } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { z } from 'zod';
import { emptySchema, mappingRef } from './mapping-api-schemas';
import { MockCatalog } from './mock-catalog';
import { ScenarioStates } from './scenario-states';

const newState = z.object({ state: z.string().max(500).optional() }).optional();
const stateBody = { type: 'object' as const, properties: { state: { type: 'string' as const } } };
const scenariosSchema = {
  type: 'object' as const,
  properties: {
    scenarios: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        properties: {
          id: { type: 'string' as const },
          name: { type: 'string' as const },
          state: { type: 'string' as const },
          possibleStates: { type: 'array' as const, items: { type: 'string' as const } },
          mappings: { type: 'array' as const, items: mappingRef },
        },
      },
    },
  },
};

/** WireMock's `/__admin/scenarios`. A scenario exists while a mock names it. */
@ApiTags('scenarios')
@Controller('__admin/scenarios')
export class ScenariosController {
  constructor(
    private readonly catalog: MockCatalog,
    private readonly states: ScenarioStates,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List scenarios with their states' })
  @ApiOkResponse({ schema: scenariosSchema })
  @ApiProblems('workspace-not-found')
  list(@InWorkspace() workspace: Workspace): object {
    const view = this.states.viewOf(workspace.id);
    const scenarios = [...(this.catalog.catalogOf(workspace.id)?.scenarios() ?? [])].map(([name, mocks]) => ({
      id: name,
      name,
      state: view.stateOf(name),
      possibleStates: statesOf(mocks),
      mappings: [...mocks].sort((a, b) => a.position - b.position).map(mock => viewMapping(mock.id, mock.stored.json)),
    }));
    return { scenarios };
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Put all scenarios back to Started', description: 'No body.' })
  @ApiOkResponse({ description: 'Done; no body, as in WireMock' })
  @ApiProblems('workspace-not-found')
  reset(@InWorkspace() workspace: Workspace): void {
    this.states.reset(workspace.id);
  }

  @Put(':name/state')
  @Access('editor')
  @ApiOperation({ summary: 'Put a scenario into a state; without a body, back to Started' })
  @ApiBody({ required: false, schema: stateBody })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('not-found', 'invalid-json', 'invalid-body', 'workspace-not-found')
  setState(
    @InWorkspace() workspace: Workspace,
    @Param('name') name: string,
    @Body({ schema: newState }) body: z.infer<typeof newState>,
  ): object {
    const mocks = this.catalog.catalogOf(workspace.id)?.scenarios().get(name);
    if (mocks === undefined)
      throw new Problem('not-found', { detail: `Scenario ${name.slice(0, 100)} does not exist: no mock names it.` });
    const state = body?.state ?? scenarioStart;
    const possible = statesOf(mocks);
    if (state !== scenarioStart && !possible.includes(state))
      throw new Problem('invalid-body', {
        detail: `Scenario ${name} does not support state ${state.slice(0, 100)}; its states are ${possible.join(', ')}.`,
      });
    this.states.set(workspace.id, name, state);
    return {};
  }
}

/** Those that mocks name, oldest mock first, as in WireMock. */
function statesOf(mocks: ReadonlySet<CatalogMock>): string[] {
  const states = new Set<string>();
  for (const { scenario } of [...mocks].sort((a, b) => a.position - b.position)) {
    if (scenario?.requiredState !== undefined) states.add(scenario.requiredState);
    if (scenario?.newState !== undefined) states.add(scenario.newState);
  }
  return [...states];
}
