import { randomUUID } from 'node:crypto';
import { RedisConnection } from '@mock-server/cache';
import { compileMock, requestFrom, type CatalogMock } from '@mock-server/engine';
import { Logger } from '@nestjs/common';
import Redis from 'ioredis';
import { eventually } from '../../../test/support/eventually';
import { serviceUrl } from '../../../test/support/services';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { Journal } from './journal';
import { JournalImage } from './journal-image';
import { JournalOutbox } from './journal-outbox';
import { EraOverError, JournalStream } from './journal-stream';

const redisUrl = serviceUrl('redis');
const config = { journal: { maxEntries: 300, maxBytes: 10_000_000, maxBodyBytes: 1_000 } };

let proxy: TcpProxy;
let prefix: string;
let away: RedisConnection;
let near: RedisConnection;

beforeAll(() => Logger.overrideLogger(false));
beforeEach(async () => {
  prefix = `test:{${randomUUID()}}`;
  proxy = await startTcpProxy(redisUrl);
  away = new RedisConnection({ redisUrl: proxy.url }, { command: 100, socket: 150, heartbeat: 100, maxRetry: 100 });
  near = new RedisConnection({ redisUrl });
  await Promise.all([away.onApplicationBootstrap(), near.onApplicationBootstrap()]);
  await eventually(() => away.isUp && near.isUp);
});
afterEach(async () => {
  away.onApplicationShutdown();
  near.onApplicationShutdown();
  await proxy.close();
  const own = new Redis(redisUrl);
  const keys = await own.keys(`${prefix}*`);
  if (keys.length > 0) await own.del(keys);
  own.disconnect();
});

const mock = (): CatalogMock => {
  const compiled = compileMock({ id: 'm', position: 1, enabled: true, json: '{"name":"it"}' });
  if (!compiled.ok) throw new Error('does not compile');
  return compiled.mock;
};

const open = async (redis: RedisConnection, { maxEntries = 300 } = {}) => {
  const stream = new JournalStream(redis, { maxEntries, prefix });
  const id = await stream.era('e-', 'known');
  const journal = new Journal({ journal: { ...config.journal, maxEntries } });
  const failures: unknown[] = [];
  const outbox = new JournalOutbox(journal, stream, {
    id,
    replica: randomUUID(),
    clock: redis.clock,
    onFailure: error => failures.push(error),
  });
  const one = mock();
  let count = 0;
  const answer = (times = 1, { workspaceId = 'w', bodyBytes = 0, isTried = true } = {}): void => {
    for (let i = 0; i < times; i++) {
      journal.add({
        workspaceId,
        request: requestFrom({ url: `/${++count}`, method: 'GET' }),
        receivedAt: count,
        writtenAt: count,
        source: 'mock',
        mock: one,
        reply: { status: 200, headers: [], body: new Uint8Array(bodyBytes), ownsBody: true },
        delayMs: 0,
        tookMs: 1,
        note: undefined,
      });
      if (isTried) outbox.send(workspaceId);
    }
  };
  const flush = (): Promise<void> => outbox.flush('w').catch(() => undefined);
  /** The sizes of shipments from now on, and how many there were at once at most. */
  const watchShipments = (): { readonly sizes: number[]; readonly most: number } => {
    const sizes: number[] = [];
    const ship = stream.ship.bind(stream);
    let open = 0;
    let most = 0;
    jest.spyOn(stream, 'ship').mockImplementation(async (era, workspaceId, shipment) => {
      sizes.push(shipment.entries.length);
      most = Math.max(most, ++open);
      return ship(era, workspaceId, shipment).finally(() => open--);
    });
    return {
      sizes,
      get most() {
        return most;
      },
    };
  };
  return { stream, id, outbox, failures, answer, flush, watchShipments };
};

/** What another replica sees. */
async function seen(): Promise<{ urls: string[]; total: number; ofMock: number | undefined }> {
  const stream = new JournalStream(near, { maxEntries: 300, prefix });
  const image = new JournalImage(stream, await stream.era('other-', 'known'), config);
  await image.follow('w');
  await image.readCounts('w');
  const hits = image.journal.hits('w');
  return {
    urls: [...image.journal.newestFirst('w')].map(({ exchange }) => exchange.request.url).reverse(),
    total: hits.total,
    ofMock: hits.of('m')?.count,
  };
}

const urlsUpTo = (count: number, from = 1): string[] => Array.from({ length: count }, (_, i) => `/${from + i}`);

