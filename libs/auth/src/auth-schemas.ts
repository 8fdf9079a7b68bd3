import { WORKSPACE_ROLES } from '@mock-server/http';
import { z } from 'zod';
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from './password-rules';

// Control characters, lone surrogates and direction overrides: a database refuses some, and the rest deceive the eye.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u;

export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .regex(/^[^\s@]{1,64}@[^\s@]+$/, 'This is no email address')
  .refine(email => !UNPRINTABLE.test(email), 'An email has printable characters only')
  .meta({ example: 'ada@example.test' });
export const personNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(name => !UNPRINTABLE.test(name), 'A name has printable characters only');
export const roleSchema = z
  .enum(WORKSPACE_ROLES)
  .describe('Each role includes the ones before it: viewer, editor, owner.');
/** Its length is checked apart: an absurd one is a malformed request, not a bad value. */
const passwordSchema = z
  .string()
  .meta({ minLength: MIN_PASSWORD_LENGTH, maxLength: MAX_PASSWORD_LENGTH, format: 'password' });
const cookieSchema = z
  .boolean()
  .optional()
  .describe('For browsers: the refresh token goes into a cookie that no script can read, and not into the answer.');
const secretSchema = z.string().min(1).max(200);
const timeSchema = z.string().meta({ format: 'date-time' });

export const signInSchema = z
  .strictObject({ email: z.string().max(1_000), password: z.string(), cookie: cookieSchema })
  .meta({ id: 'SignIn', example: { email: 'ada@example.test', password: 'correct horse battery' } });
export const refreshSchema = z
  .strictObject({
    refreshToken: secretSchema.optional().describe('Absent: the one in the cookie.'),
    cookie: cookieSchema,
  })
  .meta({ id: 'Refresh' });
export const passwordChangeSchema = z
  .strictObject({ current: z.string(), password: passwordSchema, cookie: cookieSchema })
  .meta({ id: 'PasswordChange' });
export const acceptanceSchema = z
  .strictObject({
    token: secretSchema.describe('The last part of the link.'),
    email: emailSchema.optional().describe('If the link does not say whom it is for.'),
    name: personNameSchema.optional(),
    password: passwordSchema,
    cookie: cookieSchema,
  })
  .meta({ id: 'LinkAcceptance' });
export const linkTokenSchema = z.strictObject({ token: secretSchema }).meta({ id: 'LinkToken' });

export const sessionSchema = z
  .object({
    accessToken: z.string().describe('Send it as `Authorization: Bearer …`.'),
    expiresInSeconds: z.int(),
    refreshToken: z.string().optional().describe('Good once: each use gives the next one.'),
    refreshExpiresInSeconds: z.int(),
  })
  .meta({ id: 'Session' });
export const authOptionsSchema = z
  .object({
    auth: z.enum(['on', 'off']),
    needsSetup: z.boolean().describe('There is no user yet: use the link that the server printed.'),
    oidc: z.boolean().describe('Whether sign-in by OpenID Connect is set up.'),
  })
  .meta({ id: 'AuthOptions' });
export const meSchema = z
  .object({
    kind: z.enum(['anyone', 'user', 'token']),
    id: z.string().optional(),
    email: z.string().optional(),
    name: z.string().optional(),
    isAdmin: z.boolean(),
    workspaces: z.array(z.object({ slug: z.string(), role: z.enum([...WORKSPACE_ROLES, 'admin']) })),
  })
  .meta({ id: 'Me' });
export const signInListSchema = z
  .object({
    signIns: z.array(
      z.object({
        id: z.string(),
        createdAt: timeSchema,
        refreshedAt: timeSchema,
        expiresAt: timeSchema,
        address: z.string(),
        client: z.string(),
        isCurrent: z.boolean(),
      }),
    ),
  })
  .meta({ id: 'SignInList' });
export const linkLookSchema = z
  .object({
    purpose: z.enum(['setup', 'invitation', 'password']),
    email: z.string().nullable(),
    workspace: z.string().nullable().describe('Its slug.'),
    role: roleSchema.nullable(),
    expiresAt: timeSchema,
  })
  .meta({ id: 'LinkLook' });
export const madeLinkSchema = z
  .object({
    id: z.string(),
    url: z.string().describe('Shown once.'),
    token: z.string().describe('The last part of the link.'),
    expiresAt: timeSchema,
  })
  .meta({ id: 'MadeLink' });

export type SignInBody = z.output<typeof signInSchema>;
export type RefreshBody = z.output<typeof refreshSchema>;
export type PasswordChangeBody = z.output<typeof passwordChangeSchema>;
export type AcceptanceBody = z.output<typeof acceptanceSchema>;
