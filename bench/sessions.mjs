// What sessions cost: `node bench/sessions.mjs`, after `npm run build`. Two figures, both as ratios or differences taken side by side:
// the first request of a session over its second, and static hits without a session while a thousand sessions are there over none.
import { Agent, request } from 'node:http';
import { putUnderLoad } from './load.mjs';
import { median } from './measure.mjs';
import { startOurServer } from './our-server.mjs';
import { cpuSecondsOf, untilIdle } from './process-figures.mjs';

const SESSIONS = 1_000;
const WARM_UP = 3_000;
const ROUNDS = 7;
const SECONDS = 4;
const mostMsMore = 1;
const mostCpuRatio = 1.05;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const { server, port, close } = await startOurServer({ MAX_SESSIONS: String(3 * SESSIONS) });
let isOver = false;
try {
  for (let i = 0; i < 100; i++)
    await ask('POST', '/__admin/mappings', { body: { request: { url: `/hello/${i}` }, response: { body: 'hi' } } });
  for (let i = 0; i < WARM_UP; i++) await ask('GET', '/hello/1');
  const without = [];
  const withSessions = [];
  without.push(await cpuUsPerHit());
  // The first sessions of a process also pay for code that was not compiled yet.
  await firstAndSecond(SESSIONS, 'warm');
  isOver = report(await firstAndSecond(SESSIONS, 'run')) || isOver;
  await endAll();
  for (let round = 0; round < ROUNDS; round++) {
    without.push(await cpuUsPerHit());
    for (let i = 0; i < SESSIONS; i++) await ask('GET', '/hello/1', { session: `there-${i}` });
    withSessions.push(await cpuUsPerHit());
    await endAll();
  }
  const ratios = withSessions.map((cpuUs, i) => cpuUs / without[i + 1]);
  const ratio = median(ratios);
  isOver = ratio > mostCpuRatio || isOver;
  console.log(
    `static hit without a session, CPU: ${median(without).toFixed(1)} us with no session there, ${median(withSessions).toFixed(1)} us with ${SESSIONS}; ratio ${ratio.toFixed(3)} (at most ${mostCpuRatio})`,
  );
} finally {
  agent.destroy();
  await close();
}
process.exitCode = isOver ? 1 : 0;

/** Milliseconds of the first and the second request of each of so many sessions, on one connection. */
async function firstAndSecond(count, name) {
  const firsts = [];
  const seconds = [];
  for (let i = 0; i < count; i++) {
    const session = `${name}-${i}`;
    firsts.push(await ask('GET', `/hello/${i % 100}`, { session }));
    seconds.push(await ask('GET', `/hello/${i % 100}`, { session }));
  }
  return { firsts, seconds };
}

/** True when it is more than it may be. */
function report({ firsts, seconds }) {
  const more = firsts.map((first, i) => first - seconds[i]);
  const [typical, p95] = [median(more), quantile(more, 0.95)];
  console.log(
    `first request of a session: ${median(firsts).toFixed(3)} ms, second ${median(seconds).toFixed(3)} ms; ` +
      `more: median ${typical.toFixed(3)} ms, 95 % of sessions below ${p95.toFixed(3)} ms (at most ${mostMsMore} ms)`,
  );
  return p95 > mostMsMore;
}

async function cpuUsPerHit() {
  await untilIdle(server.pid);
  const before = cpuSecondsOf(server.pid);
  const { requests } = await putUnderLoad({ port, requests: [{ method: 'GET', path: '/hello/1' }], seconds: SECONDS });
  return ((cpuSecondsOf(server.pid) - before) / requests) * 1e6;
}

async function endAll() {
  const { sessions } = JSON.parse((await exchange('GET', '/__admin/sessions')).text);
  for (const { id } of sessions) await exchange('DELETE', `/__admin/sessions/${id}`);
}

async function ask(method, path, options) {
  const { status, tookMs } = await exchange(method, path, options);
  if (status >= 400) throw new Error(`${method} ${path} answered ${status}`);
  return tookMs;
}

function exchange(method, path, { session, body } = {}) {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const headers = {
    ...(session !== undefined && { 'X-Mock-Session': session }),
    ...(payload !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(payload) }),
  };
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const outgoing = request({ port, host: '127.0.0.1', method, path, headers, agent }, incoming => {
      let text = '';
      incoming.setEncoding('utf8').on('data', chunk => (text += chunk));
      incoming.on('end', () => resolve({ status: incoming.statusCode, text, tookMs: performance.now() - began }));
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function quantile(numbers, share) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)];
}
