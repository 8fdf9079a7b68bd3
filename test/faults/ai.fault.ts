import { Agent } from 'node:http';
import { sendSteadily } from '../support/balancer';
import { eventually } from '../support/eventually';
import {
  aJsonReply,
  answers,
  cutsBody,
  isSilent,
  refuses,
  resets,
  stallsInBody,
  startFakeClaude,
  type FakeClaude,
} from '../support/fake-claude';
import { figure, isMeasured, quantile, sized } from '../support/faults';
import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy';

const perSecond = sized('FAULT_RATE', 200);
const missesPerSecond = 20;
const phaseMs = 1_200;
const timeoutMs = 1_000;
/** A miss may wait for its turn as long as a generation may take, and then take that long itself. */
const longestMs = 2 * timeoutMs + 1_000;
/** As the other rows have it: where it is measured, and in an ordinary run, where the machine may have other work. */
const laterMs = isMeasured ? 5 : 100;

let claude: FakeClaude;
let way: TcpProxy;
let server: ScratchServer;
/** Has no AI. Its hits are late when the machine is. */
let alone: ScratchServer;
const agent = new Agent({ keepAlive: true, maxSockets: 50 });

beforeAll(async () => {
  claude = await startFakeClaude();
  way = await startTcpProxy(claude.url);
  server = await startScratchServer({
    CLAUDE_API_KEY: 'sk-ant-api03-canary-of-the-key',
    ANTHROPIC_BASE_URL: way.url,
    AI_TIMEOUT_MS: String(timeoutMs),
  });
  alone = await startScratchServer();
  await call(server.url, 'PATCH /__admin/workspaces/default', { body: { settings: { fallbacks: ['ai'] } } });
  for (const { url } of [server, alone])
    await call(url, 'POST /__admin/mappings', { body: { request: { urlPath: '/hit' }, response: { body: 'hit' } } });
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([server, alone].map(one => one?.remove()));
  await way?.close();
  await claude?.close();
});

const wait = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
let asked = 0;
const missed = (): Promise<Reply> => call(server.url, `GET /missed/${asked++}`, { agent });

interface Hits {
  readonly here: number[];
  readonly alone: number[];
}

/** Hits to both servers in turn. */
async function hitFor(ms: number): Promise<Hits> {
  const hits: Hits = { here: [], alone: [] };
  const send = async (number: number): Promise<Reply> => {
    const [of, tookMs] = number % 2 === 0 ? [server, hits.here] : [alone, hits.alone];
    const at = performance.now();
    const reply = await call(of.url, 'GET /hit', { agent });
    tookMs.push(performance.now() - at);
    return reply;
  };
  const load = sendSteadily(perSecond, send, ({ status }) => status === 200);
  await wait(ms);
  const { wrong, failed } = await load.stop();
  expect([...wrong, ...failed]).toEqual([]);
  return hits;
}

/** What makes the server without AI late makes the other late too, each in proportion to how long it takes. */
function expectNoLater(now: Hits, quiet: Hits): void {
  for (const part of [0.5, 0.99]) {
    const slower = Math.max(1, quantile(now.alone, part) / quantile(quiet.alone, part));
    expect(quantile(now.here, part)).toBeLessThan(quantile(quiet.here, part) * slower + laterMs);
  }
}

const shown = (ms: readonly number[]): string => [0.5, 0.99, 1].map(part => quantile(ms, part).toFixed(1)).join('/');

/** One that rests is asked now and then; what one question brought about takes nothing from the others. */
const faults: readonly [what: string, begin: () => unknown, isLeftAlone: boolean][] = [
  ['is down', () => way.cut(), true],
  ['refuses the key', () => claude.behave(refuses(401)), true],
  ['refuses the questions', () => claude.behave(refuses(400)), false],
  ['finds the questions too long', () => claude.behave(refuses(413)), false],
  ['asks for a pause', () => claude.behave(refuses(429, { 'retry-after': '1' })), true],
  ['fails', () => claude.behave(refuses(500)), true],
  ['is overloaded', () => claude.behave(refuses(529)), true],
  ['resets', () => claude.behave(resets), true],
  ['cuts its answers', () => claude.behave(cutsBody), true],
  ['stalls in its answers', () => claude.behave(stallsInBody), true],
  ['is silent', () => claude.behave(isSilent), true],
];

describe('F-18, L-05: an AI', () => {
  let quiet: Hits;
  beforeAll(async () => {
    await missed(); // what is loaded at the first generation
    quiet = await hitFor(phaseMs);
  });

  it.each(faults)('that %s: mocks are answered, none later, and misses hear so in bounded time', async (...fault) => {
    const [what, begin, isLeftAlone] = fault;
    await begin();
    const before = claude.asked.length;
    const tookMs: number[] = [];
    const codes = new Set<string>();
    const send = async (): Promise<Reply> => {
      const at = performance.now();
      const reply = await missed();
      tookMs.push(performance.now() - at);
      codes.add(String(reply.json?.code));
      return reply;
    };
    const tellsWhen = ({ status, headers }: Reply): boolean =>
      [429, 502, 503].includes(status) && Number(headers['retry-after']) > 0;
    const misses = sendSteadily(missesPerSecond, send, tellsWhen);
    const hits = await hitFor(phaseMs);
    const { wrong, failed } = await misses.stop();
    expect([...wrong, ...failed]).toEqual([]);
    const isRight = isLeftAlone ? /^ai-(?:unavailable|busy)$/ : /^ai-failed$/;
    expect([...codes].filter(code => !isRight.test(code))).toEqual([]);
    expect(Math.max(...tookMs)).toBeLessThan(longestMs);
    const calls = claude.asked.length - before;
    if (isLeftAlone) expect(calls).toBeLessThanOrEqual(10);

    claude.behave(answers(aJsonReply({ from: 'claude' })));
    await way.resume();
    const backAt = performance.now();
    await eventually(async () => (await missed()).status === 200);
    const backMs = performance.now() - backAt;
    expect(backMs).toBeLessThan(5_000);
    figure(
      'F-18',
      `${what}: hits p50/p99/max ${shown(quiet.here)} ms -> ${shown(hits.here)} ms (without AI ${shown(quiet.alone)} -> ${shown(hits.alone)}); ${tookMs.length} misses ${shown(tookMs)} ms, ${calls} calls; answers again after ${(backMs / 1_000).toFixed(1)} s`,
    );
    expectNoLater(hits, quiet);
  });

  it('that is left alone costs a miss no time', async () => {
    claude.behave(refuses(529));
    await eventually(async () => (await missed()).json?.detail?.includes('left alone') === true);
    const at = performance.now();
    const { json } = await missed();
    expect(json.detail).toContain('left alone');
    expect(performance.now() - at).toBeLessThan(isMeasured ? 50 : 200);
  });
});
