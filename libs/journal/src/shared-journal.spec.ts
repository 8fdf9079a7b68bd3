import { RedisConnection, Replicas } from '@mock-server/cache';
import { requestFrom } from '@mock-server/engine';
import { MetricsRegistry } from '@mock-server/metrics';
import { Logger } from '@nestjs/common';
import { eventually } from '../../../test/support/eventually';
import { createTestRedis, type TestRedis } from '../../../test/support/redis';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { Journal } from './journal';
import { SharedJournal } from './shared-journal';

const config = { journal: { maxEntries: 1_000, maxBytes: 10_000_000, maxBodyBytes: 1_000 } };

interface Replica {
  readonly redis: RedisConnection;
  readonly shared: SharedJournal;
  answer(): void;
  stop(): void;
}

let server: TestRedis;
let proxy: TcpProxy;
const running: Replica[] = [];

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  server = await createTestRedis();
  proxy = await startTcpProxy(server.url, { listens: true });
});
afterEach(async () => {
  for (const replica of running.splice(0)) replica.stop();
  await proxy.close();
  await server.drop();
});

const start = async (redisUrl: string, commandMs = 500): Promise<Replica> => {
  const redis = new RedisConnection(
    { redisUrl },
    { command: commandMs, socket: 10_000, heartbeat: 10_000, maxRetry: 100 },
  );
  const replicas = new Replicas(redis);
  const own = new Journal(config);
  const shared = new SharedJournal(own, redis, replicas, new MetricsRegistry(), config);
  shared.onModuleInit();
  const replica = {
    redis,
    shared,
    answer: () =>
      void own.add({
        workspaceId: 'w',
        request: requestFrom({ url: '/', method: 'GET' }),
        receivedAt: 1,
        writtenAt: performance.now(),
        source: 'none',
        mock: undefined,
        reply: { status: 404, headers: [], body: new Uint8Array(0), ownsBody: true },
        delayMs: 0,
        tookMs: 1,
        note: undefined,
      }),
    stop: () => {
      void shared.beforeApplicationShutdown();
      replicas.onApplicationShutdown();
      redis.onApplicationShutdown();
    },
  };
  running.push(replica);
  await redis.onApplicationBootstrap();
  await replicas.onApplicationBootstrap();
  return replica;
};

const counted = async ({ shared }: Replica): Promise<number> => (await shared.look('w')).size('w');
/** Commands about the journal of `w` so far. */
const commands = (): number => proxy.said(':w:counts');

describe('a replica that meets another', () => {
  it('sees what that one answers, also where Redis answered too late when it said hello', async () => {
    const one = await start(proxy.url, 100);
    const greetings = proxy.said('SETNX');
    proxy.delay(150);
    const other = await start(server.url);
    await eventually(() => proxy.said('SETNX') > greetings);
    // Redis's answers come in order: when this one was too late, so was the one before it.
    await expect(one.redis.client!.ping()).rejects.toThrow('timed out');
    proxy.delay(0);
    other.answer();
    await eventually(async () => (await counted(one)) === 1);
  });

  it('follows what somebody watches once at a time, however slow Redis is', async () => {
    const one = await start(proxy.url);
    const other = await start(server.url);
    other.answer();
    await eventually(async () => (await counted(one)) === 1);
    const stop = (await one.shared.look('w')).onExchange('w', { onEntries: () => undefined });
    proxy.delay(200);
    const before = commands();
    await eventually(() => commands() >= before + 5);
    stop();
    proxy.delay(0);
    const asked = commands();
    await counted(one);
    expect(commands() - asked).toBeLessThan(5);
  });
});
