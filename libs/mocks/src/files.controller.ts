import { Body, Controller, Delete, Get, Param, Put, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Access, ApiProblems, CHANGE_PROBLEMS } from '@mock-server/http';
import { ChangedBy, type ChangeNote, InWorkspace, type Workspace } from '@mock-server/workspaces';
import { type FastifyReply } from 'fastify';
import { readFileName } from './file-name';
import { FilesService } from './files.service';
import { emptySchema } from './mapping-api-schemas';

const pathParameter = {
  name: 'path',
  description: 'Path of the file, such as users/list.json',
  schema: { type: 'string' as const },
};
/** How Fastify names what a wildcard took. `@Param('*')` would be a parameter of its own in the API document. */
interface PathParameter {
  readonly '*': string;
}

const binary = { type: 'string' as const, format: 'binary' };

/** WireMock's `/__admin/files`: bodies that mocks answer with by `bodyFileName`. */
@ApiTags('files')
@Controller('__admin/files')
export class FilesController {
  constructor(private readonly files: FilesService) {}

  @Get()
  @Access('viewer')
  @ApiOperation({ summary: 'List the names of all files' })
  @ApiOkResponse({ schema: { type: 'array', items: { type: 'string' } } })
  @ApiProblems('workspace-not-found', 'database-unavailable')
  list(@InWorkspace() workspace: Workspace): Promise<string[]> {
    return this.files.list(workspace);
  }

  @Get('*')
  @Access('viewer')
  @ApiOperation({ summary: 'Get the bytes of a file' })
  @ApiParam(pathParameter)
  @ApiOkResponse({ content: { 'application/octet-stream': { schema: binary } } })
  @ApiProblems('invalid-body', 'file-not-found', 'workspace-not-found', 'database-unavailable')
  async get(
    @InWorkspace() workspace: Workspace,
    @Param() { '*': name }: PathParameter,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const bytes = await this.files.get(workspace, readFileName(name));
    // What a mock may hold must not run in the console's origin.
    await reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': 'attachment',
        'content-security-policy': 'sandbox',
      })
      .send(bytes);
  }

  @Put('*')
  @Access('editor')
  @ApiOperation({ summary: 'Create or replace a file; the body is its bytes' })
  @ApiParam(pathParameter)
  @ApiBody({ schema: binary })
  @ApiOkResponse({ schema: { type: 'string', description: 'The bytes in base64, as WireMock answers' } })
  @ApiProblems('invalid-body', 'payload-too-large', ...CHANGE_PROBLEMS)
  async put(
    @InWorkspace() workspace: Workspace,
    @Param() { '*': name }: PathParameter,
    @Body() body: unknown,
    @ChangedBy() by: ChangeNote,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const content = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    await this.files.put(workspace, { name: readFileName(name), content }, by);
    await reply.header('content-type', 'application/json').send(JSON.stringify(content.toString('base64')));
  }

  @Delete('*')
  @Access('editor')
  @ApiOperation({ summary: 'Delete a file' })
  @ApiParam(pathParameter)
  @ApiOkResponse({ schema: emptySchema })
  @ApiProblems('invalid-body', ...CHANGE_PROBLEMS)
  async remove(
    @InWorkspace() workspace: Workspace,
    @Param() { '*': name }: PathParameter,
    @ChangedBy() by: ChangeNote,
  ): Promise<object> {
    await this.files.remove(workspace, { name: readFileName(name) }, by);
    return {};
  }
}
