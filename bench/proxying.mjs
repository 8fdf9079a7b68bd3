// Proxying: the same small JSON asked of the backend itself, through http-proxy-3 and through mock-server, recording off and on; and
// a long stream. The proxies take turns round by round, as the servers of the other cases do.
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REPLY_BODY } from './cases.mjs';
import { putUnderLoad } from './load.mjs';
import { median } from './measure.mjs';
import { ourServer } from './our-server.mjs';
import { cpuSecondsOf, residentMbOf, untilIdle } from './process-figures.mjs';
import { freePort, removeFolder, scratchFolder, startServer } from './servers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const requests = [{ method: 'GET', path: '/things/4711?page=2' }];
const gibibyte = 2 ** 30;

/** `direct` is the backend itself. */
const ways = ['direct', 'http-proxy-3', 'mock-server', 'mock-server, recording'];

/** @returns { ways, streamGrownMb }: the rounds of each way, and by how much memory grew over the stream. */
export async function measureProxying({ isQuick, withPeers }, say) {
  const folder = scratchFolder();
  const servers = [];
  const start = async options => {
    const server = await startServer({ ...options, folder });
    servers.push(server);
    return server;
  };
  try {
    const members = await startMembers(start, { folder, withPeers });
    const rounds = isQuick ? 1 : 5;
    const figures = await measureRounds(members, { rounds, seconds: isQuick ? 1 : 2 });
    for (const [name, of] of Object.entries(figures))
      say(
        `proxied, ${name}: ${Math.round(median(of.map(one => one.requestsPerSecond))).toLocaleString('en')} requests/s`,
      );
    const streamGrownMb = await measureStream(members['mock-server'], isQuick ? gibibyte / 8 : gibibyte);
    say(`proxied, a stream of ${isQuick ? '128 MB' : '1 GB'}: memory grew by ${streamGrownMb?.toFixed(0)} MB`);
    return { ways: figures, streamGrownMb };
  } finally {
    for (const server of servers.reverse()) await server.stop();
    removeFolder(folder);
  }
}

async function startMembers(start, { folder, withPeers }) {
  const node = (file, ...args) => ({ command: process.execPath, args: [join(here, file), ...args.map(String)] });
  const readyAt = port => `http://127.0.0.1:${port}/`;
  const [direct, peer, own, console] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const backend = await start({ ...node('proxied-backend.mjs', direct), readyUrl: readyAt(direct) });
  const members = { direct: { pid: backend.pid, port: direct } };
  if (withPeers) {
    const proxy = await start({ ...node('bare-proxy.mjs', peer, direct), readyUrl: readyAt(peer) });
    members['http-proxy-3'] = { pid: proxy.pid, port: peer };
  }
  const server = await start({
    ...ourServer(),
    env: {
      PORT: String(own),
      WEB_UI_PORT: String(console),
      DATA_DIR: folder,
      DATABASE_URL: `sqlite:${join(folder, 'mocks.db')}`,
      BACKEND_URL: readyAt(direct),
      // So much that a round of recording has room: what is dropped costs nothing.
      RECORDING_MAX_ENTRIES: '1000000',
      RECORDING_MAX_BYTES: String(gibibyte),
    },
    readyUrl: `http://127.0.0.1:${own}/health/ready`,
  });
  members['mock-server'] = { pid: server.pid, port: own };
  members['mock-server, recording'] = { pid: server.pid, port: own, ...recordingOn(own) };
  return members;
}

/** A recording that runs for one round and is thrown away. */
function recordingOn(port) {
  const admin = async (path, body) => {
    const response = await fetch(`http://127.0.0.1:${port}/__admin/${path}`, { method: 'POST', body });
    if (!response.ok) throw new Error(`POST /__admin/${path} was answered ${response.status}`);
    await response.arrayBuffer();
  };
  return {
    // The filter lets no mock be made of it: that would answer the next round.
    before: () => admin('recordings/start', JSON.stringify({ filters: { url: '/none' } })),
    after: async () => {
      await admin('reset');
      await admin('recordings/stop');
    },
  };
}

