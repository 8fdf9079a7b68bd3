import { Agent, createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import { figure, quantile, sized } from '../support/faults';
import { call } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { residentMb } from '../support/vitals';

/** `npm run test:soak` sends a million: at this pace that takes 20 minutes. */
const requests = sized('SOAK_REQUESTS', 4_000);
const perSecond = 833;
const isLong = requests >= 500_000;
const body = 'x'.repeat(10_000);
const payload = Buffer.from(body);
const journal = { maxEntries: 10_000, maxBytes: 33_554_432 };
const agent = new Agent({ keepAlive: true, maxSockets: 50 });
let backend: Server;
let server: ScratchServer;

beforeAll(async () => {
  backend = createServer((incoming, outgoing) => incoming.resume().on('end', () => outgoing.end(`backend ${body}`)));
  await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
  server = await startScratchServer({
    BACKEND_URL: `http://127.0.0.1:${(backend.address() as AddressInfo).port}`,
    JOURNAL_MAX_ENTRIES: String(journal.maxEntries),
    JOURNAL_MAX_BYTES: String(journal.maxBytes),
    // As the image and the chart run it, with 512 MiB of memory.
    NODE_OPTIONS: '--max-old-space-size=320 --max-semi-space-size=8',
  });
  await call(server.url, 'POST /__admin/mappings', {
    body: { request: { urlPathPattern: '/mock/.*' }, response: { body: `mock ${body}` } },
  });
});
afterAll(async () => {
  agent.destroy();
  await server?.remove();
  backend.closeAllConnections();
  await new Promise(resolve => backend.close(resolve));
});

/** What the server's metrics say now. */
async function gauge(name: string): Promise<number> {
  const { text } = await call(server.consoleUrl, 'GET /metrics');
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
}

/** How much y rises a minute, by the straight line that lies closest to all points of [minutes, y]. */
function growthPerMinute(points: readonly (readonly [number, number])[]): number {
  const mean = (place: 0 | 1): number => points.reduce((sum, point) => sum + point[place], 0) / points.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  const above = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  return above / points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
}

it(
  'a million requests with bodies, a quarter of them passed on and recorded, leave memory flat and the journal within its limits',
  async () => {
    await call(server.url, 'POST /__admin/recordings/start', { body: {} });
    const load = sendSteadily(
      perSecond,
      number => call(server.url, `POST /${number % 4 === 0 ? 'backend' : 'mock'}/${number}`, { agent, body: payload }),
      ({ status, text }) => status === 200 && text.endsWith(body),
      200,
    );
    const memory: { atMs: number; mb: number }[] = [];
    const entries: number[] = [];
    const bytes: number[] = [];
    const look = async (): Promise<void> => {
      memory.push({ atMs: performance.now(), mb: residentMb(server.pid) });
      entries.push(await gauge('journal_entries'));
      bytes.push(await gauge('journal_bytes'));
    };
    const beganAt = performance.now();
    for (let second = 1, minute = 1; load.sent < requests; second++) {
      await eventually(() => performance.now() - beganAt >= second * 1_000, 10_000);
      await look();
      if (performance.now() - beganAt < minute * 60_000) continue;
      process.stderr.write(
        `minute ${minute++}: ${load.sent} sent, ${memory.at(-1)!.mb.toFixed(0)} MB resident, journal ${entries.at(-1)} entries of ${(bytes.at(-1)! / 1_048_576).toFixed(1)} MB\n`,
      );
    }
    const tookMs = performance.now() - beganAt;
    const { sent, wrong, failed, latenciesMs } = await load.stop();
    const recorded = await gauge('recorder_exchanges_total');
    const left = await gauge('recorder_dropped_total');
    const most = Math.max(...memory.map(({ mb }) => mb));
    const slope = growthPerMinute(memory.slice(memory.length / 2).map(({ atMs, mb }) => [atMs / 60_000, mb]));
    const told = `${sent} requests in ${(tookMs / 60_000).toFixed(1)} minutes, p99 ${quantile(latenciesMs, 0.99).toFixed(1)} ms; ${most.toFixed(0)} MB resident at most, in the last half ${slope.toFixed(2)} MB more a minute; journal at most ${Math.max(...entries)} entries, ${(Math.max(...bytes) / 1_048_576).toFixed(1)} MB; ${recorded} recorded, ${left} left out`;
    if (isLong) process.stderr.write(`${told}\n`);
    figure('F-20', told);
    expect({ wrong: wrong.slice(0, 5), failed: failed.slice(0, 5) }).toEqual({ wrong: [], failed: [] });
    expect(sent).toBeGreaterThanOrEqual(requests);
    expect(recorded + left).toBe(Math.ceil(sent / 4));
    expect(recorded).toBeGreaterThan(0);
    expect(Math.max(...entries)).toBeLessThanOrEqual(journal.maxEntries);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(journal.maxBytes);
    expect(most).toBeLessThan(400);
    if (isLong) expect(slope).toBeLessThan(1);
  },
  60_000 + (requests / perSecond) * 1_500,
);
