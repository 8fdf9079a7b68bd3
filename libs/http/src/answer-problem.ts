import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import type { Problem } from './problem';
import { PROBLEMS } from './problems';
import { readProblem } from './read-problem';
import { renderProblem } from './render-problem';
import { requestIdOf } from './request-id';
import { SECURITY_HEADERS } from './security-headers';

const logger = new Logger('Problem');

/** Logs a problem as loud as its row says and sends it. If an answer has begun already, the connection is cut. */
export function answerProblem(problem: Problem, request: FastifyRequest, reply: FastifyReply): void {
  const requestId = requestIdOf(request.raw);
  log(problem, request, requestId);
  if (reply.sent || reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  const { status, headers, body } = renderProblem(problem, requestId);
  // The headers of the first hook again: what Fastify refuses before it routes has seen no hook.
  void reply
    .status(status)
    .headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store', 'x-request-id': requestId, ...headers })
    .send(JSON.stringify(body));
}

/** For `new FastifyAdapter({ ...fastifyOptions, … })`: a URL that Fastify cannot decode is answered with a problem too. */
export const fastifyOptions = {
  frameworkErrors: (error, request, reply) => {
    answerProblem(readProblem(error), request, reply);
  },
} satisfies Pick<FastifyServerOptions, 'frameworkErrors'>;

function log(problem: Problem, request: FastifyRequest, requestId: string): void {
  const { status, logLevel } = PROBLEMS[problem.problem];
  // The route, not the URL: a query may hold a secret.
  const route = request.routeOptions?.url ?? 'unknown';
  const entry = { message: problem.message, code: problem.problem, status, method: request.method, route, requestId };
  switch (logLevel) {
    case 'error':
      return logger.error({ ...entry, message: describeCause(problem) }, stackOf(problem));
    case 'warn':
      return logger.warn(entry);
    case 'debug':
      return logger.debug(entry);
  }
}

function describeCause(problem: Problem): string {
  return problem.cause instanceof Error ? `${problem.cause.name}: ${problem.cause.message}` : problem.message;
}

function stackOf(problem: Problem): string | undefined {
  return problem.cause instanceof Error ? problem.cause.stack : problem.stack;
}