async function measureRounds(members, { rounds, seconds }) {
  const playing = ways.filter(way => members[way] !== undefined);
  for (const way of playing) await expectRightAnswer(members[way]);
  for (const way of playing) await loaded(members[way], { seconds: 2 });
  const figures = Object.fromEntries(playing.map(way => [way, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const way of playing) {
      const busy = await loaded(members[way], { seconds });
      // With one connection nothing waits for anything else: what a proxy adds is seen undisturbed.
      const { p50Ms: aloneMs } = await loaded(members[way], { seconds: seconds / 2, connections: 1 });
      figures[way].push({ ...busy, aloneMs });
    }
  }
  return figures;
}

async function loaded({ pid, port, before, after }, { seconds, connections }) {
  await before?.();
  const cpuBefore = cpuSecondsOf(pid);
  const load = await putUnderLoad({ port, requests, seconds: Math.max(1, seconds), connections });
  const cpuAfter = cpuSecondsOf(pid);
  await untilIdle(pid);
  await after?.();
  if (load.failed + load.from400 > 0)
    throw new Error(`${load.failed + load.from400} of ${load.requests} requests failed`);
  return {
    requestsPerSecond: load.requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuUs: cpuBefore === undefined ? undefined : ((cpuAfter - cpuBefore) / load.requests) * 1e6,
  };
}

async function expectRightAnswer({ port }) {
  const response = await fetch(`http://127.0.0.1:${port}${requests[0].path}`);
  const text = await response.text();
  if (response.status !== 200 || text !== REPLY_BODY)
    throw new Error(`${requests[0].path} was answered ${response.status} ${JSON.stringify(text.slice(0, 200))}`);
}

/** The most that memory grew while so many bytes went through, in megabytes. */
async function measureStream({ pid, port }, bytes) {
  const before = residentMbOf(pid);
  if (before === undefined) return undefined;
  let highest = before;
  const watching = setInterval(() => (highest = Math.max(highest, residentMbOf(pid))), 20);
  try {
    const received = await readAway(`http://127.0.0.1:${port}/stream/${bytes}`);
    if (received !== bytes) throw new Error(`${received} of ${bytes} bytes of a stream arrived`);
  } finally {
    clearInterval(watching);
  }
  return highest - before;
}

function readAway(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, incoming => {
      let received = 0;
      incoming.on('data', chunk => (received += chunk.length));
      incoming.once('end', () => resolve(received)).once('error', reject);
    });
    request.once('error', reject);
  });
}

const atLeast = limit => ({ limit, holds: value => value >= limit, sign: '≥' });
const atMost = limit => ({ limit, holds: value => value <= limit, sign: '≤' });

/** In the form of the other checks; rounds that followed each other are compared, and their median counts. */
export const proxyingChecks = [
  {
    what: 'proxied: latency that is added to a call, at p50',
    ...atMost(0.4),
    unit: 'ms',
    value: pairs('mock-server', 'direct', (one, other) => one.aloneMs - other.aloneMs),
  },
  {
    what: 'proxied: requests/s over http-proxy-3',
    ...atLeast(0.6),
    value: pairs('mock-server', 'http-proxy-3', (one, other) => one.requestsPerSecond / other.requestsPerSecond),
  },
  {
    what: 'proxied: CPU per request with recording over that without',
    ...atMost(1.25),
    value: pairs('mock-server, recording', 'mock-server', (one, other) => one.cpuUs / other.cpuUs),
  },
  {
    what: 'proxied: memory grown over a stream of 1 GB',
    ...atMost(50),
    unit: 'MB',
    value: ({ proxying }) => proxying?.streamGrownMb,
  },
];

function pairs(above, below, compare) {
  return ({ proxying }) => {
    const [one, other] = [proxying?.ways[above], proxying?.ways[below]];
    if (one === undefined || other === undefined) return undefined;
    const values = one.map((round, at) => compare(round, other[at])).filter(value => !Number.isNaN(value));
    return median(values);
  };
}

/** One row a way: medians of its rounds. */
export function proxyingRows({ proxying }) {
  return Object.entries(proxying?.ways ?? {}).map(([way, rounds]) => {
    const of = figure => median(rounds.map(round => round[figure]));
    return {
      way,
      requestsPerSecond: of('requestsPerSecond'),
      aloneMs: of('aloneMs'),
      p99Ms: of('p99Ms'),
      cpuUs: of('cpuUs'),
    };
  });
}
