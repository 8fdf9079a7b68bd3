import { randomUUID } from 'node:crypto';
import { RedisConnection } from '@mock-server/cache';
import { Logger } from '@nestjs/common';
import Redis from 'ioredis';
import { eventually } from '../../../test/support/eventually';
import { serviceUrl } from '../../../test/support/services';
import { startTcpProxy, type TcpProxy } from '../../../test/support/tcp-proxy';
import { RedisStateStore } from './redis-state-store';
import { contractLimits, describeStateStore } from './state-store.contract';
import { type StateChange, type StateLimits, type StateStore } from './state-store';

const redisUrl = serviceUrl('redis');

beforeAll(() => Logger.overrideLogger(false));

interface Opened {
  readonly store: RedisStateStore;
  readonly prefix: string;
  readonly close: () => Promise<void>;
}

async function open({
  url = redisUrl,
  prefix = `test:${randomUUID()}`,
  limits = contractLimits,
  ttlMs = 60_000,
  socketMs = 150,
}: { url?: string; prefix?: string; limits?: StateLimits; ttlMs?: number; socketMs?: number } = {}): Promise<Opened> {
  const connection = new RedisConnection(
    { redisUrl: url },
    { command: socketMs, socket: socketMs, heartbeat: 100, maxRetry: 100 },
  );
  await connection.onApplicationBootstrap();
  await eventually(() => connection.isUp);
  return {
    store: new RedisStateStore(connection, { limits, ttlMs, prefix }),
    prefix,
    close: async () => {
      connection.onApplicationShutdown();
      const own = new Redis(redisUrl);
      const keys = await own.keys(`${prefix}:*`);
      if (keys.length > 0) await own.del(keys);
      own.disconnect();
    },
  };
}

describeStateStore('Redis', () => open());

const set = (key: string, value: unknown): StateChange => ({ kind: 'set', table: 'values', key, value });
const put = async (store: StateStore, key: string, value: unknown): Promise<string> =>
  store.transact('w', () => ({ result: 'made', changes: [set(key, value)], instead: 'refused' }));
const get = async (store: StateStore, key: string): Promise<unknown> =>
  store.transact('w', state => ({ result: state.get('values', key), changes: [] }));
const count = async (store: StateStore): Promise<number> =>
  store.transact('w', state => {
    const next = ((state.get('values', 'n') as number | undefined) ?? 0) + 1;
    return { result: next, changes: [set('n', next)] };
  });

describe('two replicas with one Redis', () => {
  let a: Opened;
  let b: Opened;
  beforeEach(async () => {
    a = await open();
    b = await open({ prefix: a.prefix });
  });
  afterEach(() => Promise.all([a.close(), b.close()]));

  it('see each other’s steps at once, whole tables and their order too', async () => {
    await put(a.store, 'x', 1);
    expect(await get(b.store, 'x')).toBe(1);
    await put(b.store, 'y', 2);
    await put(b.store, 'x', 3);
    await a.store.transact('w', () => ({
      result: 0,
      changes: [{ kind: 'delete', table: 'values', key: 'y' }, set('z', 4)],
    }));
    await put(b.store, 'y', 5);
    for (const { store } of [a, b])
      expect(await store.transact('w', state => ({ result: state.entries('values'), changes: [] }))).toEqual([
        ['x', 3],
        ['z', 4],
        ['y', 5],
      ]);
  });

  it('lose no step of 400 at once, and give each number once', async () => {
    const numbers = await Promise.all(Array.from({ length: 400 }, (_, i) => count(i % 2 === 0 ? a.store : b.store)));
    expect(numbers.sort((x, y) => x - y)).toEqual(Array.from({ length: 400 }, (_, i) => i + 1));
  });

  it('catch up after more steps than the log of changes holds, and after a step with many changes', async () => {
    const large = { ...contractLimits, maxItems: 1_000, maxBytes: 1_000_000 };
    const c = await open({ prefix: a.prefix, limits: large });
    await put(b.store, 'x', 0);
    for (let i = 1; i <= 300; i++) await put(a.store, 'x', i);
    expect(await get(b.store, 'x')).toBe(300);
    const changes = Array.from(
      { length: 500 },
      (_, i) => ({ kind: 'set', table: 'resource:r', key: `k${i}`, value: i }) as const,
    );
    await c.store.transact('w', () => ({ result: 0, changes }));
    const seen = await b.store.transact('w', state => ({ result: state.entries('resource:r'), changes: [] }));
    expect(seen).toEqual(changes.map(({ key, value }) => [key, value]));
    await c.close();
  });

  it('let a step that throws on what another did fail alone', async () => {
    await put(a.store, 'x', 0);
    await put(b.store, 'x', 1);
    const broken = a.store.transact('w', state => {
      if (state.get('values', 'x') === 1) throw new Error('of its own');
      return { result: 0, changes: [] };
    });
    const fine = put(a.store, 'z', 3);
    await expect(broken).rejects.toThrow('of its own');
    expect(await fine).toBe('made');
    expect(await get(b.store, 'z')).toBe(3);
  });

  it('begin anew together when one forgets, or when somebody empties Redis', async () => {
    await put(a.store, 'x', 1);
    expect(await get(b.store, 'x')).toBe(1);
    await b.store.forget('w');
    expect(await get(a.store, 'x')).toBeUndefined();
    await put(a.store, 'x', 2);
    const own = new Redis(redisUrl);
    await own.del(await own.keys(`${a.prefix}:*`));
    own.disconnect();
    await put(b.store, 'y', 3);
    expect([await get(a.store, 'x'), await get(a.store, 'y')]).toEqual([undefined, 3]);
  });
});

