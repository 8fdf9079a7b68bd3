import { seededRandom } from '@mock-server/engine';
import { DIALECTS, emptyStorage, type EmptyStorage } from '../../../test/support/databases';
import { MocksTestApp } from '../../../test/support/mocks-test-app';
import { HistoryModule } from './history.module';

jest.setTimeout(60_000);

const idOf = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const mappingOf = (n: number, body: string): object => ({
  id: idOf(n),
  request: { urlPath: `/${n}` },
  response: { body },
});

describe.each(DIALECTS)('going back on %s', dialect => {
  let storage: EmptyStorage;
  let server: MocksTestApp;

  beforeEach(async () => {
    storage = await emptyStorage(dialect);
    const history = { retentionDays: 0, maxRevisions: 10_000, maxBytes: 1_000_000_000 };
    server = await MocksTestApp.start(
      { database: storage.database, dataDir: storage.folder, history },
      { more: [HistoryModule] },
    );
  });
  afterEach(async () => {
    await server?.close();
    await storage?.remove();
  });

  const revision = async (): Promise<number> => (await server.call('GET /workspaces/default')).json.revision;
  /** All that is there, in its order, and the settings. */
  const state = async (): Promise<string> => {
    const { mappings } = (await server.call('GET /mappings')).json;
    const { name, settings } = (await server.call('GET /workspaces/default')).json;
    return JSON.stringify({ mappings, name, settings });
  };
  const write = async (line: string, body?: unknown): Promise<void> => {
    const { status, text } = await server.call(line, { body });
    if (status >= 300 && status !== 404) throw new Error(`${line}: ${status} ${text}`);
  };

  it('gives exactly what was, whatever happened in between', async () => {
    const random = seededRandom('history');
    const below = (limit: number): number => Math.floor(random() * limit);
    const steps: (() => Promise<void>)[] = [
      () => write('POST /mappings/import', { mappings: [mappingOf(below(12), `import ${below(1e6)}`)] }),
      () => write(`PUT /mappings/${idOf(below(12))}`, mappingOf(0, `put ${below(1e6)}`)),
      () => write(`DELETE /mappings/${idOf(below(12))}`),
      () => write('PATCH /workspaces/default', { name: `Name ${below(1e6)}`, settings: { cors: below(2) === 0 } }),
      () => write('POST /mappings/save'),
      () =>
        write('POST /mappings/import', {
          mappings: [mappingOf(below(12), 'only'), mappingOf(20 + below(5), 'these')],
          importOptions: { deleteAllNotInImport: below(4) === 0 },
        }),
      () =>
        below(5) === 0 ? write('DELETE /mappings') : write('POST /mappings', { request: { url: `/${below(9)}` } }),
      async () => write(`POST /revisions/${1 + below(await revision())}/restore`),
    ];
    const states = new Map([[await revision(), await state()]]);
    for (let step = 0; step < 80; step++) {
      await steps[below(steps.length)]!();
      states.set(await revision(), await state());
    }
    for (let check = 0; check < 30; check++) {
      const [then, wanted] = [...states][below(states.size)]!;
      await write(`POST /revisions/${then}/restore`);
      expect([then, await state()]).toEqual([then, wanted]);
    }
  });

  it('takes back what is more than a page, and counts it', async () => {
    const many = (from: number, to: number, body: string): object[] =>
      Array.from({ length: to - from }, (_, i) => mappingOf(from + i, body));
    await write('POST /mappings/import', { mappings: many(0, 1_500, 'old') });
    const then = await revision();
    const before = await state();
    await write('POST /mappings/import', { mappings: many(0, 700, 'new') });
    await server.call('POST /mappings/remove-by-metadata', { body: { contains: 'x' } });
    for (let n = 800; n < 820; n++) await write(`DELETE /mappings/${idOf(n)}`);
    await write('POST /mappings/import', { mappings: many(2_000, 2_600, 'added') });
    const { json } = await server.call(`POST /revisions/${then}/restore`);
    expect([json.added, json.changed, json.removed]).toEqual([20, 700, 600]);
    expect(await state()).toBe(before);
    expect(server.catalog.catalogOf('00000000-0000-4000-8000-000000000000')?.size).toBe(1_500);
    await write('DELETE /mappings');
    expect((await server.call(`POST /revisions/${then}/restore`)).json.added).toBe(1_500);
    expect(await state()).toBe(before);
  });

  it('keeps within quotas, and changes nothing when it cannot', async () => {
    await write('POST /mappings/import', { mappings: [0, 1, 2].map(n => mappingOf(n, 'three')) });
    const then = await revision();
    await write(`DELETE /mappings/${idOf(0)}`);
    await write('PUT /workspaces/default/quotas', { mocks: 2 });
    const before = await state();
    const { status, json } = await server.call(`POST /revisions/${then}/restore`);
    expect([status, json.code]).toEqual([422, 'quota-exceeded']);
    expect((await server.call(`POST /mappings/${idOf(0)}/revisions/${then}/restore`)).json.code).toBe('quota-exceeded');
    expect(await state()).toBe(before);
  });
});
