import { createPrivateKey } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';

/** A rule reads the text of a variable. Its message completes "NAME …" and holds no value. */
type Rule<T> = z.ZodType<T, string>;

export function whole(min: number, max: number): Rule<number> {
  const fits = (value: string): boolean => /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max;
  return z.string().refine(fits, `must be a whole number from ${min} to ${max}`).transform(Number);
}

export function oneOf<const T extends readonly [string, string, ...string[]]>(...values: T): Rule<T[number]> {
  const message = `must be ${values.slice(0, -1).join(', ')} or ${values.at(-1)}`;
  const isOne = (value: string): value is T[number] => values.includes(value);
  return z.string().refine(isOne, message);
}

export const share: Rule<number> = z
  .string()
  .refine(value => /^(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)$/.test(value), 'must be a number from 0 to 1, such as 0.1')
  .transform(Number);

/** `name=value,name=value`, values percent-encoded, as OpenTelemetry has them. */
export const headerPairs: Rule<Readonly<Record<string, string>>> = z.string().transform((value, context) => {
  const pairs = value.split(',').map(pair => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(.*?)\s*$/.exec(pair));
  try {
    return Object.fromEntries(pairs.map(pair => [pair![1]!.toLowerCase(), decodeURIComponent(pair![2]!)]));
  } catch {
    context.addIssue({
      code: 'custom',
      message: 'must be name=value pairs, comma-separated, with values percent-encoded',
    });
    return z.NEVER;
  }
});

export const flag: Rule<boolean> = oneOf('true', 'false').transform(value => value === 'true');

export const text: Rule<string> = z.string().refine(value => value.trim() !== '', 'must not be blank');

export const rsaPrivateKey: Rule<string> = z
  .string()
  .refine(isRsaPrivateKey, 'must be an RSA private key in PEM, without a passphrase');

export const host: Rule<string> = z
  .string()
  .refine(
    value => isIP(value) !== 0 || (isHostName(value) && !/^[\d.]+$/.test(value)),
    'must be an IP address or a host name, such as 127.0.0.1',
  );

export const domain: Rule<string> = z
  .string()
  .refine(value => isHostName(value) && isIP(value) === 0, 'must be a domain name, such as mock.example.test')
  .transform(value => value.toLowerCase());

export const modelName: Rule<string> = z
  .string()
  .regex(/^[\w.:@/-]{1,100}$/, 'must be the name of a model, such as claude-haiku-5-5');

