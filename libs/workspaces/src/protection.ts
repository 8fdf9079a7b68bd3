import { createPublicKey, hash } from 'node:crypto';
import { z } from 'zod';

/** What a client must show on the traffic port, as stored: secrets hashed where their text is not needed. */
export type Protection =
  | { readonly kind: 'api-key'; readonly header: string; readonly hashes: readonly string[] }
  | { readonly kind: 'basic'; readonly hashes: readonly string[] }
  | {
      readonly kind: 'jwt';
      readonly publicKey: string;
      readonly issuer?: string | undefined;
      readonly audience?: string | undefined;
    };

const MAX_SECRETS = 20;
const secretSchema = z.string().min(16, 'A key has at least 16 characters').max(256);
/** As Node gives header names; what the connection or the address is made of is no place for a key. */
const headerSchema = z
  .string()
  .toLowerCase()
  .regex(/^[a-z0-9][a-z0-9-]{0,63}$/)
  .refine(
    name => !/^(host|connection|content-length|transfer-encoding|cookie|x-mock-workspace)$/.test(name),
    'This header has another job',
  );

export const protectionSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('api-key'),
      header: headerSchema.default('x-api-key'),
      keys: z.array(secretSchema).min(1).max(MAX_SECRETS),
    }),
    z.strictObject({
      kind: z.literal('basic'),
      users: z
        .array(
          z.strictObject({
            name: z
              .string()
              .min(1)
              .max(100)
              .regex(/^[^:]*$/, 'A user name has no colon'),
            password: secretSchema,
          }),
        )
        .min(1)
        .max(MAX_SECRETS),
    }),
    z.strictObject({
      kind: z.literal('jwt'),
      publicKey: z
        .string()
        .max(10_000)
        .refine(isPublicKey, 'This is no public key of RSA (2048 bits or more) or EC in PEM')
        .describe('PEM: tokens signed with RS256, PS256 or ES256 by its other half are let in.'),
      issuer: z.string().max(500).optional(),
      audience: z.string().max(500).optional(),
    }),
  ])
  .meta({ id: 'Protection' });

/** Without what is secret. */
export const protectionViewSchema = z
  .object({
    kind: z.enum(['none', 'api-key', 'basic', 'jwt']),
    header: z.string().optional(),
    secrets: z.int().optional().describe('How many keys or users there are.'),
    publicKey: z.string().optional(),
    issuer: z.string().optional(),
    audience: z.string().optional(),
  })
  .meta({ id: 'ProtectionView' });

export type NewProtection = z.output<typeof protectionSchema>;

export function toProtection(given: NewProtection): Protection | undefined {
  switch (given.kind) {
    case 'none':
      return undefined;
    case 'api-key':
      return { kind: 'api-key', header: given.header, hashes: given.keys.map(hashTrafficSecret) };
    case 'basic':
      return {
        kind: 'basic',
        hashes: given.users.map(({ name, password }) => hashTrafficSecret(`${name}:${password}`)),
      };
    case 'jwt':
      return given;
  }
}

export function viewProtection(protection: Protection | undefined): z.output<typeof protectionViewSchema> {
  if (protection === undefined) return { kind: 'none' };
  if (protection.kind === 'jwt') return protection;
  const { kind, hashes } = protection;
  return { kind, secrets: hashes.length, ...(protection.kind === 'api-key' && { header: protection.header }) };
}

/** Long secrets that are not a person's own: a fast hash is enough, and traffic cannot wait for a slow one. */
export function hashTrafficSecret(text: string): string {
  return hash('sha256', text, 'hex');
}

const hashesSchema = z.array(z.string().regex(/^[0-9a-f]{64}$/)).min(1);
const storedSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('api-key'), header: z.string(), hashes: hashesSchema }),
  z.object({ kind: z.literal('basic'), hashes: hashesSchema }),
  z.object({
    kind: z.literal('jwt'),
    publicKey: z.string(),
    issuer: z.string().optional(),
    audience: z.string().optional(),
  }),
]);

/** Of a newer version or a slip of the hand: nobody comes in, rather than everybody. */
const NOBODY: Protection = { kind: 'api-key', header: 'x-api-key', hashes: ['0'.repeat(64)] };

export function readProtection(stored: unknown): Protection | undefined {
  if (stored === undefined || stored === null) return undefined;
  const parsed = storedSchema.safeParse(stored);
  return parsed.success ? parsed.data : NOBODY;
}

function isPublicKey(pem: string): boolean {
  try {
    if (!pem.includes('BEGIN PUBLIC KEY')) return false;
    const { asymmetricKeyType, asymmetricKeyDetails } = createPublicKey(pem);
    return (
      asymmetricKeyType === 'ec' || (asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= 2_048)
    );
  } catch {
    return false;
  }
}
