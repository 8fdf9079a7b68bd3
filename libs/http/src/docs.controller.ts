import { Controller, Get, Header, Param, StreamableFile } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags, type OpenAPIObject } from '@nestjs/swagger';
import { SignedIn } from './access';
import { ApiDocument } from './api-document';
import { ApiProblems } from './api-problems';
import { Problem } from './problem';
import { DOCS_PAGE, readDocsAsset } from './swagger-ui';

/** Swagger UI and the document it shows. Routes of Nest, so that the guard of every other route is theirs too. */
@ApiTags('docs')
@SignedIn()
@Controller('__admin')
export class DocsController {
  constructor(private readonly document: ApiDocument) {}

  @Get('docs-json')
  @ApiOperation({ summary: 'The API as an OpenAPI document' })
  @ApiOkResponse({ description: 'OpenAPI 3', schema: { type: 'object', additionalProperties: true } })
  @ApiProblems('internal')
  json(): OpenAPIObject {
    return this.document.read();
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @ApiExcludeEndpoint()
  page(): string {
    return DOCS_PAGE;
  }

  @Get('docs/:name')
  @Header('cache-control', 'private, max-age=3600')
  @ApiExcludeEndpoint()
  async asset(@Param('name') name: string): Promise<StreamableFile> {
    const asset = await readDocsAsset(name);
    if (!asset) throw new Problem('not-found', { detail: 'The API pages have no such file.' });
    return new StreamableFile(asset.content, { type: asset.type, length: asset.content.length });
  }
}
