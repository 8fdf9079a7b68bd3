import { z } from 'zod';
import { emailSchema, madeLinkSchema, personNameSchema, roleSchema } from './auth-schemas';

const timeSchema = z.string().meta({ format: 'date-time' });

export const userSchema = z
  .object({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    isAdmin: z.boolean(),
    isDisabled: z.boolean(),
    hasPassword: z.boolean().describe('False: signs in by OpenID Connect.'),
    createdAt: timeSchema,
    lastSignInAt: timeSchema.nullable(),
  })
  .meta({ id: 'User' });
export const userListSchema = z
  .object({ users: z.array(userSchema), meta: z.object({ total: z.int() }) })
  .meta({ id: 'UserList' });
export const userPatchSchema = z
  .strictObject({
    name: personNameSchema.optional(),
    isAdmin: z.boolean().optional(),
    isDisabled: z.boolean().optional().describe('Signs in no more; open sign-ins end.'),
  })
  .meta({ id: 'UserPatch' });
export const adminInvitationSchema = z
  .strictObject({
    email: emailSchema.optional().describe('Only this address may use the link.'),
    isAdmin: z.boolean().default(false),
  })
  .meta({ id: 'NewUserInvitation' });

export const memberSchema = z
  .object({
    userId: z.string(),
    email: z.string(),
    name: z.string(),
    role: roleSchema,
    source: z.enum(['person', 'groups']),
  })
  .meta({ id: 'Member' });
export const memberListSchema = z.object({ members: z.array(memberSchema) }).meta({ id: 'MemberList' });
export const memberRoleSchema = z.strictObject({ role: roleSchema }).meta({ id: 'MemberRole' });
export const newMemberSchema = z.strictObject({ email: emailSchema, role: roleSchema }).meta({ id: 'NewMember' });
export const invitationSchema = z
  .strictObject({ email: emailSchema.optional().describe('Only this address may use the link.'), role: roleSchema })
  .meta({ id: 'NewInvitation' });
export const openInvitationListSchema = z
  .object({
    invitations: z.array(
      madeLinkSchema.omit({ url: true, token: true }).extend({
        email: z.string().nullable(),
        role: roleSchema.nullable(),
        createdBy: z.string(),
      }),
    ),
  })
  .meta({ id: 'InvitationList' });

export const newTokenSchema = z
  .strictObject({
    name: personNameSchema.describe('What it is for, such as the pipeline that uses it.'),
    role: roleSchema,
    expiresInDays: z.int().min(1).max(3_650).nullable().default(90).describe('`null`: never.'),
  })
  .meta({ id: 'NewToken', example: { name: 'ci', role: 'editor', expiresInDays: 90 } });
const tokenSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    role: roleSchema,
    hint: z.string().describe('How the token begins.'),
    createdBy: z.string(),
    createdAt: timeSchema,
    expiresAt: timeSchema.nullable(),
    lastUsedAt: timeSchema.nullable(),
  })
  .meta({ id: 'Token' });
export const tokenListSchema = z.object({ tokens: z.array(tokenSchema) }).meta({ id: 'TokenList' });
export const madeTokenSchema = tokenSchema
  .extend({ token: z.string().describe('Shown once.') })
  .meta({ id: 'MadeToken' });

export type UserView = z.output<typeof userSchema>;
export type UserPatch = z.output<typeof userPatchSchema>;
export type TokenView = z.output<typeof tokenSchema>;
export type NewToken = z.output<typeof newTokenSchema>;
export type Invitation = z.output<typeof invitationSchema>;
export type NewMember = z.output<typeof newMemberSchema>;
