// What admin writes cost: `node bench/writes.mjs [sqlite|postgres]`, after `npm run build`. Ten clients create, replace and delete one mock
// after the other, in one workspace that has a thousand. PostgreSQL is TEST_POSTGRES_URL, or the usual one on loopback.
import { Agent, request } from 'node:http';
import { withDatabase } from './databases.mjs';
import { ourServer } from './our-server.mjs';
import { cpuSecondsOf, untilIdle } from './process-figures.mjs';
import { freePort, removeFolder, scratchFolder, startServer } from './servers.mjs';

const CLIENTS = 10;
const MOCKS = 1_000;
const WARM_UP_SECONDS = 3;
const SECONDS = 10;
const leastWritesPerSecond = 250;
const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
const mockAt = url => ({ request: { url }, response: { body: 'hi' } });

const wanted = process.argv.slice(2);
let isBelow = false;
try {
  for (const kind of wanted.length > 0 ? wanted : ['sqlite', 'postgres']) {
    const folder = scratchFolder();
    try {
      await withDatabase(kind, folder, async url => {
        const { perSecond, text } = await measure(url, folder);
        console.log(`${kind}: ${text} (at least ${leastWritesPerSecond}/s)`);
        isBelow ||= perSecond < leastWritesPerSecond;
      });
    } finally {
      removeFolder(folder);
    }
  }
} finally {
  agent.destroy();
}
process.exitCode = isBelow ? 1 : 0;

async function measure(databaseUrl, folder) {
  const port = await freePort();
  const server = await startServer({
    ...ourServer(process.env.BENCH_NODE_ARGS?.split(' ')),
    folder,
    readyUrl: `http://127.0.0.1:${port}/health/ready`,
    env: { PORT: String(port), WEB_UI_PORT: String(await freePort()), DATABASE_URL: databaseUrl, DATA_DIR: folder },
  });
  try {
    const mappings = Array.from({ length: MOCKS }, (_, index) => mockAt(`/there/${index}`));
    await ask(port, 'POST', '/__admin/mappings/import', { mappings });
    await writeFor(port, WARM_UP_SECONDS);
    await untilIdle(server.pid);
    const cpuBefore = cpuSecondsOf(server.pid);
    const tookMs = await writeFor(port, SECONDS);
    const cpuMs = ((cpuSecondsOf(server.pid) - cpuBefore) / tookMs.length) * 1_000;
    const perSecond = tookMs.length / SECONDS;
    const [p50, p99] = [quantile(tookMs, 0.5), quantile(tookMs, 0.99)];
    return {
      perSecond,
      text: `${perSecond.toFixed(0)} writes/s of ${CLIENTS} clients, p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, CPU of the server ${cpuMs.toFixed(2)} ms a write`,
    };
  } finally {
    await server.stop();
  }
}

/** How long each write took. */
async function writeFor(port, seconds) {
  const end = performance.now() + seconds * 1_000;
  const tookMs = [];
  const write = async (...what) => {
    const began = performance.now();
    const answer = await ask(port, ...what);
    tookMs.push(performance.now() - began);
    return answer;
  };
  const client = async number => {
    for (let n = 0; performance.now() < end; n++) {
      const { id } = await write('POST', '/__admin/mappings', mockAt(`/new/${number}/${n}`));
      await write('PUT', `/__admin/mappings/${id}`, mockAt(`/newer/${number}/${n}`));
      await write('DELETE', `/__admin/mappings/${id}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return tookMs;
}

function ask(port, method, path, body) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers =
    payload === undefined ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) };
  return new Promise((resolve, reject) => {
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent }, incoming => {
      let text = '';
      incoming.setEncoding('utf8').on('data', chunk => (text += chunk));
      incoming.on('end', () => {
        if (incoming.statusCode < 300) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path} answered ${incoming.statusCode} ${text}`));
      });
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function quantile(numbers, share) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)];
}
