import { z } from 'zod';
import { engineHost } from './engine-host';
import { isObject } from './is-object';
import { toJsonText } from './json-path';
import { readToken, type ReadToken } from './jwt';
import { done, mistake, type Compiled, type MatcherCompiler, type ValueMatcher } from './matcher';
import { at, type Mistake } from './mistake';
import { absentSubject, TextBudget, TextSubject, type Subject } from './mock-request';
import { publicKeyAlgorithms, secretAlgorithms, type TokenAlgorithm, type TokenKey } from './token-crypto';

const conditions = z.record(z.string(), z.unknown());
const jwtSchema = z.strictObject({
  header: conditions.optional(),
  claims: conditions.optional(),
  /** Text that HS256, HS384 and HS512 are keyed with. */
  secret: z.string().min(1).optional(),
  /** PEM or JWK, for the RS, PS and ES algorithms and EdDSA. */
  publicKey: z.union([z.string(), conditions]).optional(),
  algorithms: z
    .array(z.enum([...secretAlgorithms, ...publicKeyAlgorithms]))
    .min(1)
    .optional(),
  expired: z.boolean().optional(),
});

/** A condition on a JSON Web Token: what its header and claims say, whether it has expired, and whether a key has signed it. */
const jwt: MatcherCompiler = ({ pattern, pointer, compileNested }) => {
  const here = at(pointer, 'jwt');
  const parsed = jwtSchema.safeParse(pattern['jwt']);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = (issue?.path ?? []).reduce((sum: string, key) => at(sum, String(key)), here);
    return mistake(
      where,
      issue?.message ?? 'takes { "claims": { … }, "header": { … }, "expired", "secret" or "publicKey" }',
    );
  }
  const { header = {}, claims = {}, secret, publicKey, algorithms, expired } = parsed.data;
  if (secret !== undefined && publicKey !== undefined)
    return mistake(here, 'has a secret and a publicKey; give the one that the token is signed with');
  const key: TokenKey | undefined =
    secret !== undefined
      ? { kind: 'secret', secret }
      : publicKey !== undefined
        ? { kind: 'public', key: publicKey }
        : undefined;
  const problem = key === undefined ? undefined : engineHost().tokenCrypto?.problemOf(key);
  if (problem !== undefined) return mistake(at(here, key!.kind === 'secret' ? 'secret' : 'publicKey'), problem);
  if (algorithms !== undefined && key === undefined)
    return mistake(
      at(here, 'algorithms'),
      'says nothing without a secret or a publicKey; put header.alg for a plain comparison',
    );
  const mistakes: Mistake[] = [];
  const compileAll = (patterns: Readonly<Record<string, unknown>>, where: string): Named[] =>
    Object.entries(patterns).flatMap(([name, inner]) => {
      const compiled: Compiled<ValueMatcher> = compileNested(inner, at(where, name));
      if (!compiled.ok) mistakes.push(...compiled.mistakes);
      return compiled.ok ? [{ name, matcher: compiled.value }] : [];
    });
  const headerMatchers = compileAll(header, at(here, 'header'));
  const claimMatchers = compileAll(claims, at(here, 'claims'));
  if (mistakes.length > 0) return { ok: false, mistakes };
  return done({
    matches: subject => {
      const token = subject.text === undefined ? undefined : readToken(subject.text);
      return (
        token !== undefined &&
        allHold(headerMatchers, token.header, subject) &&
        allHold(claimMatchers, token.claims, subject) &&
        (expired === undefined || isExpired(token, subject.now) === expired) &&
        (key === undefined || isSigned(token, key, algorithms))
      );
    },
    expected: inWords({ headerMatchers, claimMatchers, expired, key }),
  });
};

interface Named {
  readonly name: string;
  readonly matcher: ValueMatcher;
}

function allHold(named: readonly Named[], members: Readonly<Record<string, unknown>>, outer: Subject): boolean {
  const budget = outer.budget ?? new TextBudget();
  return named.every(({ name, matcher }) => {
    const value = Object.hasOwn(members, name) ? members[name] : undefined;
    if (value === undefined || value === null) return matcher.matches(absentSubject);
    // A list, such as that of several audiences, is met as a whole or by any of its elements.
    return [value, ...(Array.isArray(value) ? (value as unknown[]) : [])].some(one => {
      const text = toJsonText(one);
      return budget.take(text.length) && matcher.matches(new TextSubject(text, budget, outer.now));
    });
  });
}

/** Undefined when it cannot be told: such a token is neither expired nor valid. */
function isExpired({ claims }: ReadToken, now: number | undefined): boolean | undefined {
  const { exp } = claims;
  if (exp === undefined) return false;
  return typeof exp === 'number' && now !== undefined ? now >= exp * 1_000 : undefined;
}

function isSigned(token: ReadToken, key: TokenKey, allowed: readonly TokenAlgorithm[] | undefined): boolean {
  const kind: readonly string[] = key.kind === 'secret' ? secretAlgorithms : publicKeyAlgorithms;
  const { alg } = token.header;
  if (typeof alg !== 'string' || !kind.includes(alg)) return false;
  if (allowed !== undefined && !(allowed as readonly string[]).includes(alg)) return false;
  const signed = { algorithm: alg as TokenAlgorithm, text: token.signedText, signature: token.signature };
  return engineHost().tokenCrypto?.isSignedBy(signed, key) === true;
}

interface Words {
  readonly headerMatchers: readonly Named[];
  readonly claimMatchers: readonly Named[];
  readonly expired: boolean | undefined;
  readonly key: TokenKey | undefined;
}

function inWords({ headerMatchers, claimMatchers, expired, key }: Words): string {
  return [
    '[jwt]',
    ...headerMatchers.map(({ name, matcher }) => `header.${name} ${matcher.expected}`),
    ...claimMatchers.map(({ name, matcher }) => `${name} ${matcher.expected}`),
    ...(expired === undefined ? [] : [expired ? 'expired' : 'not expired']),
    ...(key === undefined ? [] : ['signed with the given key']),
  ].join(' ');
}

/** `jwt-matcher` of WireMock's extension takes plain values where ours takes matchers. */
export function plainClaims(values: unknown): Record<string, unknown> | undefined {
  if (values === undefined || values === null) return {};
  if (!isObject(values)) return undefined;
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'object' && value !== null ? { equalToJson: value } : { equalTo: String(value) },
    ]),
  );
}

export const jwtMatchers: readonly (readonly [string, MatcherCompiler])[] = [['jwt', jwt]];
