import { Problem } from '@mock-server/http';
import { readJson } from '@mock-server/engine';
import { type StreamWish } from './event-stream';
import { type Replay } from './event-streams';
import { requestPatternOf, textOf } from './journal-query';

type Query = Readonly<Record<string, unknown>>;

const sources = ['mock', 'proxy', 'ai', 'none'];

/** Which exchanges a live view shows, and how much of each. */
export function readWish(query: Query): StreamWish {
  const wanted = textOf(query, 'source')?.split(',');
  if (wanted?.some(source => !sources.includes(source)) === true)
    refuse(`'source' is one or more of ${sources.join(', ')}.`);
  const matched = oneOf(query, 'matched', ['true', 'false']);
  const mockId = textOf(query, 'matchingStub')?.toLowerCase();
  const pattern = readPattern(textOf(query, 'pattern'));
  return {
    view: oneOf(query, 'view', ['brief', 'full']) ?? 'brief',
    matches: ({ exchange }) =>
      (wanted === undefined || wanted.includes(exchange.source)) &&
      (matched === undefined || (exchange.mock !== undefined) === (matched === 'true')) &&
      (mockId === undefined || exchange.mock?.id === mockId) &&
      (pattern === undefined || pattern.matches(exchange.request)),
  };
}

export function readReplay(query: Query, lastEventId: string | undefined): Replay {
  const count = textOf(query, 'replay') ?? '0';
  if (!/^\d{1,4}$/.test(count) || Number(count) > 1_000) refuse("'replay' is a whole number from 0 to 1000.");
  return { after: lastEventId, newest: Number(count) };
}

function readPattern(text: string | undefined): ReturnType<typeof requestPatternOf> | undefined {
  if (text === undefined) return undefined;
  const reading = readJson(text);
  if (!reading.isJson) refuse("'pattern' is a request pattern as JSON, URL-encoded.");
  return requestPatternOf(reading.value);
}

function oneOf<const T extends string>(query: Query, name: string, values: readonly T[]): T | undefined {
  const text = textOf(query, name);
  if (text === undefined) return undefined;
  const found = values.find(value => value === text);
  return found ?? refuse(`'${name}' is ${values.join(' or ')}.`);
}

function refuse(detail: string): never {
  throw new Problem('bad-request', { detail });
}
