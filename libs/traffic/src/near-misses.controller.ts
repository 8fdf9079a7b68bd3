import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  nearestRequests,
  viewMapping,
  type FailedCondition,
  type MockRequest,
  type NearMiss,
} from '@mock-server/engine';
import { Access, ApiProblems, Problem } from '@mock-server/http';
import { SharedJournal, loggedRequestSchema, requestPatternOf, viewRequest, type Exchange } from '@mock-server/journal';
import { MockCatalog, ScenarioStates } from '@mock-server/mocks';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { readLoggedRequest } from './read-logged-request';

const nearMissCount = 3;
const nearMissesSchema = {
  type: 'object' as const,
  properties: {
    nearMisses: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        properties: {
          request: loggedRequestSchema,
          stubMapping: { type: 'object' as const, additionalProperties: true },
          requestPattern: { type: 'object' as const, additionalProperties: true },
          matchResult: {
            type: 'object' as const,
            properties: {
              distance: { type: 'number' as const },
              subEvents: {
                type: 'array' as const,
                description: 'The conditions that failed: CONDITION_FAILED with part, expected and actual',
                items: { type: 'object' as const, additionalProperties: true },
              },
            },
          },
        },
      },
    },
  },
};

/** What came closest: mocks to a request, or requests to a pattern. */
@ApiTags('near-misses')
@Controller('__admin')
export class NearMissesController {
  constructor(
    private readonly journal: SharedJournal,
    private readonly catalogs: MockCatalog,
    private readonly scenarios: ScenarioStates,
  ) {}

  @Get('requests/unmatched/near-misses')
  @Access('viewer')
  @ApiOperation({ summary: 'The closest mocks for each unmatched request' })
  @ApiOkResponse({ schema: nearMissesSchema })
  @ApiProblems('workspace-not-found')
  async unmatched(@InWorkspace() workspace: Workspace): Promise<object> {
    const misses: object[] = [];
    const journal = await this.journal.look(workspace.id);
    for (const { exchange } of journal.newestFirst(workspace.id)) {
      if (exchange.mock !== undefined) continue;
      const nearest = await this.nearestTo(workspace, exchange.request);
      misses.push(...nearest.map(miss => viewMiss(miss, exchange.request, exchange)));
      if (misses.length >= 300) break;
    }
    return { nearMisses: misses };
  }

  // wiremock-rest-client asks below requests/, where WireMock has nothing.
  @Post(['near-misses/request', 'requests/near-misses/request'])
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'The closest mocks for a request' })
  @ApiBody({ schema: loggedRequestSchema })
  @ApiOkResponse({ schema: nearMissesSchema })
  @ApiProblems('invalid-json', 'invalid-body', 'workspace-not-found')
  async forRequest(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const request = readLoggedRequest(body);
    const nearest = await this.nearestTo(workspace, request);
    return { nearMisses: nearest.map(miss => viewMiss(miss, request)) };
  }

  @Post(['near-misses/request-pattern', 'requests/near-misses/request-pattern'])
  @HttpCode(200)
  @Access('viewer')
  @ApiOperation({ summary: 'The closest requests of the journal for a request pattern' })
  @ApiBody({ schema: { $ref: '#/components/schemas/RequestPattern' } })
  @ApiOkResponse({ schema: nearMissesSchema })
  @ApiProblems('invalid-json', 'invalid-mapping', 'workspace-not-found')
  async forPattern(@InWorkspace() workspace: Workspace, @Body() body: unknown): Promise<object> {
    const pattern = requestPatternOf(body);
    const journal = await this.journal.look(workspace.id);
    const exchanges = [...journal.newestFirst(workspace.id)].map(entry => entry.exchange);
    const nearest = nearestRequests(pattern.matcher, exchanges, nearMissCount);
    return {
      nearMisses: nearest.map(({ candidate, distance, failed }) => ({
        request: viewRequest(candidate.request, candidate.receivedAt),
        requestPattern: body,
        matchResult: viewResult(distance, failed),
      })),
    };
  }

  private async nearestTo(workspace: Workspace, request: MockRequest): Promise<NearMiss[]> {
    const catalog = this.catalogs.catalogOf(workspace.id);
    if (catalog === undefined)
      throw new Problem('not-ready', { detail: 'The mocks are still loading; try again in a moment.' });
    const nearest = await this.scenarios.nearest(workspace.id, catalog, { request, limit: nearMissCount });
    return nearest.filter(miss => miss.distance > 0);
  }
}

function viewMiss({ mock, distance, failed }: NearMiss, request: MockRequest, exchange?: Exchange): object {
  return {
    request: viewRequest(request, exchange?.receivedAt),
    stubMapping: viewMapping(mock.id, mock.stored.json),
    matchResult: viewResult(distance, failed),
  };
}

/** In a place where WireMock's Java client, which refuses fields that it does not know, takes anything. */
function viewResult(distance: number, failed: readonly FailedCondition[]): object {
  return {
    distance,
    diffDescriptions: [],
    subEvents: failed.map(({ part, expected, actual }) => ({
      type: 'CONDITION_FAILED',
      timeOffsetNanos: 0,
      data: { part, expected, actual: actual ?? null },
    })),
  };
}