describe('state in Redis', () => {
  it('answers without a promise when a step neither reads nor changes anything', async () => {
    const { store, close } = await open();
    expect(store.transact('w', () => ({ result: 'at once', changes: [] }))).toBe('at once');
    await close();
  });

  it('goes when nobody uses it for its time to live', async () => {
    const { store, close } = await open({ ttlMs: 100 });
    await put(store, 'x', 1);
    await new Promise(resolve => setTimeout(resolve, 150));
    expect(await get(store, 'x')).toBeUndefined();
    await close();
  });
});

describe('a Redis that goes away', () => {
  let proxy: TcpProxy;
  let away: Opened;
  let other: Opened;
  beforeEach(async () => {
    proxy = await startTcpProxy(redisUrl);
    away = await open({ url: proxy.url });
    other = await open({ prefix: away.prefix });
  });
  afterEach(async () => {
    await Promise.all([away.close(), other.close()]);
    await proxy.close();
  });

  it.each([
    ['is stopped', () => proxy.cut()],
    ['hangs', () => Promise.resolve(proxy.stall())],
  ])('leaves the replica its own copy when it %s, and its word counts when it is back', async (_, breakRedis) => {
    await put(away.store, 'x', 1);
    await breakRedis();
    expect(await count(away.store)).toBe(1);
    expect(await get(away.store, 'x')).toBe(1);
    await eventually(() => away.store.reach === 'shared-away');
    expect(away.store.transact('w', state => ({ result: state.get('values', 'n'), changes: [] }))).toBe(1);
    expect(away.store.totals.isolated).toBeGreaterThan(1);
    await put(other.store, 'x', 2);
    await proxy.resume();
    await eventually(() => away.store.reach === 'shared');
    expect(await get(away.store, 'x')).toBe(2);
    expect(await count(away.store)).toBe(((await get(other.store, 'n')) as number | undefined) ?? -1);
  });

  it('keeps those that are there when it begins to hang for a tenth of a second, and nobody after them', async () => {
    const patient = await open({ url: proxy.url, socketMs: 60_000 });
    await put(patient.store, 'n', 0);
    proxy.stall();
    const beganAt = performance.now();
    const numbers = await Promise.all([count(patient.store), count(patient.store), count(patient.store)]);
    expect(performance.now() - beganAt).toBeLessThan(1_000);
    expect(numbers).toEqual([1, 2, 3]);
    const next = patient.store.transact('w', state => ({ result: state.get('values', 'n'), changes: [] }));
    expect(next).toBe(3);
    await patient.close();
  });

  it('that was told to forget meanwhile forgets when it is back', async () => {
    await put(away.store, 'x', 1);
    await proxy.cut();
    await eventually(() => away.store.reach === 'shared-away');
    await away.store.forget('w');
    expect(await get(away.store, 'x')).toBeUndefined();
    await proxy.resume();
    await eventually(() => away.store.reach === 'shared');
    expect([await get(away.store, 'x'), await get(other.store, 'x')]).toEqual([undefined, undefined]);
  });
});
