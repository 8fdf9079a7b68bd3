// What the journal that replicas share costs the hits: `node bench/shared-journal.mjs`, after `npm run build`. Two replicas on one
// PostgreSQL (TEST_POSTGRES_URL, or the usual one) and a Redis of their own (redis-server on the PATH), of which one is put under load,
// beside a server without Redis; round by round.
import { caseOf, mocksOf } from './cases.mjs';
import { withDatabase } from './databases.mjs';
import { importMocks } from './import-mocks.mjs';
import { putUnderLoad } from './load.mjs';
import { median } from './measure.mjs';
import { putUnderPacedLoad } from './paced-load.mjs';
import { cpuSecondsOf, untilIdle } from './process-figures.mjs';
import { startOurServer } from './our-server.mjs';
import { startRedis } from './redis.mjs';
import { removeFolder, scratchFolder } from './servers.mjs';

const MOCKS = 1_000;
const ROUNDS = 5;
const SECONDS = 4;
const PER_SECOND = 4_000;
const { kind, requests } = caseOf('static', MOCKS);
const folder = scratchFolder();

async function measure({ server, port }) {
  await untilIdle(server.pid);
  const before = cpuSecondsOf(server.pid);
  const flatOut = await putUnderLoad({ port, requests, seconds: SECONDS });
  const between = cpuSecondsOf(server.pid);
  await untilIdle(server.pid);
  const beforePaced = cpuSecondsOf(server.pid);
  const paced = await putUnderPacedLoad({ port, requests, perSecond: PER_SECOND, seconds: SECONDS });
  return {
    perSecond: flatOut.requests / flatOut.seconds,
    cpuUs: ((between - before) / flatOut.requests) * 1e6,
    pacedCpuUs: ((cpuSecondsOf(server.pid) - beforePaced) / paced.requests) * 1e6,
    pacedP99Ms: paced.p99Ms,
  };
}

/** How many exchanges the journal of all counts, asked of any. */
async function countAt(port) {
  const answer = await fetch(`http://127.0.0.1:${port}/__admin/requests/count`, { method: 'POST', body: '{}' });
  return (await answer.json()).count;
}

const redis = await startRedis(folder);
try {
  await withDatabase('postgres', folder, ownUrl =>
    withDatabase('postgres', folder, async sharedUrl => {
      const own = await startOurServer({ DATABASE_URL: ownUrl });
      const shared = await startOurServer({ DATABASE_URL: sharedUrl, REDIS_URL: redis.url });
      const other = await startOurServer({ DATABASE_URL: sharedUrl, REDIS_URL: redis.url });
      try {
        for (const { port } of [own, shared]) await importMocks(port, mocksOf({ kind, size: MOCKS }));
        for (const one of [own, shared]) await measure(one);
        const rounds = [];
        for (let round = 0; round < ROUNDS; round++) rounds.push([await measure(own), await measure(shared)]);
        const counts = [await countAt(shared.port), await countAt(other.port)];
        if (counts[0] !== counts[1] || !(counts[0] > 0)) throw new Error(`the replicas count ${counts.join(' and ')}`);
        const of = (place, figure) => median(rounds.map(round => round[place][figure]));
        const ratio = figure => median(rounds.map(([without, beside]) => beside[figure] / without[figure]));
        console.log(
          `flat out: ${of(0, 'perSecond').toFixed(0)} static hits/s with a journal of its own, ${of(1, 'perSecond').toFixed(0)} with a shared one, ratio ${ratio('perSecond').toFixed(2)}; ` +
            `CPU ${of(0, 'cpuUs').toFixed(1)} us and ${of(1, 'cpuUs').toFixed(1)} us a hit, ratio ${ratio('cpuUs').toFixed(2)}`,
        );
        console.log(
          `at ${PER_SECOND} hits/s: CPU ${of(0, 'pacedCpuUs').toFixed(1)} us and ${of(1, 'pacedCpuUs').toFixed(1)} us a hit, ratio ${ratio('pacedCpuUs').toFixed(2)}; ` +
            `p99 ${of(0, 'pacedP99Ms').toFixed(2)} ms and ${of(1, 'pacedP99Ms').toFixed(2)} ms`,
        );
      } finally {
        for (const { close } of [own, shared, other]) await close();
      }
    }),
  );
} finally {
  await redis.stop();
  removeFolder(folder);
}
