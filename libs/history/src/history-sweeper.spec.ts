import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { aMapping, MocksTestApp } from '../../../test/support/mocks-test-app';
import { HistoryModule } from './history.module';
import { HistorySweeper } from './history-sweeper';

const DAY_MS = 86_400_000;

describe.each(DIALECTS)('what the history keeps on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp | undefined;

  beforeEach(async () => {
    storage = await emptyStorage(dialect);
  });
  afterEach(async () => {
    await server?.close();
    await storage.remove();
  });

  const start = async (bounds: object): Promise<MocksTestApp> => {
    const history = { retentionDays: 90, maxRevisions: 1_000, maxBytes: 1_000_000, ...bounds };
    server = await MocksTestApp.start(
      { database: storage.database, dataDir: storage.folder, history },
      { more: [HistoryModule] },
    );
    return server;
  };
  /** A mock that was replaced ten times; each version weighs a little over `size`. */
  const aMockWithHistory = async (app: MocksTestApp, size = 1): Promise<string> => {
    const body = (n: number): object => aMapping({ response: { body: String(n).padEnd(size, 'x') } });
    const { id } = (await app.call('POST /mappings', { body: body(0) })).json;
    for (let n = 1; n <= 10; n++) await app.call(`PUT /mappings/${id}`, { body: body(n) });
    return id as string;
  };
  const revisionsOf = async (app: MocksTestApp): Promise<number[]> =>
    (await app.call('GET /revisions')).json.revisions.map(({ revision }: { revision: number }) => revision);
  const sweep = (app: MocksTestApp, now?: number): Promise<void> =>
    app.app.get(HistorySweeper, { strict: false }).sweep(now);

  it('is all, within its bounds', async () => {
    const app = await start({});
    await aMockWithHistory(app);
    const before = await revisionsOf(app);
    await sweep(app);
    expect(await revisionsOf(app)).toEqual(before);
    expect(before).toHaveLength(12);
  });

  it('is so many changes, the newest, and one can go back to the oldest of them, not further', async () => {
    const app = await start({ maxRevisions: 5 });
    const id = await aMockWithHistory(app);
    const all = await revisionsOf(app);
    await sweep(app);
    expect(await revisionsOf(app)).toEqual(all.slice(0, 6));
    const oldest = all[5]!;
    expect((await app.call(`GET /mappings/${id}/revisions/${oldest}`)).json.response.body).toBe('5');
    const refused = await app.call(`POST /revisions/${oldest - 1}/restore`);
    expect([refused.status, refused.json.detail]).toEqual([
      404,
      `The history of workspace 'default' goes from revision ${oldest} to ${all[0]}. GET /__admin/revisions lists it.`,
    ]);
    expect((await app.call(`POST /revisions/${oldest}/restore`)).status).toBe(200);
    expect((await app.call(`GET /mappings/${id}`)).json.response.body).toBe('5');
    const { versions } = (await app.call(`GET /mappings/${id}/revisions`)).json;
    expect(versions).toHaveLength(7);
  });

  it('is so many bytes of old mocks', async () => {
    const app = await start({ maxBytes: 35_000 });
    const id = await aMockWithHistory(app, 10_000);
    await sweep(app);
    const kept = await revisionsOf(app);
    expect(kept).toHaveLength(4);
    expect((await app.call(`GET /mappings/${id}/revisions/${kept.at(-1)}`)).json.response.body).toMatch(/^7x/);
    await sweep(app); // and stays so
    expect(await revisionsOf(app)).toEqual(kept);
  });

  it('is as old as it may be; what holds still is kept however old it is', async () => {
    const app = await start({ retentionDays: 30 });
    await aMockWithHistory(app);
    const [newest] = await revisionsOf(app);
    await sweep(app, Date.now() + 29 * DAY_MS);
    expect(await revisionsOf(app)).toHaveLength(12);
    await sweep(app, Date.now() + 31 * DAY_MS);
    expect(await revisionsOf(app)).toEqual([newest]);
    expect((await app.call(`POST /revisions/${newest}/restore`)).status).toBe(200);
  });

  it('without a bound in time, is kept for ever', async () => {
    const app = await start({ retentionDays: 0 });
    await aMockWithHistory(app);
    await sweep(app, Date.now() + 10_000 * DAY_MS);
    expect(await revisionsOf(app)).toHaveLength(12);
  });
});
