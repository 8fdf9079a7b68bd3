// What other workspaces cost: `node bench/workspaces.mjs`, after `npm run build`. Static hits of two servers with the same mocks, round
// by round: one has 999 workspaces with a mock each beside the default one, the other has none.
import { putUnderLoad } from './load.mjs';
import { median } from './measure.mjs';
import { startOurServer } from './our-server.mjs';
import { cpuSecondsOf, untilIdle } from './process-figures.mjs';

const WORKSPACES = 999; // with the default one the most there can be
const ROUNDS = 7;
const SECONDS = 2;
const mostCpuRatio = 1.05;
const requests = Array.from({ length: 100 }, (_, index) => ({ method: 'GET', path: `/hello/${index}` }));

async function start() {
  const ours = await startOurServer();
  for (const { path } of requests) await post(ours.port, '/__admin/mappings', mockAt(path));
  return ours;
}

const mockAt = url => ({ request: { url }, response: { body: 'hi' } });

async function post(port, path, body) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body: JSON.stringify(body) });
  if (response.status !== 201) throw new Error(`${path} answered ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

async function cpuUsPerHit({ server, port }) {
  await untilIdle(server.pid);
  const before = cpuSecondsOf(server.pid);
  const load = await putUnderLoad({ port, requests, seconds: SECONDS });
  return ((cpuSecondsOf(server.pid) - before) / load.requests) * 1e6;
}

const [alone, among] = [await start(), await start()];
try {
  for (let index = 0; index < WORKSPACES; index++) {
    await post(among.port, '/__admin/workspaces', { slug: `team-${index}`, name: `Team ${index}` });
    await post(among.port, `/__w/team-${index}/__admin/mappings`, mockAt('/hello/1'));
  }
  for (const one of [alone, among]) await cpuUsPerHit(one);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) rounds.push([await cpuUsPerHit(alone), await cpuUsPerHit(among)]);
  const ratio = median(rounds.map(([without, beside]) => beside / without));
  console.log(
    `static hit in the default workspace, CPU: ${median(rounds.map(([without]) => without)).toFixed(1)} us alone, ` +
      `${median(rounds.map(([, beside]) => beside)).toFixed(1)} us beside ${WORKSPACES} workspaces; ` +
      `ratio ${ratio.toFixed(3)} (at most ${mostCpuRatio})`,
  );
  process.exitCode = ratio > mostCpuRatio ? 1 : 0;
} finally {
  for (const ours of [alone, among]) await ours.close();
}
