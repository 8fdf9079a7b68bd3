import { Generator } from '@mock-server/ai';
import { RedisConnection } from '@mock-server/cache';
import { CONFIG } from '@mock-server/config';
import { Database } from '@mock-server/database';
import { HttpModule, setUpHttp } from '@mock-server/http';
import { MetricsModule } from '@mock-server/metrics';
import { MockCatalog, STATE_STORE } from '@mock-server/mocks';
import { Global, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { HealthModule, Lifecycle } from './index';

/** The parts as the probes see them; the real ones are proved where they live, and all together in test/e2e. */
const catalog = { isLoaded: false };
const database = {
  dialect: 'postgres',
  isUp: true,
  state: () => ({ up: database.isUp, since: Date.UTC(2026, 0, 2), lastError: 'connect ECONNREFUSED 10.1.2.3:5432' }),
};
const redis = { configured: true, isUp: true };
const state = { reach: 'shared' };
const generator: { isConfigured: boolean; trouble: string | undefined } = { isConfigured: true, trouble: undefined };

@Global()
@Module({
  providers: [
    { provide: MockCatalog, useValue: catalog },
    { provide: Database, useValue: database },
    { provide: RedisConnection, useValue: redis },
    { provide: STATE_STORE, useValue: state },
    { provide: Generator, useValue: generator },
    { provide: CONFIG, useValue: { allowRemoteShutdown: false } },
  ],
  exports: [MockCatalog, Database, RedisConnection, STATE_STORE, Generator, CONFIG],
})
class FakePartsModule {}

@Module({ imports: [FakePartsModule, HttpModule, MetricsModule.forRoot(), HealthModule.forRoot({ version: '1.2.3' })] })
class TinyModule {}

let app: NestFastifyApplication;

beforeEach(async () => {
  catalog.isLoaded = true;
  database.isUp = true;
  Object.assign(redis, { configured: true, isUp: true });
  Object.assign(generator, { isConfigured: true, trouble: undefined });
  app = await NestFactory.create<NestFastifyApplication>(TinyModule, new FastifyAdapter(), {
    logger: false,
    bodyParser: false,
  });
  setUpHttp(app, { maxBytes: 1000 });
  await app.listen(0, '127.0.0.1');
  app.get(Lifecycle, { strict: false }).beginServing();
});

afterEach(() => app.close());

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(path: string): Promise<{ status: number; json: any; text: string }> {
  const answer = await fetch((await app.getUrl()) + path);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const text = await answer.text();
  return { status: answer.status, json: JSON.parse(text), text };
}

const statuses = async (): Promise<Record<string, number>> => ({
  live: (await ask('/health/live')).status,
  ready: (await ask('/health/ready')).status,
  startup: (await ask('/health/startup')).status,
  summary: (await ask('/health')).status,
  wiremock: (await ask('/__admin/health')).status,
});

describe('the probes', () => {
  it('are all content when all is well', async () => {
    expect(await statuses()).toEqual({ live: 200, ready: 200, startup: 200, summary: 200, wiremock: 200 });
  });

  it('wait for the mocks to be loaded', async () => {
    catalog.isLoaded = false;
    expect(await statuses()).toEqual({ live: 200, ready: 503, startup: 503, summary: 503, wiremock: 503 });
  });

  it('ask for no more traffic while it drains, and do not have it killed', async () => {
    await ask('/health/startup');
    app.get(Lifecycle, { strict: false }).beginDraining();
    expect(await statuses()).toEqual({ live: 200, ready: 503, startup: 200, summary: 503, wiremock: 503 });
    expect((await ask('/health/ready')).json.error.server.message).toContain('Shutting down');
  });

  it('keep the replica in service while the database and Redis are down', async () => {
    database.isUp = false;
    redis.isUp = false;
    expect(await statuses()).toEqual({ live: 200, ready: 200, startup: 200, summary: 200, wiremock: 200 });
  });

  it('remember that the mocks were loaded once', async () => {
    await ask('/health/startup');
    catalog.isLoaded = false;
    expect((await ask('/health/startup')).status).toBe(200);
  });
});

describe('the summary', () => {
  it('says how each part is, in a sentence', async () => {
    const { json } = await ask('/health');
    expect(json).toMatchObject({ status: 'ok', degraded: [] });
    expect(Object.keys(json.details).sort()).toEqual(['ai', 'catalog', 'database', 'redis', 'server']);
    for (const part of Object.values<{ message: string }>(json.details)) expect(part.message).toMatch(/\.$/);
  });

  it('lists what is degraded, and gives no address away', async () => {
    database.isUp = false;
    redis.isUp = false;
    const { json, text } = await ask('/health');
    expect(json).toMatchObject({ status: 'degraded', degraded: ['database', 'redis'] });
    expect(json.details.database.message).toContain('down since 2026-01-02T00:00:00.000Z');
    expect(text).not.toContain('10.1.2.3');
  });

  it('lists an AI that failed lately, which takes nothing from the others, and none that nobody configured', async () => {
    generator.trouble = 'The AI is overloaded.';
    const { json } = await ask('/health');
    expect(json).toMatchObject({ status: 'degraded', degraded: ['ai'] });
    expect(json.details.ai.message).toMatch(/^The AI is overloaded\./);
    expect((await ask('/health/ready')).status).toBe(200);
    generator.isConfigured = false;
    expect((await ask('/health')).json).toMatchObject({ status: 'ok', details: { ai: { status: 'up' } } });
  });

  it('does not call a Redis that nobody configured a fault', async () => {
    Object.assign(redis, { configured: false, isUp: false });
    const { json } = await ask('/health');
    expect(json).toMatchObject({ status: 'ok', details: { redis: { status: 'up' } } });
    expect(json.details.redis.message).toContain('Not configured');
  });
});

describe("WireMock's routes", () => {
  it('answer with its fields', async () => {
    const { json } = await ask('/__admin/health');
    expect(json).toEqual({
      status: 'healthy',
      message: expect.any(String),
      version: '1.2.3',
      uptimeInSeconds: expect.any(Number),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect((await ask('/__admin/version')).json).toEqual({ version: '1.2.3' });
  });

  it('say unhealthy before the mocks are loaded', async () => {
    catalog.isLoaded = false;
    expect((await ask('/__admin/health')).json.status).toBe('unhealthy');
  });
});

describe('the dependency_up metric', () => {
  const scrape = async (): Promise<string[]> =>
    (await (await fetch(`${await app.getUrl()}/metrics`)).text())
      .split('\n')
      .filter(line => /^(dependency_up|server_ready)/.test(line));

  it('follows the parts', async () => {
    expect(await scrape()).toEqual([
      'dependency_up{name="database"} 1',
      'dependency_up{name="redis"} 1',
      'server_ready 1',
    ]);
    database.isUp = false;
    catalog.isLoaded = false;
    expect(await scrape()).toEqual([
      'dependency_up{name="database"} 0',
      'dependency_up{name="redis"} 1',
      'server_ready 0',
    ]);
  });

  it('leaves out a Redis that is not configured', async () => {
    redis.configured = false;
    expect((await scrape()).some(line => line.includes('redis'))).toBe(false);
  });
});
