import { hash } from 'node:crypto';
import { type RedisConnection } from '@mock-server/cache';
import type Redis from 'ioredis';

export interface ShippedEntry {
  /** Its number on the replica that answered it. */
  readonly sequence: number;
  readonly source: string;
  readonly mockId: string | undefined;
  readonly receivedAt: number;
  readonly text: string;
}

/** What a replica adds at one go. Names of counts are `m:<mock>` and `s:<source>`, of times `t:<mock>`. */
export interface Shipment {
  readonly replica: string;
  /** The number that the replica's shipment before ended with; 0: whatever that was. */
  readonly after: number;
  /** Those that came before are left out. */
  readonly entries: readonly ShippedEntry[];
  /** Mocks that the entries name, by key; known ones are left as they are. */
  readonly mocks: ReadonlyMap<string, string>;
  /** Of exchanges that are no entries any more. */
  readonly counts: ReadonlyMap<string, number>;
  readonly times: ReadonlyMap<string, number>;
}

/** What became of a shipment. */
export interface Arrival {
  /** The last number of the replica that was there before it. */
  readonly before: number;
  /** Of its entries in the stream; 0 for those that were there already. */
  readonly numbers: readonly number[];
}

export interface StreamPart {
  readonly number: number;
  /** An entry or an {@link StreamOperation}, as JSON. */
  readonly text: string;
}

/** What stands in the stream beside entries: everybody does it at the same place. */
export type StreamOperation =
  | { readonly op: 'clear' }
  | { readonly op: 'remove'; readonly numbers: readonly number[] }
  | { readonly op: 'sub-event'; readonly of: number; readonly event: unknown };

/** The journal that replicas share was begun anew meanwhile. */
export class EraOverError extends Error {}

interface StreamOptions {
  readonly maxEntries: number;
  readonly prefix: string;
}

/** Nobody asks for a journal of yesterday. */
const keptForMs = 86_400_000;
const partsAtOnce = 500;

const inEra = `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 'over' end `;
const add = `
local function add(text)
  local n = redis.call('INCR', KEYS[2])
  redis.call('XADD', KEYS[3], 'MAXLEN', '=', ARGV[2], n .. '-1', 't', text)
  return n
end `;
const keep = `for i = 1, #KEYS do redis.call('PEXPIRE', KEYS[i], ${keptForMs}) end `;
/** ARGV: era, most entries, replica, after, then four lists, each after its length: mocks, counts, times, entries of five texts each. */
const shipScript = `${inEra}${add}
local last = tonumber(redis.call('HGET', KEYS[6], ARGV[3]) or '0')
if last < tonumber(ARGV[4]) then return 'gap' end
local at = 5
local function list() local n = tonumber(ARGV[at]); local from = at + 1; at = from + n; return from, at - 1 end
local mocks, lastMock = list()
local counts, lastCount = list()
local times, lastTime = list()
local from, to = list()
for i = mocks, lastMock, 2 do redis.call('HSETNX', KEYS[5], ARGV[i], ARGV[i + 1]) end
if to < from or tonumber(ARGV[to - 4]) > last then
  for i = counts, lastCount, 2 do redis.call('HINCRBY', KEYS[4], ARGV[i], ARGV[i + 1]) end
  for i = times, lastTime, 2 do redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
local before, numbers = last, {}
for i = from, to, 5 do
  local sequence, n = tonumber(ARGV[i]), 0
  if sequence > last then
    last = sequence
    n = add(ARGV[i + 4])
    redis.call('HINCRBY', KEYS[4], 's:' .. ARGV[i + 1], 1)
    if ARGV[i + 2] ~= '' then
      redis.call('HINCRBY', KEYS[4], 'm:' .. ARGV[i + 2], 1)
      redis.call('HSET', KEYS[4], 't:' .. ARGV[i + 2], ARGV[i + 3])
    end
  end
  numbers[#numbers + 1] = n
end
redis.call('HSET', KEYS[6], ARGV[3], last)
${keep} return {before, numbers}`;
const operateScript = `${inEra}${add}
if ARGV[3] == 'clear' then redis.call('XTRIM', KEYS[3], 'MAXLEN', 0); redis.call('DEL', KEYS[4]) end
for i = 5, #ARGV, 2 do redis.call('HINCRBY', KEYS[4], ARGV[i], ARGV[i + 1]) end
add(ARGV[4]) ${keep} return 0`;
const readScript = `${inEra} return redis.call('XRANGE', KEYS[3], '(' .. ARGV[2] .. '-1', '+', 'COUNT', ${partsAtOnce})`;
const countsScript = `${inEra} return redis.call('HGETALL', KEYS[4])`;
const eraScript = `if ARGV[2] == 'new' then redis.call('SET', KEYS[1], ARGV[1]) else redis.call('SETNX', KEYS[1], ARGV[1]) end
redis.call('PEXPIRE', KEYS[1], ${keptForMs}) return redis.call('GET', KEYS[1])`;

