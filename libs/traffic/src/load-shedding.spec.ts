import { EventEmitter } from 'node:events';
import { getHeapStatistics } from 'node:v8';
import { MetricsRegistry } from '@mock-server/metrics';
import { LoadShedding } from './load-shedding';

const calm = { lagMs: 5, heap: 0.5 };
const lagging = { lagMs: 501, heap: 0.5 };
const full = { lagMs: 5, heap: 0.95 };
const calmLooks = (count: number): (typeof calm)[] => Array.from({ length: count }, () => calm);

const aShedding = (shedLagMs = 500): LoadShedding =>
  new LoadShedding(new MetricsRegistry(), { limits: { shedLagMs } } as never);

/** That nobody waits for any more. */
const aRequest = (): Parameters<LoadShedding['turnAway']> => [
  {} as never,
  { destroyed: true } as never,
  { hasBody: false },
];

/** Requests that take so long each, one after the other in one turn of the event loop: how many are let in. */
function letIn(
  shedding: LoadShedding,
  { requests, eachMs }: { requests: number; eachMs: number },
  at = 10_000,
): number {
  let count = 0;
  for (let now = at, i = 0; i < requests; i++) {
    if (shedding.isTooMuch(now)) {
      shedding.turnAway(...aRequest());
      continue;
    }
    count++;
    now += eachMs;
  }
  return count;
}
const manyShort = { requests: 1_000, eachMs: 0.01 };
const manyLong = { requests: 1_000, eachMs: 5 };

describe('looks at the process', () => {
  function after(...looks: readonly { lagMs: number; heap: number }[]): 'all' | 'some' | 'none' {
    const shedding = aShedding();
    for (const one of looks) shedding.look(one);
    const count = letIn(shedding, { requests: 100, eachMs: 1 });
    return count === 0 ? 'none' : count === 100 ? 'all' : 'some';
  }

  it.each([
    ['a calm process', [calm, calm, calm], 'all'],
    ['one long pause', [calm, lagging, calm], 'all'],
    ['two', [lagging, lagging], 'all'],
    ['a loop that lags on and on', [lagging, lagging, lagging], 'some'],
    ['a heap that stays nearly full', [full, full, full], 'none'],
    ['one after the other', [full, lagging, full], 'all'],
    ['a process that is calm for a moment', [lagging, lagging, lagging, ...calmLooks(9)], 'some'],
    ['a process that is calm again', [lagging, lagging, lagging, ...calmLooks(10)], 'all'],
    ['a heap that is calm again', [full, full, full, calm], 'some'],
  ])('%s', (_, looks, admitted) => {
    expect(after(...looks)).toBe(admitted);
  });
});

describe('requests', () => {
  it('are all let in as long as there is time for them', () => {
    expect(letIn(aShedding(), manyShort)).toBe(1_000);
  });

  it('are turned away once they have kept everything else waiting for too long', () => {
    const count = letIn(aShedding(), manyLong);
    expect(count).toBeGreaterThan(100);
    expect(count).toBeLessThan(130);
  });

  it('are let in for a short time a turn from then on, until none had to be turned away for a second', async () => {
    const shedding = aShedding();
    letIn(shedding, manyLong);
    for (let turn = 1; turn < 5; turn++) {
      await new Promise(resolve => setImmediate(resolve));
      shedding.look(calm);
      expect(letIn(shedding, manyLong, turn * 100_000)).toBe(2);
    }
    calmLooks(11).forEach(look => shedding.look(look));
    expect(letIn(shedding, { requests: 50, eachMs: 5 }, 1_000_000)).toBe(50);
  });

  it('that follow a pause of the process are let in', () => {
    const shedding = aShedding();
    letIn(shedding, { requests: 50, eachMs: 1 });
    expect(letIn(shedding, { requests: 300, eachMs: 0.1 }, 20_000)).toBe(300);
  });

  it('are never turned away when that is switched off', () => {
    const shedding = aShedding(0);
    expect(letIn(shedding, manyLong)).toBe(1_000);
  });
});

describe('bodies', () => {
  const megabyte = 1_048_576;
  const aReply = (destroyed = false): EventEmitter => Object.assign(new EventEmitter(), { destroyed });
  const hasRoom = (shedding: LoadShedding, bytes: number, reply = aReply()): boolean =>
    shedding.hasRoom(bytes, reply as never);
  const places = Math.floor(getHeapStatistics().heap_size_limit / 16 / megabyte);

  /** As many as there is room for. */
  function fill(shedding: LoadShedding): EventEmitter[] {
    const replies: EventEmitter[] = [];
    for (;;) {
      const reply = aReply();
      if (!hasRoom(shedding, megabyte, reply)) return replies;
      replies.push(reply);
    }
  }

  it('have room for a part of the heap together, and again when the replies are sent', () => {
    const shedding = aShedding();
    const replies = fill(shedding);
    expect(replies).toHaveLength(places);
    expect(hasRoom(shedding, 1_000)).toBe(true);
    replies.slice(0, 3).forEach(reply => reply.emit('close'));
    expect(fill(shedding)).toHaveLength(3);
  });

  it('take none when the client has gone before they are read', () => {
    const shedding = aShedding();
    for (let i = 0; i < places * 2; i++) expect(hasRoom(shedding, megabyte, aReply(true))).toBe(true);
    expect(fill(shedding)).toHaveLength(places);
  });

  it('have room when they are alone, however long', () => {
    const shedding = aShedding();
    expect(hasRoom(shedding, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(hasRoom(shedding, megabyte)).toBe(false);
  });
});