/** An origin with an optional base path. Credentials would end up in logs and answers. */
export const httpUrl: Rule<string> = z.string().refine(value => {
  const url = parseUrl(value);
  return url !== undefined && /^https?:$/.test(url.protocol) && !hasCredentials(url) && !/[?#\s\\]/.test(value);
}, 'must be an http or https URL, such as https://api.example.test/v1, without user, password, query and fragment');

/** A service that may ask for a password, which is why its setting is a secret. */
export const serviceUrl: Rule<string> = z.string().refine(value => {
  const url = parseUrl(value);
  return url !== undefined && /^https?:$/.test(url.protocol) && !/[?#\s\\]/.test(value);
}, 'must be an http or https URL, such as https://user:password@elasticsearch.example.test:9200, with special characters of the password percent-encoded');

export const databaseUrl: Rule<string> = z.string().refine(value => {
  if (value.startsWith('sqlite:')) return isFileName(value.slice('sqlite:'.length));
  return /^postgres(ql)?:\/\//.test(value) && parseUrl(value) !== undefined;
}, 'must be sqlite:<file> or postgresql://user:password@host:5432/name, with special characters of the password percent-encoded');

export const redisUrl: Rule<string> = z.string().refine(value => {
  const url = parseUrl(value);
  return url !== undefined && /^rediss?:$/.test(url.protocol) && url.hostname !== '';
}, 'must be a Redis URL, such as redis://:password@127.0.0.1:6379/0, with special characters of the password percent-encoded');

export const email: Rule<string> = z
  .string()
  .refine(
    value => value.length <= 254 && /^[^\s@]{1,64}@[^\s@]+$/.test(value),
    'must be an e-mail address, such as admin@example.test',
  )
  .transform(value => value.toLowerCase());

export const password: Rule<string> = z
  .string()
  .refine(value => value.length >= 12 && value.length <= 256, 'must have 12 to 256 characters');

/** What a person types is guessed offline from one token; a key must come from a random generator. */
export const signingKey: Rule<string> = z
  .string()
  .refine(
    value =>
      value.length >= 32 &&
      new Set(value).size >= 12 &&
      !/change.?me|secret|password|example|default|12345/i.test(value),
    'is too weak to sign with: it needs 32 random characters or more. Make one with: openssl rand -base64 48',
  );

export const headerList: Rule<string> = z
  .string()
  .refine(
    value => entriesOf(value).length > 0 && entriesOf(value).every(name => /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(name)),
    'must be names of headers, separated by commas, such as Authorization, Cookie',
  )
  .transform(value => value.toLowerCase());

export const hostList: Rule<string> = z
  .string()
  .refine(
    value => entriesOf(value).length > 0 && entriesOf(value).every(isHostName),
    'must be host names, separated by commas, without ports',
  )
  .transform(value => value.toLowerCase());

export const networkList: Rule<string> = z
  .string()
  .refine(
    value => entriesOf(value).length > 0 && entriesOf(value).every(isNetwork),
    'must be addresses or CIDR ranges, separated by commas, such as 10.0.0.0/8',
  );

/** `<group>=admin` and `<group>=<workspace>:<role>`, comma-separated. A group may stand more than once. */
export const groupRoles: Rule<readonly GroupRole[]> = z.string().transform((value, context) => {
  const entries = entriesOf(value).map(readGroupRole);
  const good = entries.filter(entry => entry !== undefined);
  if (good.length === entries.length && good.length > 0) return good;
  context.addIssue({
    code: 'custom',
    message: 'must be <group>=admin or <group>=<workspace>:<owner, editor or viewer>, separated by commas',
  });
  return z.NEVER;
});

export type GroupRole =
  | { readonly group: string; readonly isAdmin: true }
  | {
      readonly group: string;
      readonly isAdmin: false;
      readonly workspace: string;
      readonly role: 'viewer' | 'editor' | 'owner';
    };

function readGroupRole(entry: string): GroupRole | undefined {
  // Names of groups may hold any character: the last equals sign counts.
  const found = /^(.+)=(?:(admin)|([a-z0-9][a-z0-9-]{0,62}):(viewer|editor|owner))$/.exec(entry);
  if (found === null) return undefined;
  const [, group = '', admin, workspace = '', role] = found;
  if (admin !== undefined) return { group: group.trim(), isAdmin: true };
  return { group: group.trim(), isAdmin: false, workspace, role: role as 'viewer' | 'editor' | 'owner' };
}

/** The entries of a comma-separated list; empty ones do not count. */
export function entriesOf(list: string): string[] {
  const entries = list.split(',').map(entry => entry.trim());
  return entries.filter(entry => entry !== '');
}

function isNetwork(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

function isHostName(value: string): boolean {
  return value.length <= 253 && value.split('.').every(label => /^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$/i.test(label));
}

/** A database in memory would forget every mock at the end of the process, which nobody asks a server for on purpose. */
function isFileName(value: string): boolean {
  return value.trim() !== '' && !value.startsWith(':') && !value.includes('\0') && !/[/\\]$/.test(value);
}

function parseUrl(value: string): URL | undefined {
  return URL.canParse(value) ? new URL(value) : undefined;
}

function hasCredentials({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

function isRsaPrivateKey(pem: string): boolean {
  try {
    return createPrivateKey(pem).asymmetricKeyType === 'rsa';
  } catch {
    return false;
  }
}
