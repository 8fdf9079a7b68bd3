// How long a start takes: `node bench/start-time.mjs [sqlite|postgres]`, after `npm run build`. From the start of the process to the first
// 200 of /health/ready, with ten thousand mocks in the database, five times.
import { withDatabase } from './databases.mjs';
import { median } from './measure.mjs';
import { ourServer } from './our-server.mjs';
import { freePort, removeFolder, scratchFolder, startServer } from './servers.mjs';

const MOCKS = 10_000;
const STARTS = 5;
const mostSeconds = 3;

const wanted = process.argv.slice(2);
let isOver = false;
for (const kind of wanted.length > 0 ? wanted : ['sqlite', 'postgres']) {
  const folder = scratchFolder();
  try {
    const seconds = await withDatabase(kind, folder, url => measure(url, folder));
    const slowest = Math.max(...seconds);
    isOver ||= slowest > mostSeconds;
    console.log(
      `${kind}: ready with ${MOCKS} mocks ${seconds.map(one => one.toFixed(2)).join(', ')} s after the start; ` +
        `median ${median(seconds).toFixed(2)} s, longest ${slowest.toFixed(2)} s (at most ${mostSeconds} s)`,
    );
  } finally {
    removeFolder(folder);
  }
}
process.exitCode = isOver ? 1 : 0;

async function measure(databaseUrl, folder) {
  await (await start(databaseUrl, folder, importMocks)).stop();
  const seconds = [];
  for (let n = 0; n < STARTS; n++) {
    const server = await start(databaseUrl, folder);
    await server.stop();
    seconds.push(server.startMs / 1_000);
  }
  return seconds;
}

async function start(databaseUrl, folder, afterwards = () => undefined) {
  const port = await freePort();
  const server = await startServer({
    ...ourServer(),
    folder,
    readyUrl: `http://127.0.0.1:${port}/health/ready`,
    env: { PORT: String(port), WEB_UI_PORT: String(await freePort()), DATABASE_URL: databaseUrl, DATA_DIR: folder },
  });
  await afterwards(port);
  return server;
}

async function importMocks(port) {
  const mappings = Array.from({ length: MOCKS }, (_, n) => ({
    request: { method: 'GET', urlPath: `/things/${n}`, headers: { accept: { contains: 'json' } } },
    response: { status: 200, jsonBody: { id: n, name: `Thing ${n}` } },
  }));
  const response = await fetch(`http://127.0.0.1:${port}/__admin/mappings/import`, {
    method: 'POST',
    body: JSON.stringify({ mappings }),
  });
  if (!response.ok) throw new Error(`the import answered ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}
