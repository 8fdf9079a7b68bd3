import { randomUUID } from 'node:crypto';
import { RedisClock, RedisConnection } from '@mock-server/cache';
import { requestFrom } from '@mock-server/engine';
import { type Workspace } from '@mock-server/workspaces';
import { Logger } from '@nestjs/common';
import { eventually } from '../../../test/support/eventually';
import { serviceUrl } from '../../../test/support/services';
import { Journal } from './journal';
import { JournalImage } from './journal-image';
import { JournalOutbox } from './journal-outbox';
import { JournalStream } from './journal-stream';
import { type RequestWaits } from './request-waits';
import { type SharedJournal } from './shared-journal';
import { VerificationService } from './verification.service';

const config = { journal: { maxEntries: 1_000, maxBytes: 10_000_000, maxBodyBytes: 1_000 } };
const prefix = `test:{${randomUUID()}}`;
const redis = new RedisConnection({ redisUrl: serviceUrl('redis') });
let stream: JournalStream;
let era: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  await redis.onApplicationBootstrap();
  await eventually(() => redis.isUp);
});
beforeEach(async () => {
  stream = new JournalStream(redis, { maxEntries: 1_000, prefix });
  era = await stream.era(randomUUID(), 'new');
});
afterAll(async () => {
  await redis.client!.del(await redis.client!.keys(`${prefix}*`));
  redis.onApplicationShutdown();
});

/** One whose clock is wrong by so much, and that has asked Redis for the time, or has not. */
const replica = async ({ aheadMs = 0, knowsTime = true } = {}) => {
  const now = (): number => performance.now() + aheadMs;
  const clock = new RedisClock(now);
  if (knowsTime) for (let i = 0; i < 5; i++) await clock.read(() => redis.client!.time());
  const journal = new Journal(config);
  const outbox = new JournalOutbox(journal, stream, {
    id: era,
    replica: randomUUID(),
    clock,
    onFailure: () => undefined,
  });
  const answer = async (url: string): Promise<void> => {
    journal.add({
      workspaceId: 'w',
      request: requestFrom({ url, method: 'GET' }),
      receivedAt: 1,
      writtenAt: now(),
      source: 'none',
      mock: undefined,
      reply: { status: 404, headers: [], body: new Uint8Array(0), ownsBody: true },
      delayMs: 0,
      tookMs: 1,
      note: undefined,
    });
    // Longer than an answer about the time is under way, as a client takes from one request to its next.
    await new Promise(resolve => setTimeout(resolve, 5));
  };
  return { answer, ship: () => outbox.flush('w') };
};

/** What another replica sees. */
const seen = async (...urls: string[]) => {
  const image = new JournalImage(stream, era, config);
  await image.follow('w');
  const { journal } = image;
  const verification = new VerificationService(
    { look: () => Promise.resolve(journal) } as unknown as SharedJournal,
    undefined as unknown as RequestWaits,
  );
  const body = { sequence: urls.map(url => ({ url })), mode: 'strict' } as const;
  return {
    listed: [...journal.newestFirst('w')].map(({ exchange }) => exchange.request.url).reverse(),
    told: [...journal.lastAddedFirst('w')].map(({ exchange }) => exchange.request.url).reverse(),
    verified: ((await verification.verifySequence({ id: 'w' } as Workspace, body)) as { verified: boolean }).verified,
  };
};

describe('the order of a journal that replicas share', () => {
  it.each([
    ['go alike', 0, 0],
    ['differ by ten minutes', 300_000, -300_000],
    ['differ by ten minutes the other way', -300_000, 300_000],
  ])('is that of the requests, whichever shipment came first, where the clocks of replicas %s', async (_, one, two) => {
    const [a, b] = [await replica({ aheadMs: one }), await replica({ aheadMs: two })];
    await a.answer('/login');
    await b.answer('/cart');
    await a.answer('/order');
    await b.answer('/pay');
    await b.ship();
    await a.ship();
    const { listed, told, verified } = await seen('/login', '/cart', '/order', '/pay');
    expect(listed).toEqual(['/login', '/cart', '/order', '/pay']);
    expect(told).toEqual(['/cart', '/pay', '/login', '/order']);
    expect(verified).toBe(true);
  });

  it('is that of arrival for a replica that does not know the time', async () => {
    const [a, b] = [await replica(), await replica({ knowsTime: false })];
    await a.answer('/first');
    await a.ship();
    await b.answer('/second');
    await b.ship();
    await a.answer('/third');
    await a.ship();
    expect((await seen('/first', '/second', '/third')).verified).toBe(true);
  });
});
