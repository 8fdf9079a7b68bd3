import { errors } from 'undici';
import { OutboundRefused } from './outbound-refused';

/** Why no reply came. Each is a code of the table of problems. */
export interface BackendFailure {
  readonly kind: 'failed';
  readonly problem:
    | 'backend-unreachable'
    | 'backend-timeout'
    | 'backend-invalid'
    | 'backend-resting'
    | 'outbound-refused'
    | 'proxy-loop'
    | 'bad-request'
    | 'overloaded';
  /** What happened and what to do about it, for the client: no header, no body, no secret. */
  readonly detail: string;
}

export function failed(problem: BackendFailure['problem'], detail: string): BackendFailure {
  return { kind: 'failed', problem, detail };
}

const checkBackend = 'Check that it runs, and the backendUrl of the workspace (BACKEND_URL).';

/** Says what an error between us and a backend means to a caller. */
export function failureOf(error: unknown, origin: string): BackendFailure {
  if (error instanceof OutboundRefused) return failed('outbound-refused', error.message);
  const code = codeOf(error);
  if (isInvalidReply(error, code)) return failed('backend-invalid', `The reply from ${origin} is not valid HTTP.`);
  switch (code) {
    case 'ECONNREFUSED':
      return failed('backend-unreachable', `${origin} refuses connections. ${checkBackend}`);
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EAI_NODATA':
      return failed('backend-unreachable', `The host name of ${origin} cannot be resolved. ${checkBackend}`);
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return failed(
        'backend-timeout',
        `${origin} could not be reached in time (PROXY_CONNECT_TIMEOUT_MS). ${checkBackend}`,
      );
    case 'UND_ERR_HEADERS_TIMEOUT':
      return failed('backend-timeout', `${origin} did not answer in time (PROXY_RESPONSE_TIMEOUT_MS).`);
    case 'UND_ERR_HEADERS_OVERFLOW':
      return failed('backend-invalid', `The headers of the reply from ${origin} are too large.`);
    case 'UND_ERR_SOCKET':
    case 'ECONNRESET':
    case 'BACKEND_RESET':
    case 'EPIPE':
      return failed('backend-unreachable', `${origin} closed the connection without an answer.`);
    case 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH':
      return failed('bad-request', 'The request body is not as long as its Content-Length says.');
    case 'UND_ERR_INVALID_ARG':
    case 'UND_ERR_NOT_SUPPORTED':
      return failed('bad-request', 'The request cannot be passed on as it is.');
    case 'CLIENT_GONE':
      return failed('bad-request', 'The client left before the reply was there.');
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return failed('overloaded', 'The server is shutting down.');
    default:
      if (/CERT|TLS|SSL/.test(code))
        return failed('backend-unreachable', `No secure connection to ${origin} came about (${code}).`);
      return failed(
        'backend-unreachable',
        `${origin} cannot be reached${code === '' ? '' : ` (${code})`}. ${checkBackend}`,
      );
  }
}

function isInvalidReply(error: unknown, code: string): boolean {
  if (error instanceof errors.HTTPParserError) return true;
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' || code === 'ERR_ASSERTION' || code === 'BACKEND_INVALID')
    return true;
  // undici has one code for a connection that ends and for a reply out of turn.
  return error instanceof errors.SocketError && /^bad (response|upgrade)$/.test(error.message);
}

/** Of several connection attempts, to the addresses of one name, the first one's. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
