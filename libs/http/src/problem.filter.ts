import { type ArgumentsHost, Catch, type ExceptionFilter, NotFoundException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerProblem } from './answer-problem';
import { readProblem } from './read-problem';
import { unknownRoute } from './route-table';

/** Turns whatever a controller, a guard, a pipe, Nest or Fastify throws into one `application/problem+json` answer. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    const isUnknownRoute = request.is404 && error instanceof NotFoundException;
    const problem = isUnknownRoute
      ? unknownRoute(request.server.server, request.method, request.raw.url ?? '/')
      : readProblem(error);
    answerProblem(problem, request, reply);
  }
}
