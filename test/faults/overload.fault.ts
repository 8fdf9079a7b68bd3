import { Agent } from 'node:http';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

let server: ScratchServer;
const agent = new Agent({ keepAlive: true, maxSockets: 500 });

beforeAll(async () => {
  server = await startScratchServer({ SHED_LAG_MS: '100', LOG_LEVEL: 'error' });
});
afterAll(async () => {
  agent.destroy();
  await server?.remove();
});

it('F-21 more work than there is time for is turned away at once, the rest is answered, and all is well within 5 s', async () => {
  const body = '{{#each (range 1 2000) as |n|}}{{upper n}}{{/each}}';
  await call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPath: '/heavy' }, response: { transformers: ['response-template'], body } },
  });
  expect((await call(server.url, 'GET /heavy')).status).toBe(200);
  const seen: { status: number; tookMs: number }[] = [];
  let goesOn = true;
  const client = async (): Promise<void> => {
    while (goesOn) {
      const at = performance.now();
      const { status } = await call(server.url, 'GET /heavy', { agent, timeoutMs: 20_000 }).catch(
        (): Pick<Reply, 'status'> => ({ status: 0 }),
      );
      seen.push({ status, tookMs: performance.now() - at });
    }
  };
  const clients = Array.from({ length: sized('FAULT_CLIENTS', 300) }, client);
  await eventually(() => seen.some(({ status }) => status === 503), 20_000);
  const live = await call(server.consoleUrl, 'GET /health/live', { timeoutMs: 10_000 });
  goesOn = false;
  await Promise.all(clients);
  const calmAt = performance.now();
  await eventually(async () => (await call(server.url, 'GET /heavy')).status === 200, 5_000);
  const { text } = await call(server.consoleUrl, 'GET /metrics');
  const of = (wanted: number): number[] => seen.flatMap(({ status, tookMs }) => (status === wanted ? [tookMs] : []));
  expect(live.status).toBe(200);
  expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200, 503]));
  expect(Number(/^requests_shed_total (\d+)$/m.exec(text)?.[1])).toBe(of(503).length);
  figure(
    'F-21',
    `${seen.length} requests of ${clients.length} clients, ${of(503).length} turned away, accepted p99 ${quantile(of(200), 0.99).toFixed(0)} ms, well after ${(performance.now() - calmAt).toFixed(0)} ms`,
  );
}, 120_000);
