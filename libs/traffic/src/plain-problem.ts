import { PROBLEMS, type ProblemCode, type ProblemRow } from '@mock-server/http';
import { type WholeReply } from './write-reply';

const encoder = new TextEncoder();

/** A problem on the traffic port: the same words as the admin API, written without it. `afterSeconds`: another Retry-After than usual. */
export function problemReply(code: ProblemCode, detail: string, afterSeconds?: number): WholeReply {
  const { status, title, retryAfterSeconds: usually }: ProblemRow = PROBLEMS[code];
  const retryAfterSeconds = afterSeconds ?? usually;
  const body = encoder.encode(JSON.stringify({ type: `urn:mock-server:problem:${code}`, title, status, code, detail }));
  const retryAfter = retryAfterSeconds === undefined ? [] : ['Retry-After', String(retryAfterSeconds)];
  return { status, headers: ['Content-Type', 'application/problem+json', ...retryAfter], body };
}

export function notReadyReply(): WholeReply {
  return problemReply('not-ready', 'The mocks are still loading; try again in a moment.');
}