it('ships each exchange once and in order, however many are under way', async () => {
  const { answer, flush } = await open(near);
  answer(250);
  await flush();
  expect(await seen()).toEqual({ urls: urlsUpTo(250), total: 250, ofMock: 250 });
});

it.each([
  ['breaks off', () => proxy.cut()],
  ['hangs: what was sent may have arrived, or not', () => Promise.resolve(proxy.stall())],
])('ships each exchange once when Redis %s', async (_, breakRedis) => {
  const { answer, flush, outbox } = await open(away);
  for (let round = 0; round < 4; round++) {
    answer(20);
    await breakRedis();
    answer(20);
    await new Promise(resolve => setTimeout(resolve, 30 * round));
    await proxy.resume();
    await eventually(() => away.isUp);
    answer(10);
  }
  await eventually(async () => (await flush(), outbox.isDone('w')));
  expect(await seen()).toEqual({ urls: urlsUpTo(200), total: 200, ofMock: 200 });
});

it('counts what was dropped before Redis was back, and says how many others do not see', async () => {
  const { answer, flush, outbox } = await open(away, { maxEntries: 50 });
  answer(10);
  await flush();
  await proxy.cut();
  answer(200);
  await proxy.resume();
  await eventually(() => away.isUp);
  await eventually(async () => (await flush(), outbox.isDone('w')));
  const { urls, total, ofMock } = await seen();
  expect({ urls, total, ofMock }).toEqual({ urls: urlsUpTo(50, 161), total: 210, ofMock: 210 });
  // Fewer, when the client of Redis repeats what was on its way.
  expect(outbox.unshared).toBeLessThanOrEqual(150);
});

describe('what an outage left', () => {
  it.each([
    ['could not be sent', true],
    ['nobody tried to send', false],
  ])('and %s goes in small parts, one after the other, and what comes meanwhile with them', async (_, isTried) => {
    const { answer, flush, outbox, watchShipments } = await open(away);
    await proxy.cut();
    await eventually(() => !away.isUp);
    answer(250, { isTried });
    await proxy.resume();
    await eventually(() => away.isUp);
    const shipments = watchShipments();
    outbox.catchUp(['w']);
    answer(10);
    await eventually(async () => (await flush(), outbox.isDone('w')));
    expect(shipments.most).toBe(1);
    expect(Math.max(...shipments.sizes)).toBeLessThan(100);
    expect(await seen()).toEqual({ urls: urlsUpTo(260), total: 260, ofMock: 260 });
  });

  it('goes in few at a time when they are large', async () => {
    const { answer, flush, outbox, watchShipments } = await open(away);
    await proxy.cut();
    await eventually(() => !away.isUp);
    answer(20, { bodyBytes: 60_000 });
    await proxy.resume();
    await eventually(() => away.isUp);
    const shipments = watchShipments();
    outbox.catchUp(['w']);
    await eventually(async () => (await flush(), outbox.isDone('w')));
    expect(Math.max(...shipments.sizes)).toBeLessThan(5);
    expect((await seen()).urls).toEqual(urlsUpTo(20));
  });

  it('goes one workspace after the other, and is all there in the end', async () => {
    const { answer, outbox, watchShipments, failures } = await open(away);
    await proxy.cut();
    await eventually(() => !away.isUp);
    const workspaces = Array.from({ length: 20 }, (_, i) => `w${i}`);
    for (const workspaceId of workspaces) answer(30, { workspaceId });
    await proxy.resume();
    await eventually(() => away.isUp);
    const shipments = watchShipments();
    outbox.catchUp(workspaces);
    await eventually(() => {
      // A command that took too long ends the round; who is told begins another.
      if (failures.splice(0).length > 0) outbox.catchUp(workspaces);
      return workspaces.every(id => outbox.isDone(id));
    });
    expect(shipments.most).toBe(1);
  });
});

it('is on its way before the turn ends when it is a new workspace’s first', async () => {
  const { answer, watchShipments } = await open(near);
  const shipments = watchShipments();
  for (const workspaceId of ['w1', 'w2', 'w3']) answer(1, { workspaceId });
  expect(shipments.sizes).toEqual([1, 1, 1]);
});

it('learns that the journal was begun anew', async () => {
  const { answer, outbox, stream, failures } = await open(near);
  answer(5);
  await outbox.flush('w');
  expect(await stream.era('new-', 'new')).toBe('new-');
  answer(5);
  await expect(outbox.flush('w')).rejects.toThrow(EraOverError);
  expect(failures[0]).toBeInstanceOf(EraOverError);
});
