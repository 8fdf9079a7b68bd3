import { type Config } from '@mock-server/config';
import { fastifyOptions, HttpModule, setUpHttp, setUpSwagger } from '@mock-server/http';
import { type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { WorkspacesModule } from '@mock-server/workspaces';
import { roomsOn } from './start-context';
import { eventually } from './eventually';
import { MockCatalog, MocksModule } from '@mock-server/mocks';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  readonly json: any;
}

interface Call {
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** The rooms up to mocks behind their admin API, on a database of the test's own. */
export class MocksTestApp {
  private constructor(readonly app: NestFastifyApplication) {}

  static async start(
    config: Partial<Config>,
    { waitUntilLoaded = true, more = [] }: { waitUntilLoaded?: boolean; more?: readonly Type[] } = {},
  ): Promise<MocksTestApp> {
    const app = await NestFactory.create<NestFastifyApplication>(
      roomsOn(config, [HttpModule, WorkspacesModule, MocksModule, ...more]),
      new FastifyAdapter({ ...fastifyOptions, routerOptions: { maxParamLength: 1_024 } }),
      { logger: false, bodyParser: false },
    );
    setUpHttp(app, { maxBytes: 64 * 1_024 * 1_024 });
    setUpSwagger(app, { version: '0.0.0' });
    await app.listen(0, '127.0.0.1');
    const catalog = app.get(MockCatalog, { strict: false });
    if (waitUntilLoaded) await eventually(() => catalog.isLoaded);
    return new MocksTestApp(app);
  }

  get catalog(): MockCatalog {
    return this.app.get(MockCatalog, { strict: false });
  }

  /** `call('POST /mappings', { body })`: below `/__admin`. Bytes are sent as they are, anything else as JSON. */
  async call(line: string, { body, headers = {} }: Call = {}): Promise<Answer> {
    const [method = 'GET', path = '/'] = line.split(' ');
    const payload =
      body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const type =
      payload === undefined
        ? {}
        : { 'content-type': Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json' };
    const reply = await this.app.inject({
      method: method as 'GET',
      url: `/__admin${path}`,
      headers: { ...type, ...headers },
      ...(payload === undefined ? {} : { payload }),
    });
    let json: unknown;
    try {
      json = JSON.parse(reply.payload);
    } catch {
      json = undefined;
    }
    return { status: reply.statusCode, headers: reply.headers, text: reply.payload, json };
  }

  async close(): Promise<void> {
    await this.app.close();
  }
}

export const aMapping = (changes: object = {}): { request: object; response: object } => ({
  request: { method: 'GET', url: '/a' },
  response: { body: 'a' },
  ...changes,
});
export const urlsOf = ({ json }: Answer): string[] =>
  (json.mappings as { request: { url: string } }[]).map(({ request }) => request.url);
