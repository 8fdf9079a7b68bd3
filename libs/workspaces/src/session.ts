import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Workspace } from './workspace';

export const SESSION_HEADER = 'x-mock-session';
/** Cookies have names in the case they are written in. */
export const SESSION_COOKIE = 'X-Mock-Session';

/** What a client may call its session: it stands in paths, headers and cookies as it is. */
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,63}$/;
export const sessionIdRule =
  'A session id is 1 to 64 letters, digits, dots, underscores, tildes and hyphens, and begins with a letter or digit';

export function isSessionId(text: string): boolean {
  return SESSION_ID.test(text);
}

/**
 * Under which id the rows, the state and the journal of a session are kept, as those of a workspace are under the workspace's: it is
 * made from both ids, so that replicas that meet a session at the same time agree without asking. As long as a UUID, and none.
 */
export function scopeOfSession(workspaceId: string, sessionId: string): string {
  return `s-${createHash('sha256').update(`${workspaceId}\n${sessionId}`).digest('hex').slice(0, 34)}`;
}

/** Whether an id that stands where a workspace's does is that of a session. */
export function isSessionScope(id: string): boolean {
  return id.startsWith('s-');
}

/** The workspace itself, also when a session on it is meant: for what a session has no part of its own in, such as roles and budgets. */
export function rootIdOf({ id, session }: Pick<Workspace, 'id' | 'session'>): string {
  return session?.workspaceId ?? id;
}

export const newSessionSchema = z
  .strictObject({
    id: z.string().regex(SESSION_ID, sessionIdRule).optional().describe('What clients call it; absent: a random one.'),
    ttlSeconds: z
      .int()
      .min(1)
      .max(604_800)
      .optional()
      .describe('How long it lives without being used; absent: SESSION_TTL_SECONDS.'),
  })
  .optional()
  .meta({ id: 'NewMockSession' });

export type NewSession = NonNullable<z.output<typeof newSessionSchema>>;

const time = z.string().meta({ format: 'date-time' });

export const sessionSchema = z
  .object({
    id: z.string().meta({ example: 'checkout-test-7' }),
    createdAt: time,
    lastUsedAt: time.describe('As this replica knows; use on another one shows within a minute.'),
    expiresAt: time.describe('When it ends unless it is used again.'),
    ttlSeconds: z.int(),
    mocks: z.int().describe('Of its own.'),
  })
  .meta({ id: 'MockSession' });

export const sessionListSchema = z
  .object({ sessions: z.array(sessionSchema), meta: z.object({ total: z.int() }) })
  .meta({ id: 'MockSessionList' });

export type SessionView = z.output<typeof sessionSchema>;
