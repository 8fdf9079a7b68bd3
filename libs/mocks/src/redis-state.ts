import { answerInTime } from '@mock-server/database';
import type Redis from 'ioredis';

/** What a workspace's state in Redis is at: an epoch begins when there was nothing, a version with each step. */
export interface StatePlace {
  readonly epoch: string;
  readonly version: number;
}

export interface StateFields {
  readonly place: StatePlace;
  /** Names and texts by turns; an empty text: there is nothing under the name. */
  readonly fields: readonly string[];
}

export type StepOutcome =
  | { readonly kind: 'made'; readonly place: StatePlace }
  /** Others were faster: here is what is there now of what they touched, and of what this step wanted to write. */
  | ({ readonly kind: 'behind' } & StateFields)
  /** Too far behind, or begun anew: it has to be loaded whole. */
  | { readonly kind: 'gone' };

/** One hash a workspace: `e` and `v` are the place, all other names are fields of the state. */
const loadScript = `
local e, v = unpack(redis.call('HMGET', KEYS[1], 'e', 'v'))
if not e then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('HSET', KEYS[1], 'e', ARGV[1], 'v', '0')
  e, v = ARGV[1], '0'
end
if ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]); redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
return {e, v, redis.call('HGETALL', KEYS[1])}`;

/**
 * Makes a step if nobody made another since, else tells what changed. The log holds, a line a version, the names that it touched.
 * ARGV: epoch, version, milliseconds to live, how many fields a line of the log may name; then names and texts by turns.
 */
const stepScript = `
local e, v = unpack(redis.call('HMGET', KEYS[1], 'e', 'v'))
if e ~= ARGV[1] then return {'gone'} end
local behind = tonumber(v) - tonumber(ARGV[2])
if behind < 0 then return {'gone'} end
if behind > 0 then
  local lines = redis.call('LRANGE', KEYS[2], -behind, -1)
  if #lines < behind then return {'gone'} end
  local seen, answer = {}, {'behind', v}
  local function tell(name)
    if seen[name] then return end
    seen[name] = true
    answer[#answer + 1] = name
    answer[#answer + 1] = redis.call('HGET', KEYS[1], name) or ''
  end
  for _, line in ipairs(lines) do
    if line == '*' then return {'gone'} end
    for _, name in ipairs(cjson.decode(line)) do tell(name) end
  end
  for i = 5, #ARGV, 2 do tell(ARGV[i]) end
  return answer
end
if #ARGV > 4 then
  local names = {}
  for i = 5, #ARGV, 2 do
    names[#names + 1] = ARGV[i]
    if ARGV[i + 1] == '' then redis.call('HDEL', KEYS[1], ARGV[i]) else redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
  end
  v = redis.call('HINCRBY', KEYS[1], 'v', 1)
  redis.call('RPUSH', KEYS[2], #names > tonumber(ARGV[4]) and '*' or cjson.encode(names))
  redis.call('LTRIM', KEYS[2], -256, -1)
end
if ARGV[3] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[3]); redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
return {'made', tostring(v)}`;

const maxNamesInLog = 100;
/** A hit waits for this. Redis answers in a millisecond; one that takes this long hangs, or is as good as hanging. */
const patienceMs = 100;

/** State as it lies in Redis. Every call is one round trip, whole or not at all; it rejects when Redis is away or refuses. */
export class RedisState {
  constructor(
    private readonly client: Redis,
    private readonly options: { readonly prefix: string; /** 0: for ever. */ readonly ttlMs: number },
  ) {}

  async load(workspaceId: string, newEpoch: string): Promise<StateFields> {
    const found = await this.run(loadScript, workspaceId, [newEpoch, String(this.options.ttlMs)]);
    const [epoch, version, fields] = found as [string, string, string[]];
    return { place: { epoch, version: Number(version) }, fields: withoutPlace(fields) };
  }

  /** `fields`: what the step touched, as it is after it. None: it only asks whether something changed. */
  async step(workspaceId: string, { epoch, version }: StatePlace, fields: readonly string[]): Promise<StepOutcome> {
    const header = [epoch, String(version), String(this.options.ttlMs), String(maxNamesInLog)];
    const answer = await this.run(stepScript, workspaceId, [...header, ...fields]);
    const [kind, now, ...found] = answer as [StepOutcome['kind'], string, ...string[]];
    if (kind === 'gone') return { kind };
    const place = { epoch, version: Number(now) };
    return kind === 'made' ? { kind, place } : { kind, place, fields: found };
  }

  async forget(workspaceId: string): Promise<void> {
    await this.client.del(...this.keysOf(workspaceId));
  }

  /** Whether it takes writes: one that is full answers, and takes none. */
  async probe(): Promise<void> {
    await this.client.set(`${this.options.prefix}:probe`, '1', 'PX', 1_000);
  }

  private run(script: string, workspaceId: string, values: readonly string[]): Promise<unknown> {
    const answer = this.client.eval(script, 2, ...this.keysOf(workspaceId), ...values);
    const failure = (): Error => new Error(`Redis did not answer within ${patienceMs} ms`);
    return answerInTime(answer, { ms: patienceMs, failure });
  }

  /** The braces keep both on one node of a cluster. */
  private keysOf(workspaceId: string): [string, string] {
    const key = `${this.options.prefix}:{${workspaceId}}`;
    return [key, `${key}:log`];
  }
}

function withoutPlace(fields: readonly string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < fields.length; i += 2)
    if (fields[i] !== 'e' && fields[i] !== 'v') kept.push(fields[i]!, fields[i + 1]!);
  return kept;
}