/** The journal that replicas share: a stream a workspace, in Redis. Each call is whole or not at all, and rejects when Redis is away. */
export class JournalStream {
  constructor(
    private readonly redis: RedisConnection,
    private readonly options: StreamOptions,
  ) {}

  /** The era that holds; `offered`, when there is none or a `new` one is wanted. */
  async era(offered: string, wish: 'known' | 'new'): Promise<string> {
    return (await this.client.eval(eraScript, 1, this.eraKey, offered, wish)) as string;
  }

  async ship(era: string, workspaceId: string, shipment: Shipment): Promise<Arrival> {
    const { replica, after, mocks, counts, times } = shipment;
    const entries = shipment.entries.flatMap(({ sequence, source, mockId = '', receivedAt, text }) => [
      sequence,
      source,
      mockId,
      receivedAt,
      text,
    ]);
    const lists = [flat(mocks), flat(counts), flat(times), entries].flatMap(list => [list.length, ...list]);
    const answer = await this.run(shipScript, era, workspaceId, [this.mostEntries, replica, after, ...lists]);
    if (answer === 'gap') throw new Error('The shipment before did not arrive');
    const [before, numbers] = answer as [number, number[]];
    return { before, numbers };
  }

  async operate(
    era: string,
    workspaceId: string,
    operation: StreamOperation,
    counts: ReadonlyMap<string, number> = new Map(),
  ): Promise<void> {
    const values = [this.mostEntries, operation.op, JSON.stringify(operation), ...flat(counts)];
    await this.run(operateScript, era, workspaceId, values);
  }

  /** Those after a number, at most 500. */
  async read(era: string, workspaceId: string, after: number): Promise<StreamPart[]> {
    const parts = (await this.run(readScript, era, workspaceId, [after])) as [id: string, fields: string[]][];
    return parts.map(([id, fields]) => ({ number: Number.parseInt(id), text: fields[1]! }));
  }

  /** How often each mock and each source answered, and when. */
  async counts(era: string, workspaceId: string): Promise<ReadonlyMap<string, number>> {
    const found = (await this.run(countsScript, era, workspaceId, [])) as string[];
    return new Map(found.flatMap((name, i) => (i % 2 === 0 ? [[name, Number(found[i + 1])] as const] : [])));
  }

  async mocks(era: string, workspaceId: string, keys: readonly string[]): Promise<(string | null)[]> {
    return this.client.hmget(this.keysOf(era, workspaceId)[4]!, ...keys);
  }

  private get mostEntries(): number {
    return Math.max(1, this.options.maxEntries);
  }

  private get client(): Redis {
    const { client } = this.redis;
    if (client === undefined) throw new Error('There is no Redis');
    return client;
  }

  private get eraKey(): string {
    return `${this.options.prefix}:era`;
  }

  /** Braces keep all of it on one node of a cluster. */
  private keysOf(era: string, workspaceId: string): string[] {
    const prefix = `${this.options.prefix}:${era}`;
    const of = `${prefix}:${workspaceId}`;
    return [this.eraKey, `${prefix}:numbers`, of, `${of}:counts`, `${of}:mocks`, `${of}:shipped`];
  }

  private async run(
    script: string,
    era: string,
    workspaceId: string,
    values: readonly (string | number)[],
  ): Promise<unknown> {
    const keys = this.keysOf(era, workspaceId);
    const args = [keys.length, ...keys, era, ...values] as const;
    const answer = await this.client.evalsha(digestOf(script), ...args).catch((error: unknown) => {
      if (!String(error).includes('NOSCRIPT')) throw error;
      return this.client.eval(script, ...args);
    });
    if (answer === 'over') throw new EraOverError();
    return answer;
  }
}

const digests = new Map<string, string>();

/** By which Redis knows a script that it has run before: the text is longer than most of what goes with it. */
function digestOf(script: string): string {
  let digest = digests.get(script);
  if (digest === undefined) digests.set(script, (digest = hash('sha1', script)));
  return digest;
}

function flat(map: ReadonlyMap<string, string | number>): (string | number)[] {
  return [...map].flat();
}
