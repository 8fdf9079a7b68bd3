import { type Condition, type ConditionGroup } from './condition';
import { compileCustomMatcher } from './custom-matcher';
import { bodyKeys, keyOf, type EqualityKey } from './equality-key';
import { compileGraphql } from './graphql-matcher';
import { type RequestPattern } from './mapping-schema';
import { type Compiled, type ValueMatcher } from './matcher';
import { compileMethod, type MethodMatcher } from './method-matcher';
import { at, type Mistake } from './mistake';
import { absentSubject, TextSubject, type MockRequest } from './mock-request';
import { compileMultiValueMatcher, matchesAny, type MultiValueMatcher } from './multi-value-matcher';
import { compileMultipart } from './multipart-matcher';
import { compilePathTemplate } from './path-template';
import { compileUrl, urlMatches, type UrlMatcher } from './url-matcher';
import { compileValueMatcher } from './value-matcher';

/** A request pattern ready to be tried. Never throws. */
export interface RequestMatcher {
  readonly method: MethodMatcher;
  readonly url: UrlMatcher;
  /** The URL condition is an exact path, so that whoever files by path need not compare it again. */
  readonly isExactPath: boolean;
  readonly conditions: readonly Condition[];
  /** Values that the request must have for a match; empty when none is provable. */
  readonly keys: readonly EqualityKey[];
  readonly needsBody: boolean;
}

const noConditions: readonly Condition[] = [];
const noKeys: readonly EqualityKey[] = [];

/** Compiles a request pattern, or lists every mistake in it. `pointer` is where the pattern stands. */
export function compileRequest(pattern: RequestPattern, pointer: string): Compiled<RequestMatcher> {
  const mistakes: Mistake[] = [];
  const keep = <T>(compiled: Compiled<T>): T | undefined => {
    if (compiled.ok) return compiled.value;
    mistakes.push(...compiled.mistakes);
    return undefined;
  };
  const method = keep(compileMethod(pattern.method, at(pointer, 'method')));
  const url = keep(compileUrl(pattern, pointer));
  const conditions: Condition[] = [];
  const keys: EqualityKey[] = [];

  const addValue = (part: ValuePart, operand: unknown, here: string): void => {
    const matcher = keep(compileValueMatcher(operand, here));
    if (matcher === undefined) return;
    conditions.push(valueCondition(part, matcher));
    if (part.keyKind !== undefined)
      keys.push(...(matcher.equality ?? []).flatMap(equality => keyOf(part.keyKind!, equality)));
  };
  const addMulti = (part: MultiPart, operand: unknown, here: string): void => {
    const matcher = keep(compileMultiValueMatcher(operand, here));
    if (matcher === undefined) return;
    conditions.push(multiCondition(part, matcher));
    if (part.keyKind !== undefined)
      keys.push(...(matcher.equality ?? []).flatMap(equality => keyOf(part.keyKind!, equality)));
  };

  if (pattern.scheme !== undefined)
    conditions.push(plainCondition('scheme', pattern.scheme, request => request.scheme));
  if (pattern.port !== undefined)
    conditions.push(plainCondition('port', String(pattern.port), request => String(request.port)));
  if (pattern.host !== undefined)
    addValue({ part: 'host', read: request => request.host }, pattern.host, at(pointer, 'host'));
  if (pattern.clientIp !== undefined)
    addValue({ part: 'client IP', read: request => request.clientIp }, pattern.clientIp, at(pointer, 'clientIp'));
  for (const [name, operand] of Object.entries(pattern.headers ?? {})) {
    const lower = name.toLowerCase();
    addMulti(
      { part: `header ${name}`, keyKind: `header:${lower}`, values: request => request.header(lower) },
      operand,
      at(at(pointer, 'headers'), name),
    );
  }
  for (const [name, operand] of Object.entries(pattern.queryParameters ?? {})) {
    addMulti(
      { part: `query parameter ${name}`, keyKind: `query:${name}`, values: request => request.queryParameter(name) },
      operand,
      at(at(pointer, 'queryParameters'), name),
    );
  }
  for (const [name, operand] of Object.entries(pattern.cookies ?? {})) {
    addMulti(
      { part: `cookie ${name}`, keyKind: `cookie:${name}`, values: request => request.cookie(name) },
      operand,
      at(at(pointer, 'cookies'), name),
    );
  }
  for (const [name, operand] of Object.entries(pattern.formParameters ?? {})) {
    addMulti(
      { part: `form parameter ${name}`, needsBody: true, values: request => request.formParameters.get(name) ?? [] },
      operand,
      at(at(pointer, 'formParameters'), name),
    );
  }
  for (const [name, operand] of Object.entries(pattern.pathParameters ?? {})) {
    const matcher = keep(compileValueMatcher(operand, at(at(pointer, 'pathParameters'), name)));
    if (matcher === undefined || pattern.urlPathTemplate === undefined) continue; // WireMock ignores them without a template
    const compiled = compilePathTemplate(pattern.urlPathTemplate);
    if (compiled.ok)
      conditions.push(
        valueCondition(
          { part: `path parameter ${name}`, read: request => compiled.template.parse(request.path)?.[name] },
          matcher,
        ),
      );
  }
  if (pattern.basicAuthCredentials !== undefined) {
    const { username, password } = pattern.basicAuthCredentials;
    const wanted = base64(`${username}:${password}`);
    conditions.push({
      part: 'header Authorization',
      expected: `Basic credentials of ${username}`,
      needsBody: false,
      holds: request => request.basicCredentials.includes(wanted),
      actual: request => (request.header('authorization').length > 0 ? '(other credentials)' : undefined),
    });
    keys.push({ kind: 'basic', value: wanted });
  }
  for (const [i, operand] of (pattern.bodyPatterns ?? []).entries()) {
    const matcher = keep(compileValueMatcher(operand, at(at(pointer, 'bodyPatterns'), i)));
    if (matcher === undefined) continue;
    conditions.push({
      part: 'body',
      expected: matcher.expected,
      needsBody: true,
      holds: request => matcher.matches(request),
      actual: request => (request.isAbsent ? undefined : request.text),
    });
    keys.push(...bodyKeys(matcher.equality ?? []));
  }
  for (const [i, operand] of (pattern.multipartPatterns ?? []).entries()) {
    const matcher = keep(compileMultipart(operand, at(at(pointer, 'multipartPatterns'), i)));
    if (matcher === undefined) continue;
    conditions.push({
      part: 'multipart',
      expected: matcher.expected,
      needsBody: true,
      holds: request => matcher.matches(request),
      actual: request => (request.isAbsent ? undefined : request.text),
    });
  }
  const addGroup = (compiled: Compiled<ConditionGroup>): void => {
    const group = keep(compiled);
    conditions.push(...(group?.conditions ?? []));
    keys.push(...(group?.keys ?? []));
  };
  if (pattern.graphql !== undefined) addGroup(compileGraphql(pattern.graphql, at(pointer, 'graphql')));
  if (pattern.customMatcher !== undefined && pattern.customMatcher !== null)
    addGroup(compileCustomMatcher(pattern.customMatcher, at(pointer, 'customMatcher')));
  if (mistakes.length > 0 || method === undefined || url === undefined) return { ok: false, mistakes };
  return {
    ok: true,
    value: {
      method,
      url,
      isExactPath: url.kind === 'path',
      conditions: conditions.length > 0 ? conditions : noConditions,
      keys: keys.length > 0 ? keys : noKeys,
      needsBody: conditions.some(condition => condition.needsBody),
    },
  };
}

