import { commonInstance, viewMapping, scenarioStart, type CatalogMock } from '@mock-server/engine';
import { Body, Controller, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, BODY_PROBLEMS, Problem } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { z } from 'zod';
import { emptySchema, mappingRef } from './mapping-api-schemas';
import { MockCatalog } from './mock-catalog';
import { ReplyTurns } from './reply-turns';
import { ScenarioStates, type ScenarioInstance } from './scenario-states';

/** More instances than this are counted and not listed. */
const listedInstances = 1_000;

const newState = z
  .strictObject({
    state: z.string().max(500).optional(),
    key: z.string().max(1_001).optional().describe('Of a scenario with a key: this instance alone'),
  })
  .optional();
const stateBody = {
  type: 'object' as const,
  properties: {
    state: { type: 'string' as const },
    key: { type: 'string' as const, description: 'Of a scenario with `scenarioKey`: this instance alone.' },
  },
};
const instanceSchema = {
  type: 'object' as const,
  properties: { key: { type: 'string' as const }, state: { type: 'string' as const } },
};
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
          instances: {
            type: 'array' as const,
            items: instanceSchema,
            description: `Of a scenario with a key: those that moved, least recently used first; ${listedInstances} at most.`,
          },
          instanceCount: { type: 'integer' as const },
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
    private readonly turns: ReplyTurns,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List scenarios with their states' })
  @ApiOkResponse({ schema: scenariosSchema })
  @ApiProblems('workspace-not-found')
  async list(@InWorkspace() workspace: Workspace): Promise<object> {
    const places = await this.states.places(workspace.id);
    const scenarios = [...(this.catalog.catalogOf(workspace.id)?.scenarios() ?? [])].map(([name, mocks]) => {
      const mine = places.filter(({ scenario }) => scenario === name);
      return {
        id: name,
        name,
        state: mine.find(({ instance }) => instance === commonInstance)?.state ?? scenarioStart,
        possibleStates: statesOf(mocks),
        mappings: oldestFirst(mocks).map(mock => viewMapping(mock.id, mock.stored.json)),
        ...(isKeyed(mocks) ? instancesOf(mine) : {}),
      };
    });
    return { scenarios };
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({
    summary: 'Put all scenarios back to Started, and responses in sequence to their first',
    description: 'No body.',
  })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  async reset(@InWorkspace() workspace: Workspace): Promise<object> {
    await this.states.reset(workspace.id);
    await this.turns.reset(workspace.id);
    return {};
  }

  @Put(':name/state')
  @Access('editor')
  @ApiOperation({ summary: 'Put a scenario into a state; without a body, back to Started' })
  @ApiBody({ required: false, schema: stateBody })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('not-found', ...BODY_PROBLEMS, 'workspace-not-found')
  async setState(
    @InWorkspace() workspace: Workspace,
    @Param('name') name: string,
    @Body({ schema: newState }) body: z.infer<typeof newState>,
  ): Promise<object> {
    const mocks = this.catalog.catalogOf(workspace.id)?.scenarios().get(name);
    if (mocks === undefined) throw noSuchScenario(name);
    if (body === undefined) await this.states.reset(workspace.id, name);
    else await this.states.set(workspace.id, placeOf(name, body), possibleState(name, mocks, body));
    return {};
  }
}

type NewState = NonNullable<z.infer<typeof newState>>;

function placeOf(scenario: string, { key = commonInstance }: NewState): ScenarioInstance {
  return { scenario, instance: key };
}

/** One that a mock names; an instance may also go back to the start. */
function possibleState(name: string, mocks: ReadonlySet<CatalogMock>, { state, key }: NewState): string {
  const possible = statesOf(mocks);
  if (key !== undefined && (state ?? scenarioStart) === scenarioStart) return scenarioStart;
  if (state !== undefined && possible.includes(state)) return state;
  const title = `Scenario ${name.slice(0, 100)} does not support state ${state === undefined ? 'null' : state.slice(0, 100)}`;
  throw new Problem('invalid-body', {
    detail: `${title}; its states are ${possible.join(', ')}. Without a body it goes back to ${scenarioStart}.`,
    extras: { errors: [{ code: 11, title }] },
  });
}

function noSuchScenario(name: string): Problem {
  const title = `Scenario ${name.slice(0, 100)} does not exist`;
  return new Problem('not-found', {
    detail: `${title}: no mock names it.`,
    extras: { errors: [{ code: 404, title }] },
  });
}

function isKeyed(mocks: ReadonlySet<CatalogMock>): boolean {
  return [...mocks].some(({ scenario }) => scenario?.key !== undefined);
}

function instancesOf(places: readonly (ScenarioInstance & { readonly state: string })[]): object {
  const moved = places.filter(({ instance }) => instance !== commonInstance);
  return {
    instances: moved.slice(-listedInstances).map(({ instance, state }) => ({ key: instance, state })),
    instanceCount: moved.length,
  };
}

function oldestFirst(mocks: ReadonlySet<CatalogMock>): CatalogMock[] {
  return [...mocks].sort((a, b) => a.position - b.position);
}

/** Those that mocks name. WireMock has a set of them: their order says nothing. */
function statesOf(mocks: ReadonlySet<CatalogMock>): string[] {
  const states = new Set<string>();
  for (const { scenario } of oldestFirst(mocks)) {
    if (scenario?.requiredState !== undefined) states.add(scenario.requiredState);
    if (scenario?.newState !== undefined) states.add(scenario.newState);
  }
  return [...states];
}
