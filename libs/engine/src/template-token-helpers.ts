import { base64OfBytes } from './base64';
import { engineHost } from './engine-host';
import { toJsonText } from './json-path';
import { hashText } from './template-arguments';
import { shifted, TemplateDate } from './template-date';
import { JavaDouble } from './template-number';
import { TemplateError, type Helper, type HelperCall } from './template-run';
import { listOf, membersOf, textOf, ValueList } from './template-value';
import { type TokenCrypto } from './token-crypto';

/** WireMock's JWT extension: `{{jwt sub='ann' maxAge='2 hours' alg='RS256'}}`, `{{jwks}}`, and `{{claims 'a' 'b'}}` for lists. */
export const tokenHelpers: Readonly<Record<string, Helper>> = {
  jwt: writeToken,
  jwks: () => toJsonText({ keys: [cryptoOfHost().publicKey()] }),
  claims: ({ args, hash }) => (args.length > 0 ? args : { ...hash }),
};

/** Not claims by themselves. */
const options = new Set(['alg', 'maxAge']);
/** WireMock's: a hundred years. */
const defaultMaxAge = '36500 days';
const maxDepth = 20;

function writeToken(call: HelperCall): string {
  const { hash, run } = call;
  run.step(200);
  const algorithm = hashText(call, 'alg') ?? 'HS256';
  if (algorithm !== 'HS256' && algorithm !== 'RS256')
    throw new TemplateError(`jwt signs with HS256 or RS256, not with '${algorithm.slice(0, 20)}'`);
  const now = new TemplateDate(run.environment.now, undefined).at;
  const maxAge = hashText(call, 'maxAge') ?? defaultMaxAge;
  const claims: Record<string, unknown> = {
    iss: 'mock-server',
    aud: 'mock-server',
    sub: 'user-123',
    iat: Math.floor(run.environment.now / 1_000),
    ...(hash['exp'] === undefined ? { exp: Math.floor(shifted(now, maxAge).toSeconds()) } : {}),
  };
  for (const [name, value] of Object.entries(hash))
    if (!options.has(name) && value !== undefined && value !== null) claims[name] = claimOf(value);
  const crypto = cryptoOfHost();
  const header =
    algorithm === 'RS256'
      ? { alg: algorithm, typ: 'JWT', kid: crypto.publicKey().kid }
      : { alg: algorithm, typ: 'JWT' };
  const text = `${encode(header)}.${encode(claims)}`;
  run.heavyWork(text.length);
  return `${text}.${urlSafe(base64OfBytes(crypto.sign(algorithm, text)))}`;
}

/** A date is seconds since 1970 (RFC 7519, 2), a header or parameter its only value; everything else is its JSON. */
function claimOf(value: unknown, depth = 0): unknown {
  if (depth > maxDepth) throw new TemplateError(`a claim is nested deeper than ${maxDepth} levels`);
  if (value instanceof TemplateDate) return Math.floor(value.at.toSeconds());
  if (value instanceof JavaDouble) return value.value;
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof ValueList && value.values.length === 1) return value.values[0];
  const list = listOf(value);
  if (list !== undefined) return list.map(one => claimOf(one, depth + 1));
  const members = membersOf(value);
  if (members === undefined) return textOf(value);
  return Object.fromEntries(Object.entries(members).map(([name, one]) => [name, claimOf(one, depth + 1)]));
}

const encoder = new TextEncoder();

function encode(part: object): string {
  return urlSafe(base64OfBytes(encoder.encode(toJsonText(part))));
}

function urlSafe(base64: string): string {
  return base64.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_');
}

function cryptoOfHost(): TokenCrypto {
  const { tokenCrypto } = engineHost();
  if (tokenCrypto === undefined)
    throw new TemplateError('tokens cannot be signed here: this process lends no cryptography');
  return tokenCrypto;
}
