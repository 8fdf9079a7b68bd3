import { Access, ApiProblems, Problem } from '@mock-server/http';
import { InWorkspace, type Workspace } from '@mock-server/workspaces';
import { Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { emptySchema } from './mapping-api-schemas';
import { MockCatalog } from './mock-catalog';
import { ResourceItems } from './resource-items';

const resourcesSchema = {
  type: 'object' as const,
  properties: {
    resources: {
      type: 'array' as const,
      items: {
        type: 'object' as const,
        properties: {
          name: { type: 'string' as const },
          items: {
            type: 'integer' as const,
            description: 'Absent until the first request: then it is what the mock says.',
          },
          mocks: { type: 'array' as const, items: { type: 'string' as const }, description: 'Ids' },
        },
      },
    },
  },
};

/** What the resources of a workspace hold. Their items are reached on the traffic port, where the mocks are. */
@ApiTags('state')
@Controller('__admin/resources')
export class ResourcesController {
  constructor(
    private readonly catalog: MockCatalog,
    private readonly items: ResourceItems,
  ) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List resources with the number of their items' })
  @ApiOkResponse({ schema: resourcesSchema })
  @ApiProblems('workspace-not-found')
  async list(@InWorkspace() workspace: Workspace): Promise<object> {
    const resources = [...(this.catalog.catalogOf(workspace.id)?.resources() ?? [])];
    const counts = await this.items.counts(
      workspace.id,
      resources.map(([name]) => name),
    );
    return {
      resources: resources.map(([name, mocks]) => ({
        name,
        items: counts.get(name),
        mocks: [...mocks].map(({ id }) => id),
      })),
    };
  }

  @Post('reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Put all resources back to what their mocks say', description: 'No body.' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('workspace-not-found')
  async resetAll(@InWorkspace() workspace: Workspace): Promise<object> {
    await this.items.reset(workspace.id, [...(this.catalog.catalogOf(workspace.id)?.resources().keys() ?? [])]);
    return {};
  }

  @Post(':name/reset')
  @HttpCode(200)
  @Access('editor')
  @ApiOperation({ summary: 'Put one resource back to what its mock says', description: 'No body.' })
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('not-found', 'workspace-not-found')
  async reset(@InWorkspace() workspace: Workspace, @Param('name') name: string): Promise<object> {
    if (this.catalog.catalogOf(workspace.id)?.resources().has(name) !== true)
      throw new Problem('not-found', {
        detail: `No mock names a resource '${name.slice(0, 100)}'. GET /__admin/resources lists them.`,
      });
    await this.items.reset(workspace.id, [name]);
    return {};
  }
}
