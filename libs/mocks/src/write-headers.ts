import type { IncomingMessage } from 'node:http';
import { Problem } from '@mock-server/http';
import { type ChangeNote, documentChangeMessage, readChangeNote } from '@mock-server/workspaces';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type FastifyReply } from 'fastify';

const maxWarnings = 20;
const maxHeaderLength = 2_000;

/** Who writes, and which versions they would replace; undefined: any. */
export interface ConditionalWrite {
  readonly by: ChangeNote;
  readonly ifMatch?: readonly number[] | undefined;
}

/** Controller parameter `@WriteConditions() write: ConditionalWrite`: what `If-Match` and `X-Change-Message` say. */
export const WriteConditions = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ConditionalWrite => {
    const { raw } = context.switchToHttp().getRequest<{ raw: IncomingMessage }>();
    return { by: readChangeNote(raw), ifMatch: readIfMatch(raw.headers['if-match']) };
  },
  [documentChangeMessage],
);

/** Versions named by `If-Match: "3"`; undefined: any will do (RFC 9110, 13.1.1). */
function readIfMatch(header: string | undefined): number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined;
  return header.split(',').map(tag => {
    const found = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(tag);
    if (found === null)
      throw new Problem('bad-request', { detail: 'If-Match takes the ETag that you read, such as "3".' });
    return Number(found[1]);
  });
}

/** Says which fields were kept but have no effect. */
export function warn(reply: FastifyReply, unknownFields: readonly string[]): void {
  if (unknownFields.length === 0) return;
  const more = unknownFields.length > maxWarnings ? `, and ${unknownFields.length - maxWarnings} more` : '';
  const text = `kept, but without effect: ${unknownFields.slice(0, maxWarnings).join(', ')}${more}`;
  reply.header('x-mock-warnings', text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxHeaderLength));
}
