import type { Problem, ProblemMistake } from './problem';
import { PROBLEMS, type ProblemRow } from './problems';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

export interface RenderedProblem {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
}

/** WireMock has one number for all; its clients read `errors[0].title`. */
const WIREMOCK_ERROR_CODE = 10;
const MAX_ERRORS = 100;

/** RFC 9457, plus the `errors` list that WireMock clients read. The same for the admin API and for traffic. */
export function renderProblem(problem: Problem, requestId: string): RenderedProblem {
  const row: ProblemRow = PROBLEMS[problem.problem];
  const standard = {
    type: `urn:mock-server:problem:${problem.problem}`,
    title: row.title,
    status: row.status,
    detail: problem.detail ?? row.title,
    code: problem.problem,
    instance: requestId,
  };
  return {
    status: row.status,
    headers: {
      'content-type': PROBLEM_CONTENT_TYPE,
      ...(row.retryAfterSeconds !== undefined && { 'retry-after': String(row.retryAfterSeconds) }),
      ...problem.headers,
    },
    body: { ...standard, errors: wireMockErrors(problem, standard), ...problem.extras, ...standard },
  };
}

function wireMockErrors(problem: Problem, standard: { title: string; detail: string }): object[] {
  const mistakes = mistakesOf(problem.extras.mistakes);
  if (mistakes.length === 0) {
    return [{ code: WIREMOCK_ERROR_CODE, title: standard.title, detail: standard.detail, source: { pointer: '' } }];
  }
  return mistakes.slice(0, MAX_ERRORS).map(({ pointer, message }) => ({
    code: WIREMOCK_ERROR_CODE,
    title: standard.title,
    detail: message,
    source: { pointer },
  }));
}

function mistakesOf(value: unknown): readonly ProblemMistake[] {
  return Array.isArray(value) ? (value as readonly ProblemMistake[]) : [];
}
