import { httpToken } from './header-text';
import { type RequestPattern } from './mapping-schema';
import { done, mistake, type Compiled } from './matcher';

export interface MethodMatcher {
  matches(method: string): boolean;
  readonly expected: string;
  /** The methods it names; undefined when it also takes methods that it does not name. */
  readonly only: readonly string[] | undefined;
}

const anyMethod: MethodMatcher = { matches: () => true, expected: 'ANY', only: undefined };
const known = new Map<string, MethodMatcher>();

/** Method names are case-sensitive (RFC 9110, 9.1); `ANY`, or none at all, takes every method. */
export function compileMethod(method: RequestPattern['method'], pointer: string): Compiled<MethodMatcher> {
  if (method === undefined || method === 'ANY') return done(anyMethod);
  if (typeof method === 'string')
    return httpToken.test(method) ? done(single(method)) : mistake(pointer, 'is not a method name such as GET');
  const { oneOf, noneOf } = method;
  if ((oneOf === undefined) === (noneOf === undefined))
    return mistake(pointer, 'takes a method name, { "oneOf": [...] } or { "noneOf": [...] }');
  if (oneOf !== undefined)
    return done({ matches: given => oneOf.includes(given), expected: `one of ${oneOf.join(', ')}`, only: oneOf });
  const refused = noneOf ?? [];
  return done({
    matches: given => !refused.includes(given),
    expected: `none of ${refused.join(', ')}`,
    only: undefined,
  });
}

/** One object a method name, shared by all mocks. */
function single(method: string): MethodMatcher {
  let matcher = known.get(method);
  if (matcher === undefined) {
    matcher = { matches: given => given === method, expected: method, only: [method] };
    if (known.size < 100) known.set(method, matcher);
  }
  return matcher;
}
