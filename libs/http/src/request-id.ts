import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const SANE_ID = /^[\w.~=+-]{1,128}$/;
const ids = new WeakMap<IncomingMessage, string>();

/** The id of a request: the caller's `X-Request-Id` if it is short and harmless, else a new uuid. The same each time it is asked. */
export function requestIdOf(request: IncomingMessage): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const sent = request.headers['x-request-id'];
  const id = typeof sent === 'string' && SANE_ID.test(sent) ? sent : randomUUID();
  ids.set(request, id);
  return id;
}

/** Controller parameter: the id of the request, as in the answer's `X-Request-Id` and in every log line. */
export const RequestId = createParamDecorator((_data: unknown, context: ExecutionContext): string =>
  requestIdOf(context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw),
);
