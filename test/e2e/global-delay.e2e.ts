import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({
    LOG_LEVEL: 'error',
  });
  const mock = (url: string, response: object): unknown =>
    call(server.url, 'POST /__admin/mappings', { body: { request: { url }, response } });
  await mock('/any', { body: 'a' });
  await mock('/own', { body: 'o', fixedDelayMilliseconds: 20 });
  await mock('/none', { body: 'n', fixedDelayMilliseconds: 0 });
});
afterAll(async () => {
  await server?.remove();
});

/** As the journal has it: what was added, not what a busy machine made of it. */
async function addedDelay(url: string): Promise<number> {
  await call(server.url, `GET ${url}`);
  const { json } = await call(server.url, 'GET /__admin/requests?limit=1');
  return json.requests[0].timing.addedDelay as number;
}

it('the global fixed delay holds for mocks that name none of their own', async () => {
  await call(server.url, 'POST /__admin/settings', { body: { fixedDelay: 120 } });
  const startedAt = performance.now();
  expect(await addedDelay('/any')).toBe(120);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(115);
  expect(await addedDelay('/own')).toBe(20);
  expect(await addedDelay('/none')).toBe(0);
  await call(server.url, 'POST /__admin/settings', { body: {} });
  expect(await addedDelay('/any')).toBe(0);
});
