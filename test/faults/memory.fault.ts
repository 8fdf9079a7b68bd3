import { crowd } from '../support/crowd';
import { figure, quantile, sized } from '../support/faults';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { residentMb } from '../support/vitals';

const forMs = sized('FAULT_PRESSURE_MS', 6_000);
let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({ NODE_OPTIONS: '--max-old-space-size=256', LOG_LEVEL: 'error' });
});
afterAll(() => server?.remove());

const gauge = async (name: string): Promise<number> => {
  const { text } = await call(server.consoleUrl, 'GET /metrics', { timeoutMs: 30_000 });
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
};

/** A thousand clients that send such bodies; gives what came of it, as words. */
async function press(bodyBytes: number): Promise<string> {
  let isOver = false;
  const most = { heapMb: 0, residentMb: 0 };
  const watching = (async () => {
    while (!isOver) {
      most.heapMb = Math.max(most.heapMb, (await gauge('nodejs_heap_size_used_bytes')) / 1_048_576);
      most.residentMb = Math.max(most.residentMb, residentMb(server.pid));
      await new Promise(resolve => setTimeout(resolve, 250));
    }
  })();
  const pressing = crowd(server.port, '/p1999/abc/123', { clients: 1_000, forMs, bodyBytes });
  const ended = server.exited.then(code => Promise.reject(new Error(`It ended with ${code}:\n${server.output()}`)));
  const { accepted, refused, other, broken } = await Promise.race([pressing, ended]);
  isOver = true;
  await watching;
  expect(other).toBe(0);
  expect(accepted.length).toBeGreaterThan(100);
  const p50 = quantile(accepted.map(({ tookMs }) => tookMs), 0.5); // prettier-ignore
  return `${bodyBytes / 1_000} KB: ${accepted.length} answered (p50 ${p50.toFixed(0)} ms), ${refused} turned away, ${broken} cut off; heap ${most.heapMb.toFixed(0)} MB, ${most.residentMb.toFixed(0)} MB resident at most`;
}

it('F-32 with a heap of 256 MB, a full journal and 2,000 regular expressions a thousand clients are answered or turned away', async () => {
  const mappings = Array.from({ length: 2_000 }, (_, i) => ({
    request: { urlPattern: `/p${i}/[a-z]+/\\d{2,5}(/.*)?`, bodyPatterns: [{ matchesJsonPath: '$.text' }] },
    response: {
      transformers: ['response-template'],
      body: '{{jsonPath request.body "$.text"}}',
      fixedDelayMilliseconds: 500,
    },
  }));
  expect((await call(server.url, 'POST /__admin/mappings/import', { body: { mappings } })).status).toBe(200);
  const small = await press(10_000);
  const large = await press(200_000);
  expect(await gauge('journal_bytes')).toBeGreaterThan(30_000_000);
  expect(await gauge('requests_shed_total')).toBeGreaterThan(0);
  expect((await call(server.consoleUrl, 'GET /health/live')).status).toBe(200);
  figure('F-32', `${small}; ${large}; alive`);
}, 300_000);
