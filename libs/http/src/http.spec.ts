import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpException,
  Module,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';
import { request } from 'node:http';
import { z } from 'zod';
import {
  Access,
  ApiProblems,
  fastifyOptions,
  HttpModule,
  type Paging,
  PagingQuery,
  Problem,
  RequestId,
  setUpHttp,
  setUpSwagger,
} from './index';

const thingSchema = z.strictObject({ name: z.string(), size: z.union([z.number(), z.literal('big')]).optional() });
const colourSchema = z.object({ colour: z.enum(['red', 'green']).optional() });

class DownError extends Error {
  readonly problem = 'database-unavailable';
}

const THROWN: Record<string, () => unknown> = {
  problem: () =>
    new Problem('mock-not-found', {
      detail: 'No mock has id 7.',
      extras: { id: 7, status: 200 },
      headers: { 'x-why': 'gone' },
    }),
  foreign: () => new DownError('The database is down. Try again.'),
  'unknown-row': () => Object.assign(new Error('secret'), { problem: 'toString' }),
  'cut-short': () => Object.assign(new Error('aborted'), { code: 'ECONNRESET' }),
  teapot: () => new HttpException('I am a teapot', 418),
  secret: () => new Error('password=hunter2 at /etc/thing'),
  'not-an-error': () => 'hunter2',
  mistakes: () =>
    new Problem('invalid-mapping', {
      detail: 'Two.',
      extras: {
        mistakes: [
          { pointer: '/a', message: 'no' },
          { pointer: '/b', message: 'nor' },
        ],
      },
    }),
};

@Access('viewer')
@Controller('__admin')
class ThingsController {
  @Get('things')
  @ApiOperation({ summary: 'List' })
  @ApiProblems('bad-request', 'invalid-body', 'invalid-json')
  list(@PagingQuery() paging: Paging): object {
    return { limit: paging.limit ?? 'all', offset: paging.offset };
  }

  @Get('colours')
  colours(@Query({ schema: colourSchema }) query: object): object {
    return query;
  }

  @Post('things')
  @HttpCode(200)
  echo(@Body() body: unknown, @RequestId() requestId: string): object {
    return { body: body ?? 'nothing', requestId };
  }

  @Put('things/:id')
  replace(@Body({ schema: thingSchema }) body: object): object {
    return body;
  }

  @Delete('things/:id')
  remove(): object {
    return {};
  }

  @Put('files/*')
  file(@Body() body: unknown): object {
    return { bytes: Buffer.isBuffer(body) ? body.toString('hex') : 'not a buffer' };
  }

  @Get('throw/:what')
  throw(@Param('what') what: string): never {
    throw THROWN[what]?.();
  }
}

@Module({ imports: [HttpModule], controllers: [ThingsController] })
class TinyModule {}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly json: any;
}

interface Call {
  readonly headers?: Record<string, string>;
  readonly body?: string | Buffer;
}

let app: NestFastifyApplication;
let port: number;

beforeAll(async () => {
  app = await NestFactory.create<NestFastifyApplication>(TinyModule, new FastifyAdapter(fastifyOptions), {
    logger: false,
    bodyParser: false,
  });
  setUpHttp(app, { maxBytes: 1_000_000 });
  setUpSwagger(app, { version: '1.2.3', tags: { things: 'Things.' } });
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});

afterAll(() => app.close());

function call(method: string, path: string, { headers = {}, body }: Call = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, answer => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = /json/.test(answer.headers['content-type'] ?? '');
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          json: isJson && text ? JSON.parse(text) : undefined,
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

describe('a problem', () => {
  it.each([
    ['problem', 404, 'mock-not-found', 'No mock has id 7.'],
    ['foreign', 503, 'database-unavailable', 'The database is down. Try again.'],
    ['unknown-row', 500, 'internal', 'Something went wrong'],
    ['teapot', 400, 'bad-request', 'I am a teapot'],
    ['cut-short', 400, 'bad-request', 'before the whole body'],
    ['secret', 500, 'internal', 'Something went wrong'],
    ['not-an-error', 500, 'internal', 'Something went wrong'],
    ['mistakes', 422, 'invalid-mapping', 'Two.'],
  ])('thrown as %s is answered with %i %s', async (what, status, code, detail) => {
    const answer = await call('GET', `/__admin/throw/${what}`);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json).toMatchObject({
      status,
      code,
      type: `urn:mock-server:problem:${code}`,
      instance: answer.headers['x-request-id'],
    });
    expect(answer.json.detail).toContain(detail);
    expect(answer.json.errors[0]).toMatchObject({ code: 10, title: answer.json.title });
    expect(answer.text).not.toMatch(/hunter2|secret|\.ts|node_modules/);
  });

  it('carries its extras and headers, but extras do not replace the standard members', async () => {
    const answer = await call('GET', '/__admin/throw/problem');
    expect(answer.json).toMatchObject({ id: 7, status: 404 });
    expect(answer.headers['x-why']).toBe('gone');
  });

  it('says when to try again while the database is down', async () => {
    expect((await call('GET', '/__admin/throw/foreign')).headers['retry-after']).toBe('1');
  });

  it('lists every mistake in the words of WireMock too', async () => {
    const { json } = await call('GET', '/__admin/throw/mistakes');
    expect(json.errors.map((error: { source: object; detail: string }) => [error.source, error.detail])).toEqual([
      [{ pointer: '/a' }, 'no'],
      [{ pointer: '/b' }, 'nor'],
    ]);
  });
});

