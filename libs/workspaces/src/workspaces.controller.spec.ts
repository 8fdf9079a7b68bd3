import { Access, fastifyOptions, HttpModule, setUpHttp, setUpSwagger } from '@mock-server/http';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { roomsOn } from '../../../test/support/start-context';
import { InWorkspace } from './in-workspace';
import type { Workspace } from './workspace';
import { WorkspacesModule } from './workspaces.module';

@Controller('__admin/here')
class HereController {
  @Get()
  @Access('viewer')
  here(@InWorkspace() workspace: Workspace): { slug: string } {
    return { slug: workspace.slug };
  }
}

@Module({ imports: [WorkspacesModule], controllers: [HereController] })
class HereModule {}

describe('/__admin/workspaces', () => {
  let storage: EmptyStorage;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    storage = await emptyStorage('sqlite');
    const root = roomsOn({ database: storage.database, dataDir: storage.folder, workspaceDomain: 'mocks.test' }, [
      HttpModule,
      WorkspacesModule,
      HereModule,
    ]);
    app = await NestFactory.create<NestFastifyApplication>(root, new FastifyAdapter(fastifyOptions), {
      logger: false,
      bodyParser: false,
    });
    setUpHttp(app, { maxBytes: 1_000_000 });
    setUpSwagger(app, { version: '0.0.0', tags: {} });
    await app.listen(0, '127.0.0.1');
  });

  afterAll(async () => {
    await app?.close();
    await storage?.remove();
  });

  interface Call {
    readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    readonly body?: object;
    readonly headers?: Record<string, string>;
  }

  async function call(path: string, { method = 'GET', body, headers }: Call = {}): Promise<[number, unknown]> {
    const answer = await app.inject({
      method,
      url: `/__admin${path}`,
      ...(body && { payload: body }),
      headers: { ...headers },
    });
    return [answer.statusCode, answer.json()];
  }
  const make = (slug: string): Promise<[number, unknown]> =>
    call('/workspaces', { method: 'POST', body: { slug, name: slug.toUpperCase() } });

  it('makes, shows, lists, changes and deletes', async () => {
    const [status, made] = await make('life');
    expect([status, made]).toMatchObject([201, { slug: 'life', name: 'LIFE', revision: 1, settings: { cors: true } }]);
    expect(await call('/workspaces/life')).toEqual([200, made]);
    expect(await call('/workspaces')).toMatchObject([
      200,
      { workspaces: [{ slug: 'default' }, made], meta: { total: 2 } },
    ]);
    const patch = { name: 'New', settings: { backendUrl: 'http://a.test' } };
    expect(await call('/workspaces/life', { method: 'PATCH', body: patch })).toMatchObject([
      200,
      { name: 'New', revision: 2, settings: { backendUrl: 'http://a.test' } },
    ]);
    expect(await call('/workspaces/life/settings', { method: 'PUT', body: { cors: false } })).toMatchObject([
      200,
      { revision: 3, settings: { cors: false, fallbacks: ['proxy'] } },
    ]);
    expect(await call('/workspaces/life', { method: 'DELETE' })).toEqual([200, {}]);
    expect(await call('/workspaces/life')).toMatchObject([404, { code: 'workspace-not-found' }]);
  });

  it('refuses a slug that exists', async () => {
    await make('once');
    expect(await make('once')).toMatchObject([409, { code: 'workspace-exists' }]);
  });

  it('names the field that does not exist', async () => {
    const body = { slug: 'team-z', name: 'Z', role: 'admin' };
    expect(await call('/workspaces', { method: 'POST', body })).toMatchObject([
      400,
      { mistakes: [{ pointer: '/role' }] },
    ]);
  });

  it('points at the value that is wrong', async () => {
    const body = { slug: 'Team Z', name: 'Z' };
    expect(await call('/workspaces', { method: 'POST', body })).toMatchObject([
      422,
      { mistakes: [{ pointer: '/slug' }] },
    ]);
  });

  it('does not delete `default`', async () => {
    expect(await call('/workspaces/default', { method: 'DELETE' })).toMatchObject([409, { code: 'conflict' }]);
  });

  it('finds the workspace of a request by header, by host, or takes `default`', async () => {
    await make('found');
    expect(await call('/here')).toEqual([200, { slug: 'default' }]);
    expect(await call('/here', { headers: { 'x-mock-workspace': 'found' } })).toEqual([200, { slug: 'found' }]);
    expect(await call('/here', { headers: { host: 'found.mocks.test' } })).toEqual([200, { slug: 'found' }]);
    expect(await call('/here', { headers: { host: 'nobody.mocks.test' } })).toMatchObject([
      404,
      { code: 'workspace-not-found' },
    ]);
  });

  it('is documented with its schemas', async () => {
    const [, document] = await call('/docs-json');
    expect(document).toMatchObject({
      paths: {
        '/__admin/workspaces': {
          post: {
            requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/NewWorkspace' } } } },
            responses: {
              201: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Workspace' } } } },
            },
          },
        },
        '/__admin/here': {
          get: {
            parameters: [
              { name: 'X-Mock-Workspace', in: 'header' },
              { name: 'X-Mock-Session', in: 'header' },
            ],
          },
        },
      },
    });
  });
});
