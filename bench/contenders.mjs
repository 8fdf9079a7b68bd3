// Who is measured: how each is started with a set of mocks, and how long it is warmed.
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importMocks } from './import-mocks.mjs';
import { mockoonEnvironment } from './mockoon-environment.mjs';
import { ourServer } from './our-server.mjs';
import { freePort, removeFolder, scratchFolder, startServer } from './servers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const rootOf = port => `http://127.0.0.1:${port}/`;

/** Load before anything is measured: on the first case after the start, and on each further one. */
const nodeWarmUp = { firstSeconds: 2, furtherSeconds: 1 };
const jvmWarmUp = { firstSeconds: 15, furtherSeconds: 3 };

async function startBare(file) {
  const port = await freePort();
  const folder = scratchFolder();
  const server = await startServer({
    command: process.execPath,
    args: [join(here, file), String(port)],
    readyUrl: rootOf(port),
    folder,
  });
  return { ...server, port, close: () => closeServer(server, folder) };
}

async function startOurs(mocks) {
  const folder = scratchFolder();
  const port = await freePort();
  const start = async () =>
    startServer({
      ...ourServer(),
      env: {
        PORT: String(port),
        WEB_UI_PORT: String(await freePort()),
        DATA_DIR: folder,
        DATABASE_URL: `sqlite:${join(folder, 'mocks.db')}`,
      },
      readyUrl: `http://127.0.0.1:${port}/health/ready`,
      folder,
    });
  const empty = await start();
  let server = empty;
  return {
    pid: empty.pid,
    startMs: empty.startMs,
    port,
    importMs: await importMocks(port, mocks),
    /** Stops, and starts again on the database that now holds the mocks. */
    async restart(measureRss) {
      await server.stop();
      server = await start();
      return { startMs: server.startMs, rssMb: measureRss(server.pid) };
    },
    close: () => closeServer(server, folder),
  };
}

async function startWireMock(mocks) {
  const folder = scratchFolder();
  const port = await freePort();
  const jarFolder = join(here, 'node_modules/wiremock/build');
  const jar = readdirSync(jarFolder).find(name => name.endsWith('.jar'));
  const server = await startServer({
    command: 'java',
    // The two options that WireMock's documentation names for performance tests.
    args: [
      '-jar',
      join(jarFolder, jar),
      '--port',
      String(port),
      '--no-request-journal',
      '--disable-request-logging',
      '--disable-banner',
    ],
    readyUrl: `http://127.0.0.1:${port}/__admin/health`,
    folder,
  });
  const importMs = await importMocks(port, mocks);
  return { ...server, port, importMs, close: () => closeServer(server, folder) };
}

async function startMockoon(mocks) {
  const folder = scratchFolder();
  const port = await freePort();
  const file = join(folder, 'environment.json');
  writeFileSync(file, JSON.stringify(mockoonEnvironment(mocks, port)));
  const server = await startServer({
    command: process.execPath,
    args: [
      join(here, 'node_modules/@mockoon/cli/bin/run.js'),
      'start',
      '--data',
      file,
      '--disable-log-to-file',
      '--disable-admin-api',
    ],
    readyUrl: rootOf(port),
    readyStatus: 404,
    folder,
  });
  return { ...server, port, close: () => closeServer(server, folder) };
}

async function closeServer(server, folder) {
  await server.stop();
  removeFolder(folder);
}

const everyCase = () => true;
/** What the bare servers answer is what the reply of these costs at least. */
const isFloorCase = name => ['static', 'templated', 'scenario'].includes(name);
// Mockoon takes the first route that fits, so the oldest of its mocks is its best case and says nothing here.
const isNotOldest = name => name !== 'oldest';

/** In the order of the table. */
export const contenders = {
  'node:http': {
    label: 'bare node:http',
    start: () => startBare('bare-node.mjs'),
    warmUp: nodeWarmUp,
    plays: isFloorCase,
    isFloor: true,
  },
  fastify: {
    label: 'bare Fastify',
    start: () => startBare('bare-fastify.mjs'),
    warmUp: nodeWarmUp,
    plays: isFloorCase,
    isFloor: true,
  },
  'mock-server': { label: 'mock-server', start: startOurs, warmUp: nodeWarmUp, plays: everyCase },
  wiremock: { label: 'WireMock', start: startWireMock, warmUp: jvmWarmUp, plays: everyCase },
  mockoon: { label: 'Mockoon CLI', start: startMockoon, warmUp: nodeWarmUp, plays: isNotOldest },
};

/** Other tools, which the bench installs, as against the bare servers. */
export const peerNames = ['wiremock', 'mockoon'];

export const labelOf = name => contenders[name].label;

/** The first line of `java -version`, undefined when there is no Java. */
export function javaVersion() {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  return status === 0 ? stderr.split('\n')[0] : undefined;
}
