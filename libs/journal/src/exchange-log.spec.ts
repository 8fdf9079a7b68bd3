import { requestFrom } from '@mock-server/engine';
import { type Exchange, type SentReply } from './exchange';
import { ExchangeLog } from './exchange-log';

/** In turn one that a mock shares, one made for the request, one that was cut, one that a fault took the place of. */
const replyOf = (i: number): SentReply => {
  const made = { status: 200 + (i % 3), headers: ['X-R', `r ${i}`, 'X-\xfc', ''], body: bytes(i + 1), ownsBody: true };
  if (i % 4 === 0) return shared;
  if (i % 4 === 1) return made;
  return i % 4 === 2 ? { ...made, isCut: true, place: i % 5 } : { ...made, headers: [], fault: 'EMPTY_RESPONSE' };
};
const shared: SentReply = { status: 404, headers: ['X-S', 's'], body: new Uint8Array([1, 2]), ownsBody: false };

const exchangeOf = (i: number, body: Uint8Array): Exchange => ({
  workspaceId: 'w',
  request: requestFrom({ url: `/r/${i}`, method: i % 2 === 0 ? 'GET' : 'POST', rawHeaders: ['X-I', String(i)], body }),
  receivedAt: i,
  writtenAt: i,
  source: 'none',
  mock: undefined,
  reply: replyOf(i),
  delayMs: 0,
  tookMs: 1,
  note: undefined,
});

const bytes = (i: number): Uint8Array => new TextEncoder().encode(`body ${i} `.repeat((i * 7_919) % 900));

/** Bytes as text, which compares faster. */
const readable = (reply: SentReply): object => ({ ...reply, body: Buffer.from(reply.body).toString('latin1') });

describe('the log of exchanges', () => {
  it('gives back every kept exchange as it was, after its blocks were written again many times', () => {
    const log = new ExchangeLog(500);
    for (let i = 0; i < 5_000; i++) log.add(i + 1, exchangeOf(i, bytes(i)));
    const kept = [...log.newestFirst('w')];
    expect(kept.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 500 }, (_, i) => 5_000 - i));
    for (const { sequence, exchange } of kept) {
      const i = sequence - 1;
      expect(exchange.request.url).toBe(`/r/${i}`);
      expect(exchange.request.method).toBe(i % 2 === 0 ? 'GET' : 'POST');
      expect(exchange.request.rawHeaders).toEqual(['X-I', String(i)]);
      expect(exchange.request.text).toBe(new TextDecoder().decode(bytes(i)));
      expect(readable(exchange.reply)).toEqual(readable(replyOf(i)));
    }
  });

  it('does not change what somebody looks at while it goes on', () => {
    const log = new ExchangeLog(100);
    for (let i = 0; i < 100; i++) log.add(i + 1, exchangeOf(i, bytes(1)));
    const { exchange } = log.get('w', 1)!;
    for (let i = 100; i < 5_000; i++) log.add(i + 1, exchangeOf(i, bytes(i)));
    expect(exchange.request.text).toBe(new TextDecoder().decode(bytes(1)));
    expect(exchange.reply).toEqual(shared);
    expect(log.get('w', 1)).toBeUndefined();
  });

  it('keeps count of its bytes, down to nothing', () => {
    const log = new ExchangeLog(50);
    for (let i = 0; i < 200; i++) log.add(i + 1, exchangeOf(i, bytes(i)));
    expect(log.remove('w', ({ sequence }) => sequence % 2 === 0)).toHaveLength(25);
    while (log.size > 0) log.dropOldest();
    expect(log.bytes).toBe(0);
  });

  it('keeps what happened beside an exchange as long as the exchange, also when others are taken out', () => {
    const log = new ExchangeLog(10);
    for (let i = 0; i < 10; i++) log.add(i + 1, exchangeOf(i, bytes(1)));
    const before = log.bytes;
    const event = { type: 'WARNING', timeOffsetNanos: 1, data: { message: 'x' } } as const;
    log.addSubEvent(1, event);
    log.addSubEvent(5, event);
    log.addSubEvent(99, event);
    expect(log.bytes).toBeGreaterThan(before);
    log.remove('w', ({ sequence }) => sequence === 4);
    expect([...log.newestFirst('w')].map(({ subEvents }) => subEvents.length).reverse()).toEqual([
      1, 0, 0, 1, 0, 0, 0, 0, 0,
    ]);
    for (let i = 10; i < 20; i++) log.add(i + 1, exchangeOf(i, bytes(1)));
    expect([...log.newestFirst('w')].flatMap(({ subEvents }) => subEvents)).toEqual([]);
    while (log.size > 0) log.dropOldest();
    expect(log.bytes).toBe(0);
  });

  it('gives those after a number, oldest first, and counts all it ever saw', () => {
    const log = new ExchangeLog(5);
    for (let i = 0; i < 12; i++) log.add(i * 2, exchangeOf(i, bytes(0)));
    expect(log.after('w', 15, { entries: 3 }).map(({ sequence }) => sequence)).toEqual([16, 18, 20]);
    expect(log.after('w', 22, { entries: 3 })).toEqual([]);
    expect(log.added).toBe(12);
    expect([log.countAfter(0), log.countAfter(15), log.countAfter(22)]).toEqual([5, 4, 0]);
  });

  it('reads in the order of the times that decide, and by number where these are the same, whatever was dropped', () => {
    const log = new ExchangeLog(6);
    for (const [i, writtenAt] of [1, 9, 5, 5, 7, 3, 8, 4].entries())
      log.add(i + 1, { ...exchangeOf(i, bytes(1)), writtenAt });
    expect(log.inOrder()).toEqual([6, 8, 3, 4, 5, 7]);
    expect([...log.newestFirst('w')].map(({ sequence }) => sequence)).toEqual([7, 5, 4, 3, 8, 6]);
    log.remove('w', ({ sequence }) => sequence === 8);
    expect([...log.newestFirst('w')].map(({ exchange }) => exchange.writtenAt)).toEqual([8, 7, 5, 5, 3]);
    expect([...log.lastAddedFirst('w')].map(({ sequence }) => sequence)).toEqual([7, 6, 5, 4, 3]);
    log.clear();
    for (let i = 0; i < 3; i++) log.add(10 + i, exchangeOf(i, bytes(1)));
    expect(log.inOrder()).toEqual([10, 11, 12]);
  });

  it('gives few at one go when they are large, and as many as are asked for at least', () => {
    const log = new ExchangeLog(10);
    for (let i = 0; i < 10; i++) log.add(i, exchangeOf(i, bytes(100)));
    expect(log.after('w', 0, { entries: 9, bytes: 1 })).toHaveLength(1);
    expect(log.after('w', 0, { entries: 9, bytes: 1, atLeast: 5 })).toHaveLength(5);
    expect(log.after('w', 0, { entries: 9, bytes: 1_000_000 })).toHaveLength(9);
  });
});