describe('a request id', () => {
  it.each(['abc', 'Root=1-67891233-abcdef', 'a'.repeat(128)])('that is sane is kept: %s', async id => {
    const answer = await call('POST', '/__admin/things', { headers: { 'x-request-id': id } });
    expect([answer.headers['x-request-id'], answer.json.requestId]).toEqual([id, id]);
  });

  it.each(['a b', '<script>', 'a'.repeat(129), '{{x}}', ''])('that is odd is replaced by a new one: %s', async id => {
    const answer = await call('POST', '/__admin/things', { headers: { 'x-request-id': id } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect(answer.json.requestId).toBe(answer.headers['x-request-id']);
  });
});

describe('a route that does not exist', () => {
  it.each([
    ['GET', '/__admin/thing', 404, 'not-found', 'GET /__admin/things'],
    ['GET', '/__admin/thinsg?token=hunter2', 404, 'not-found', 'GET /__admin/things'],
    ['GET', '/nowhere', 404, 'not-found', '/__admin/docs'],
    ['PATCH', '/__admin/things/7', 405, 'method-not-allowed', 'DELETE, PUT'],
    ['PROPFIND', '/__admin/things', 405, 'method-not-allowed', 'GET, HEAD, POST'],
    ['GET', '/__admin/%zz', 400, 'bad-request', 'percent'],
    ['GET', '//evil.example/%2e%2e', 404, 'not-found', '/__admin/docs'],
  ])('%s %s is answered with %i %s', async (...[method, path, status, code, hint]) => {
    const answer = await call(method, path);
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.detail).toContain(hint);
    expect(answer.text).not.toContain('hunter2');
    expect(answer.headers['x-request-id']).toBe(answer.json.instance);
  });

  it('names the methods it has in Allow', async () => {
    expect((await call('PATCH', '/__admin/things/7')).headers.allow).toBe('DELETE, PUT');
  });
});

describe('a body', () => {
  it.each(['application/json', 'application/x-www-form-urlencoded', 'text/plain', 'image/png', ''])(
    'is JSON when sent as "%s"',
    async type => {
      const answer = await call('POST', '/__admin/things', {
        headers: type ? { 'content-type': type } : {},
        body: '{"constructor":"Ferrari"}',
      });
      expect(answer.json.body).toEqual({ constructor: 'Ferrari' });
    },
  );

  it('that is empty is nothing', async () => {
    const answer = await call('POST', '/__admin/things', { headers: { 'content-type': 'application/json' } });
    expect(answer.json.body).toBe('nothing');
  });

  it.each([
    ['{"a":1,\n  b:2}', 422, 'invalid-json', 'line 2, column 3'],
    ['{"__proto__":{"role":"admin"}}', 400, 'bad-request', '__proto__'],
    ['{"a":"\\u0000"}', 400, 'bad-request', "'/"],
    ['[]x', 422, 'invalid-json', 'line 1, column 3'],
    [Buffer.from([0x22, 0xff, 0x22]), 400, 'bad-request', 'UTF-8'],
    ['x'.repeat(1_000_001), 413, 'payload-too-large', 'smaller'],
  ])('case %#: is refused with the place of the mistake', async (body, status, code, hint) => {
    const answer = await call('POST', '/__admin/things', { body });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect(answer.json.detail).toContain(hint);
  });

  it('of a file is handed on as it is, however its path is written', async () => {
    const body = Buffer.from([0x7b, 0x00, 0xff]);
    expect((await call('PUT', '/__admin/files/a/b.bin', { body })).json.bytes).toBe('7b00ff');
    expect(
      (await call('PUT', '/__admin/%66iles/a', { body, headers: { 'content-type': 'application/json' } })).json.bytes,
    ).toBe('7b00ff');
  });

  it.each([
    [{ name: 'a', size: 3 }, 200, undefined],
    [{ name: 1 }, 422, ['/name']],
    [{ name: 'a', size: true }, 422, ['/size']],
    [{ name: 'a', role: 'admin', 'x/y': 1 }, 400, ['/role', '/x~1y']],
    [undefined, 422, ['']],
  ])('%j against its schema gives %i %j', async (body, status, pointers) => {
    const answer = await call('PUT', '/__admin/things/1', body ? { body: JSON.stringify(body) } : {});
    expect(answer.status).toBe(status);
    expect(answer.json.mistakes?.map((mistake: { pointer: string }) => mistake.pointer)).toEqual(pointers);
  });

  it('may have a field named constructor, which is not dropped but judged', async () => {
    const answer = await call('PUT', '/__admin/things/1', { body: '{"name":"a","constructor":1}' });
    expect(answer.json.mistakes).toEqual([{ pointer: '/constructor', message: 'There is no such field' }]);
  });
});

describe('a query', () => {
  it.each([
    ['', { limit: 'all', offset: 0 }],
    ['?limit=0&offset=3', { limit: 0, offset: 3 }],
  ])('%s pages', async (query, expected) => {
    expect((await call('GET', `/__admin/things${query}`)).json).toEqual(expected);
  });

  it.each(['limit=-1', 'limit=x', 'offset=1.5', 'limit=', 'limit=1&limit=2', 'offset=99999999999'])(
    'with %s is refused',
    async query => {
      const answer = await call('GET', `/__admin/things?${query}`);
      expect([answer.status, answer.json.code]).toEqual([400, 'bad-request']);
    },
  );

  it('that its schema refuses is a malformed request', async () => {
    const answer = await call('GET', '/__admin/colours?colour=blue');
    expect([answer.status, answer.json.mistakes[0].pointer]).toEqual([400, '/colour']);
  });
});

describe('a write', () => {
  it.each([
    ['no Origin', {}, 200],
    ['its own Origin', { origin: 'http://mocks.example:4001', host: 'mocks.example:4001' }, 200],
    ['its own Origin on a default port', { origin: 'https://mocks.example', host: 'mocks.example:443' }, 200],
    ['another site', { origin: 'https://evil.example', host: 'localhost:4001' }, 403],
    ['another port', { origin: 'http://localhost:9999', host: 'localhost:4001' }, 403],
    ['a sandboxed page', { origin: 'null', host: 'localhost:4001' }, 403],
    ['a look-alike', { origin: 'https://ui.example.evil', host: 'ui.example' }, 403],
    ['a host with a user in it', { origin: 'https://evil.example', host: 'x@evil.example' }, 200],
  ])('from %s: %j is answered with %i', async (_from, headers, status) => {
    const answer = await call('POST', '/__admin/things', {
      headers: { ...headers, 'content-type': 'text/plain' },
      body: '{}',
    });
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.json.code).toBe('forbidden-origin');
  });

  it('never gets leave to be read by another site', async () => {
    for (const method of ['GET', 'POST', 'OPTIONS']) {
      const { headers } = await call(method, '/__admin/things', { headers: { origin: 'https://evil.example' } });
      expect(Object.keys(headers).filter(name => name.startsWith('access-control'))).toEqual([]);
    }
  });
});

