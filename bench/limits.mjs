// What one replica does under the limits of the chart: `node bench/limits.mjs`, after `npm run build`; Linux, as root.
// Half a core by a control group, 512 MiB of memory, the heap as the chart caps it. First load at the pace that is promised, and how long
// the slowest of a hundred takes; then as much as it can.
import { parseArgs } from 'node:util';
import { caseOf, mocksOf } from './cases.mjs';
import { makeCpuGroup } from './cpu-group.mjs';
import { importMocks } from './import-mocks.mjs';
import { putUnderLoad } from './load.mjs';
import { startOurServer } from './our-server.mjs';
import { putUnderPacedLoad } from './paced-load.mjs';
import { cpuSecondsOf, peakResidentMbOf } from './process-figures.mjs';

const MOST_MEMORY_MB = 512;
const MOST_P99_MS = 10;
const WARM_UP_SECONDS = 10;
const FLAT_OUT_SECONDS = 10;

const { values } = parseArgs({
  options: {
    cores: { type: 'string', default: '0.5' },
    'period-ms': { type: 'string', default: '100' },
    rate: { type: 'string', default: '8000' },
    seconds: { type: 'string', default: '30' },
    mocks: { type: 'string', default: '1000' },
  },
});
const [cores, perSecond, seconds, size] = ['cores', 'rate', 'seconds', 'mocks'].map(name => Number(values[name]));
const group = makeCpuGroup({ cores, periodUs: Number(values['period-ms']) * 1_000 });
let ours;
try {
  ours = await startOurServer(
    {},
    // 62.5 % of the memory limit, as helm/mock-server has it.
    { nodeArgs: [`--max-old-space-size=${MOST_MEMORY_MB * 0.625}`], inside: group.inside },
  );
  const { server, port } = ours;
  const { kind, requests } = caseOf('static', size);
  await importMocks(port, mocksOf({ kind, size }));
  console.log(
    `${cores} of a core (a quota every ${values['period-ms']} ms), ${MOST_MEMORY_MB} MiB; ready after ${Math.round(server.startMs)} ms; ${size} mocks`,
  );
  await putUnderPacedLoad({ port, requests, perSecond, seconds: WARM_UP_SECONDS });

  const before = { cpu: cpuSecondsOf(server.pid), ...group.throttling() };
  const paced = await putUnderPacedLoad({ port, requests, perSecond, seconds });
  const after = { cpu: cpuSecondsOf(server.pid), ...group.throttling() };
  const cpuUs = ((after.cpu - before.cpu) / paced.requests) * 1e6;
  console.log(
    `at ${perSecond} requests/s for ${seconds} s: p50 ${paced.p50Ms.toFixed(2)} ms, p99 ${paced.p99Ms.toFixed(2)} ms, slowest ${paced.maxMs.toFixed(1)} ms, ` +
      `${paced.wrong} wrong; CPU ${cpuUs.toFixed(1)} us a request, ${((after.cpu - before.cpu) / seconds).toFixed(2)} of a core; ` +
      `stopped by the quota in ${after.throttled - before.throttled} of ${after.periods - before.periods} periods, ${(after.waitedMs - before.waitedMs).toFixed(0)} ms`,
  );
  const flatOut = await putUnderLoad({ port, requests, seconds: FLAT_OUT_SECONDS });
  console.log(
    `flat out: ${Math.round(flatOut.requests / flatOut.seconds)} requests/s, p50 ${flatOut.p50Ms.toFixed(2)} ms, p99 ${flatOut.p99Ms.toFixed(2)} ms, ` +
      `${flatOut.failed + flatOut.from400} failed`,
  );
  const memoryMb = peakResidentMbOf(server.pid);
  console.log(`memory at most: ${memoryMb.toFixed(0)} MB resident`);

  const promises = {
    [`${perSecond} requests/s`]: paced.wrong === 0 && flatOut.requests / flatOut.seconds >= perSecond,
    [`p99 under ${MOST_P99_MS} ms`]: paced.p99Ms < MOST_P99_MS,
    [`memory under ${MOST_MEMORY_MB} MiB`]: memoryMb < MOST_MEMORY_MB,
  };
  for (const [promise, isKept] of Object.entries(promises)) console.log(`${isKept ? 'PASS' : 'FAIL'}  ${promise}`);
  process.exitCode = Object.values(promises).every(Boolean) ? 0 : 1;
} finally {
  await ours?.close();
  group.remove();
}
