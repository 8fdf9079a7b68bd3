import { drawFraction, type Chance } from './chance';
import { type Mapping, type ResponsesSpec } from './mapping-schema';
import { type MockRequest } from './mock-request';
import { compileReply, type Reply, type ReplyOwner } from './reply';
import { compileRequest, requestMatches, type RequestMatcher } from './request-matcher';

/** Several replies, of which each request gets one. */
export interface ReplyChoice {
  /** Asks `chance` for its turn at most once, and only if turns matter. */
  pick(request: MockRequest, chance: Chance): Reply;
}

/** Undefined for a mapping with one response. */
export function compileChoice(
  { responses }: Mapping,
  { id, name, pathTemplate }: ReplyOwner,
  otherwise: Reply,
): ReplyChoice | undefined {
  if (responses === undefined || responses === null) return undefined;
  const replies = responses.from.map(({ response }, place) =>
    compileReply(response ?? {}, { id, name, pathTemplate, place }),
  );
  switch (responses.pick) {
    case 'sequence':
      return sequence(responses, replies, otherwise);
    case 'random':
      return lottery(responses, replies);
    case 'rules':
      return rules(responses, replies, otherwise);
    default:
      return responses satisfies never;
  }
}

type SpecOf<Pick extends ResponsesSpec['pick']> = Extract<ResponsesSpec, { pick: Pick }>;

function sequence(
  { from, afterLast = 'stay' }: SpecOf<'sequence'>,
  replies: readonly Reply[],
  after: Reply,
): ReplyChoice {
  const ends = runningSums(from.map(({ times = 1 }) => times));
  const total = ends.at(-1)!;
  const last = replies.at(-1)!;
  return {
    pick: (_request, chance) => {
      const turn = chance.turn;
      if (turn < total) return replies[placeOf(ends, turn)]!;
      switch (afterLast) {
        case 'stay':
          return last;
        case 'loop':
          return replies[placeOf(ends, turn % total)]!;
        case 'response':
          return after;
        default:
          return afterLast satisfies never;
      }
    },
  };
}

function lottery({ from, seed }: SpecOf<'random'>, replies: readonly Reply[]): ReplyChoice {
  const ends = runningSums(from.map(({ weight = 1 }) => weight));
  const total = ends.at(-1)!;
  return { pick: (_request, chance) => replies[placeOf(ends, drawFraction(chance, seed) * total)]! };
}

function rules({ from }: SpecOf<'rules'>, replies: readonly Reply[], otherwise: Reply): ReplyChoice {
  const matchers = from.map(({ when }): RequestMatcher | undefined => {
    const compiled = compileRequest(when, '');
    return compiled.ok ? compiled.value : undefined; // refused at save; one that is stored all the same never holds
  });
  return {
    pick: request => {
      const place = matchers.findIndex(matcher => matcher !== undefined && requestMatches(matcher, request));
      return replies[place] ?? otherwise;
    },
  };
}

function runningSums(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map(count => (sum += count));
}

/** The first place whose end lies beyond `at`; the last of all for a rounding error. */
function placeOf(ends: readonly number[], at: number): number {
  let low = 0;
  let high = ends.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
