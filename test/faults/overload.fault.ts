import { crowd } from '../support/crowd';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

const forMs = sized('FAULT_OVERLOAD_MS', 8_000);
const clients = 2_000;
let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({ LOG_LEVEL: 'error' });
});
afterAll(() => server?.remove());

const body = '{{#each (range 1 400) as |n|}}{{upper n}}{{/each}}';
const mapping = { request: { urlPath: '/work' }, response: { transformers: ['response-template'], body } };

it('F-21 of more work than there is time for some is done soon, the rest is turned away, and all is well within 5 s', async () => {
  await call(server.url, 'POST /__admin/mappings', { body: mapping });
  const alone = await crowd(server.port, '/work', { clients: 4, forMs: 2_000 });
  const capacity = alone.accepted.length / 2;

  let isOver = false;
  const probes: number[] = [];
  const watching = (async () => {
    while (!isOver) {
      const at = performance.now();
      expect((await call(server.consoleUrl, 'GET /health/live', { timeoutMs: 10_000 })).status).toBe(200);
      probes.push(performance.now() - at);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  })();
  const { accepted, refused, other, broken } = await crowd(server.port, '/work', { clients, forMs });
  isOver = true;
  await watching;

  const calmAt = performance.now();
  await eventually(async () => (await call(server.url, 'GET /work')).status === 200, 5_000);
  const wellMs = performance.now() - calmAt;
  // It takes a moment to see that there is too much to do.
  const [onset, later] = [false, true].map(isLater => accepted.filter(({ atMs }) => atMs > 1_000 === isLater).map(({ tookMs }) => tookMs)) as [number[], number[]]; // prettier-ignore
  expect([alone.refused, other, broken]).toEqual([0, 0, 0]);
  expect(refused).toBeGreaterThan(2_000);
  expect((later.length / (forMs - 1_000)) * 1_000).toBeGreaterThan(capacity / 4);
  expect(quantile(later, 0.99)).toBeLessThan(100);
  figure(
    'F-21',
    `${clients} clients without rest for ${(forMs / 1_000).toFixed(0)} s: ${accepted.length} answered (${((accepted.length / forMs) * 1_000).toFixed(0)}/s of ${capacity.toFixed(0)}/s), p50 ${quantile(later, 0.5).toFixed(0)} ms, p99 ${quantile(later, 0.99).toFixed(0)} ms (in the first second ${quantile(onset, 0.99).toFixed(0)} ms); ${refused} turned away; live in ${Math.max(...probes).toFixed(0)} ms at most; well after ${wellMs.toFixed(0)} ms`,
  );
}, 300_000);
