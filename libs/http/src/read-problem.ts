import { HttpException } from '@nestjs/common';
import { Problem, type ProblemMistake } from './problem';
import { isProblemCode, problemCodeOfStatus, type ProblemCode } from './problems';

/**
 * Makes a {@link Problem} of whatever was thrown: ours, another room's error with a `problem` property, Nest's
 * HttpException, Fastify's. Anything else is 'internal' and keeps what happened to itself.
 */
export function readProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HttpException) return readHttpException(error);
  if (error instanceof Error) {
    const { problem } = error as { problem?: unknown };
    if (isProblemCode(problem)) return readForeignProblem(problem, error);
    if (isFastifyError(error)) return readFastifyError(error);
    if (isCutShort(error)) return new Problem('bad-request', { detail: CUT_SHORT_DETAIL, cause: error });
  }
  return new Problem('internal', { detail: INTERNAL_DETAIL, cause: error });
}

const CUT_SHORT_DETAIL = 'The connection ended before the whole body had come.';
const INTERNAL_DETAIL = 'Something went wrong on our side. The log has the details under this request id.';

interface ForeignProblem {
  readonly detail?: unknown;
  readonly extras?: unknown;
  readonly headers?: unknown;
}

function readForeignProblem(code: ProblemCode, error: Error & ForeignProblem): Problem {
  const detail = typeof error.detail === 'string' ? error.detail : error.message;
  return new Problem(code, {
    detail,
    ...(isRecord(error.extras) && { extras: error.extras }),
    ...(isRecord(error.headers) && { headers: error.headers as Record<string, string> }),
    cause: error.cause ?? error,
  });
}

function readHttpException(exception: HttpException): Problem {
  if (exception.cause instanceof Error && isFastifyError(exception.cause)) return readFastifyError(exception.cause);
  const status = exception.getStatus();
  if (status >= 500 && problemCodeOfStatus(status) === 'internal') {
    return new Problem('internal', { detail: INTERNAL_DETAIL, cause: exception });
  }
  const response = exception.getResponse();
  const messages = messagesOf(response);
  return new Problem(problemCodeOfStatus(status), {
    detail: messages.join(' ') || exception.message,
    ...(messages.length > 1 && { extras: { mistakes: messages.map(readValidationMessage) } }),
    cause: exception,
  });
}

/** Nest's own validation pipe says `path.to.field: what is wrong`. */
function readValidationMessage(text: string): ProblemMistake {
  const match = /^([^\s:]+): (.*)$/s.exec(text);
  if (!match) return { pointer: '', message: text };
  return { pointer: toPointer((match[1] ?? '').split('.')), message: match[2] ?? '' };
}

function messagesOf(response: string | object): string[] {
  const message = typeof response === 'string' ? response : (response as { message?: unknown }).message;
  if (typeof message === 'string') return [message];
  return Array.isArray(message) ? message.filter(item => typeof item === 'string') : [];
}

/** Node's error of a request whose client left in the middle of its body. */
function isCutShort(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET' && error.message === 'aborted';
}

type FastifyError = Error & { readonly code: string; readonly statusCode: number };

function isFastifyError(error: Error): error is FastifyError {
  const { code, statusCode } = error as Partial<FastifyError>;
  return typeof code === 'string' && code.startsWith('FST_') && typeof statusCode === 'number';
}

const FASTIFY_DETAILS: Readonly<Record<string, string>> = {
  FST_ERR_BAD_URL: 'The path cannot be percent-decoded: encode "%" as "%25".',
  FST_ERR_CTP_BODY_TOO_LARGE: 'Send a smaller body, or raise the body limit of the admin API.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'Send a valid Content-Type, such as application/json.',
};

function readFastifyError(error: FastifyError): Problem {
  const code = problemCodeOfStatus(error.statusCode);
  if (code === 'internal') return new Problem('internal', { detail: INTERNAL_DETAIL, cause: error });
  return new Problem(code, { detail: FASTIFY_DETAILS[error.code] ?? error.message, cause: error });
}

/** `['a', 0, 'b/c']` -> `/a/0/b~1c` (RFC 6901). */
export function toPointer(path: readonly (string | number)[]): string {
  return path.map(segment => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
