import type { IncomingMessage } from 'node:http';
import { ANYONE, callerOf, nameOf, Problem } from '@mock-server/http';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';

/** What brought a change about: somebody by hand, an import, a recording, a model, MAPPINGS_DIR, or a return to what was. */
export const CHANGE_SOURCES = ['user', 'import', 'recorder', 'ai', 'files', 'restore'] as const;
export type ChangeSource = (typeof CHANGE_SOURCES)[number];

/** Who changes a workspace, and why: what its history tells of the change. */
export interface ChangeNote {
  /** An email, the name of a token, `anyone` with AUTH=off, or `server`. */
  readonly author: string;
  readonly source: ChangeSource;
  readonly message?: string | undefined;
}

const MESSAGE_HEADER = 'x-change-message';
const MAX_MESSAGE_LENGTH = 500;
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

/** A change that nobody asked for at that moment. */
export function byServer(source: ChangeSource, message?: string): ChangeNote {
  return { author: 'server', source, message };
}

/** The note of an admin request: its caller, and what `X-Change-Message` says. */
export function readChangeNote(request: IncomingMessage): ChangeNote {
  const caller = callerOf(request) ?? ANYONE;
  const header = request.headers[MESSAGE_HEADER];
  return { author: nameOf(caller).slice(0, 254), source: 'user', message: readMessage(header) };
}

function readMessage(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  // Node reads header bytes as Latin-1; clients send UTF-8.
  const message = Buffer.from(Array.isArray(header) ? header.join(', ') : header, 'latin1')
    .toString('utf8')
    .trim();
  if (message === '') return undefined;
  if (message.length <= MAX_MESSAGE_LENGTH && !UNPRINTABLE.test(message)) return message;
  throw new Problem('bad-request', {
    detail: `X-Change-Message takes one line of at most ${MAX_MESSAGE_LENGTH} printable characters, in UTF-8.`,
  });
}

/** Writes the header into the API document of a route. */
export function documentChangeMessage(target: object, key: string | symbol | undefined): void {
  const descriptor = key === undefined ? undefined : Object.getOwnPropertyDescriptor(target, key);
  if (key === undefined || !descriptor) return;
  ApiHeader({
    name: 'X-Change-Message',
    required: false,
    description: 'Why: one line for the history of the workspace.',
    schema: { type: 'string', maxLength: MAX_MESSAGE_LENGTH },
  })(target, key, descriptor);
}

/** Controller parameter `@ChangedBy() by: ChangeNote`; writes its header into the API document. */
export const ChangedBy = createParamDecorator(
  (_data: unknown, context: ExecutionContext): ChangeNote =>
    readChangeNote(context.switchToHttp().getRequest<{ raw: IncomingMessage }>().raw),
  [documentChangeMessage],
);
