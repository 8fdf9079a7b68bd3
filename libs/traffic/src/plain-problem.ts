import { PROBLEMS, type ProblemCode } from '@mock-server/http';
import { type WholeReply } from './write-reply';

const encoder = new TextEncoder();

/** A problem on the traffic port: the same words as the admin API, written without it. */
export function problemReply(code: ProblemCode, detail: string): WholeReply {
  const { status, title } = PROBLEMS[code];
  const body = encoder.encode(JSON.stringify({ type: `urn:mock-server:problem:${code}`, title, status, code, detail }));
  return { status, headers: ['Content-Type', 'application/problem+json'], body };
}

export function notReadyReply(): WholeReply {
  return problemReply('not-ready', 'The mocks are still loading; try again in a moment.');
}