describe('security headers', () => {
  it.each(['/__admin/things', '/__admin/docs', '/__admin/nowhere', '/__admin/%zz'])('are on %s', async path => {
    const { headers } = await call('GET', path);
    expect(headers['content-security-policy']).toContain("default-src 'self'");
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    expect(headers['x-xss-protection']).toBeUndefined();
  });
});

describe('the API pages', () => {
  it('show a document with version, tags, access and the problem schema', async () => {
    const { json } = await call('GET', '/__admin/docs-json');
    expect(json).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Mock server', version: '1.2.3' },
      tags: [{ name: 'things' }],
    });
    const list = json.paths['/__admin/things'].get;
    expect(list.parameters.map((one: { name: string }) => one.name).sort()).toEqual(['limit', 'offset']);
    expect(list['x-access']).toBe('viewer');
    expect(list.responses['422'].content['application/problem+json'].schema).toEqual({
      $ref: '#/components/schemas/Problem',
    });
    expect(list.responses['422'].description).toMatch(
      /invalid-json[\s\S]*invalid-body|invalid-body[\s\S]*invalid-json/,
    );
    expect(json.components.schemas.Problem.properties.code.enum).toContain('mock-not-found');
  });

  it('bring every script and style along, and nothing inline', async () => {
    const page = await call('GET', '/__admin/docs');
    expect(page.text).not.toMatch(/<script>|<style|style=|https?:/);
    const assets = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(match => match[1] ?? '');
    expect(assets.length).toBeGreaterThan(3);
    for (const asset of assets) expect([asset, (await call('GET', `/__admin/${asset}`)).status]).toEqual([asset, 200]);
  });

  it.each(['..%2f..%2fpackage.json', 'package.json', '__proto__', 'swagger-ui-bundle.js.map'])(
    'have no file %s',
    async name => {
      expect((await call('GET', `/__admin/docs/${name}`)).status).toBe(404);
    },
  );
});