/** Whether everything holds: method, URL and every condition, cheapest first. */
export function requestMatches(matcher: RequestMatcher, request: MockRequest): boolean {
  return matcher.method.matches(request.method) && urlMatches(matcher.url, request) && conditionsHold(matcher, request);
}

/** The same for a matcher that was found by the path of the request. */
export function foundByPathMatches(matcher: RequestMatcher, request: MockRequest): boolean {
  return (
    matcher.method.matches(request.method) &&
    (matcher.isExactPath || urlMatches(matcher.url, request)) &&
    conditionsHold(matcher, request)
  );
}

export function conditionsHold(matcher: RequestMatcher, request: MockRequest): boolean {
  const { conditions } = matcher;
  for (let i = 0; i < conditions.length; i++) if (!conditions[i]!.holds(request)) return false;
  return true;
}

interface ValuePart {
  readonly part: string;
  readonly keyKind?: string;
  readonly read: (request: MockRequest) => string | undefined;
}

interface MultiPart {
  readonly part: string;
  readonly keyKind?: string;
  readonly needsBody?: boolean;
  readonly values: (request: MockRequest) => readonly string[];
}

function plainCondition(part: string, expected: string, read: (request: MockRequest) => string): Condition {
  return { part, expected, needsBody: false, holds: request => read(request) === expected, actual: read };
}

function valueCondition({ part, read }: ValuePart, matcher: ValueMatcher): Condition {
  return {
    part,
    expected: matcher.expected,
    needsBody: false,
    holds: request => {
      const text = read(request);
      return matcher.matches(text === undefined ? absentSubject : new TextSubject(text, undefined, request.now));
    },
    actual: read,
  };
}

function multiCondition({ part, needsBody = false, values }: MultiPart, matcher: MultiValueMatcher): Condition {
  return {
    part,
    expected: matcher.expected,
    needsBody,
    holds: request => matchesAny(matcher, values(request), request.now),
    actual: request => (values(request).length > 0 ? values(request).join(', ') : undefined),
  };
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), byte => String.fromCharCode(byte)).join(''));
}
