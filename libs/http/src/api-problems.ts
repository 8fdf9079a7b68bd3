import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from './problems';

/** The name of the schema in the API document; `setUpSwagger` puts it there. */
export const PROBLEM_SCHEMA_NAME = 'Problem';

const PROBLEM_CONTENT = {
  'application/problem+json': { schema: { $ref: `#/components/schemas/${PROBLEM_SCHEMA_NAME}` } },
};

/** Of a route that takes JSON and checks it by a schema. */
export const BODY_PROBLEMS = ['bad-request', 'invalid-json', 'invalid-body'] as const;

/** Of a route that changes what a workspace holds. */
export const CHANGE_PROBLEMS = ['workspace-archived', 'workspace-not-found', 'database-unavailable'] as const;

/** Documents which problems a route answers with; the ones of a status share its entry. */
export function ApiProblems(...codes: readonly ProblemCode[]): MethodDecorator & ClassDecorator {
  const statuses = [...new Set(codes.map(code => PROBLEMS[code].status))];
  return applyDecorators(
    ...statuses.map(status => {
      const ofStatus = codes.filter(code => PROBLEMS[code].status === status);
      const description = ofStatus.map(code => `\`${code}\`: ${PROBLEMS[code].title}.`).join('\n\n');
      return ApiResponse({ status, description, content: PROBLEM_CONTENT });
    }),
  );
}

export const PROBLEM_SCHEMA = {
  type: 'object' as const,
  description: 'RFC 9457 problem details, with the `errors` list of WireMock beside them.',
  required: ['type', 'title', 'status', 'detail', 'code', 'instance', 'errors'],
  properties: {
    type: { type: 'string', format: 'uri', example: 'urn:mock-server:problem:mock-not-found' },
    title: { type: 'string', example: 'Mock not found' },
    status: { type: 'integer', example: 404 },
    detail: { type: 'string', description: 'What is wrong and what to do next.' },
    code: { type: 'string', enum: Object.keys(PROBLEMS), description: 'Stable: programs may rely on it.' },
    instance: { type: 'string', description: 'The request id, as in X-Request-Id and in the log.' },
    mistakes: {
      type: 'array',
      description: 'Each mistake in what was sent.',
      items: {
        type: 'object',
        required: ['pointer', 'message'],
        properties: { pointer: { type: 'string', description: 'JSON Pointer.' }, message: { type: 'string' } },
      },
    },
    errors: {
      type: 'array',
      description: 'The same in the words of WireMock.',
      items: {
        type: 'object',
        properties: {
          code: { type: 'integer' },
          title: { type: 'string' },
          detail: { type: 'string' },
          source: { type: 'object', properties: { pointer: { type: 'string' } } },
        },
      },
    },
  },
  additionalProperties: true,
};
