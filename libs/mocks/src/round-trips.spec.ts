import { eventually } from '../../../test/support/eventually';
import { aMapping, MocksTestApp, type Answer } from '../../../test/support/mocks-test-app';
import { createTestDatabase, type TestDatabase } from '../../../test/support/postgres';
import { makeScratch, type Scratch } from '../../../test/support/scratch';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';

const roundTripMs = 300;

jest.setTimeout(30_000);

describe('on a PostgreSQL that is far away', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let scratch: Scratch;
  let server: MocksTestApp;

  beforeAll(async () => {
    [database, scratch] = await Promise.all([createTestDatabase(), makeScratch()]);
    proxy = await startTcpProxy(database.url);
    server = await MocksTestApp.start({
      database: { kind: 'postgres', url: proxy.url, poolSize: 5 },
      dataDir: scratch.folder,
    });
    await server.call('POST /workspaces', { body: { slug: 'bounded', name: 'Bounded' } });
    await server.call('PUT /workspaces/bounded/quotas', { body: { mocks: 1_000, bytes: 1_000_000 } });
    for (const headers of [{}, { 'x-mock-workspace': 'bounded' }, { 'x-mock-session': 'one' }])
      await server.call('POST /mappings', { body: aMapping(), headers });
    await eventually(() => server.catalog.isLoaded);
    proxy.delay(roundTripMs);
  });
  afterAll(async () => {
    proxy?.delay(0);
    await server?.close();
    await proxy?.close();
    await Promise.all([database?.drop(), scratch?.remove()]);
  });

  it.each([
    ['of a workspace', {}],
    ['that may be sent again', { 'idempotency-key': 'once' }],
    ['of a workspace with quotas', { 'x-mock-workspace': 'bounded' }],
    ['of a session', { 'x-mock-session': 'one' }],
  ])('a mock %s is created, replaced and removed in three round trips each', async (_what, headers) => {
    const took = async (call: () => Promise<Answer>): Promise<Answer> => {
      const begin = performance.now();
      const answer = await call();
      expect(answer.status).toBeLessThan(300);
      expect((performance.now() - begin) / roundTripMs).toBeLessThan(4);
      return answer;
    };
    const { json } = await took(() => server.call('POST /mappings', { body: aMapping(), headers }));
    const longer = aMapping({ response: { body: 'longer than before' } });
    await took(() =>
      server.call(`PUT /mappings/${json.id}`, { body: longer, headers: { ...headers, 'if-match': '"1"' } }),
    );
    await took(() => server.call(`DELETE /mappings/${json.id}`, { headers }));
  });
});
