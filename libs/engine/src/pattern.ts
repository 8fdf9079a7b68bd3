import { readJson } from './json-value';
import { requestPatternSchema } from './mapping-schema';
import { type Mistake } from './mistake';
import { type MockRequest } from './mock-request';
import { compileRequest, requestMatches, type RequestMatcher } from './request-matcher';
import { compileValueMatcher } from './value-matcher';
import { mistakesOf } from './zod-mistakes';

export type CompiledPattern<T> =
  | { readonly ok: true; readonly matcher: RequestMatcher; matches(value: T): boolean }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Compiles the request pattern of a journal query (`requests/count`, `find`, `remove`). An empty one takes every request. */
export function compileRequestPattern(pattern: unknown): CompiledPattern<MockRequest> {
  const parsed = requestPatternSchema.safeParse(pattern ?? {});
  if (!parsed.success) return { ok: false, mistakes: mistakesOf(parsed.error, pattern) };
  const compiled = compileRequest(parsed.data, '');
  if (!compiled.ok) return compiled;
  return { ok: true, matcher: compiled.value, matches: request => requestMatches(compiled.value, request) };
}

export type CompiledValuePattern =
  | { readonly ok: true; matches(value: unknown): boolean }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Compiles a content pattern to try on JSON values, as `find-by-metadata` does. A missing value is absent. */
export function compileValuePattern(pattern: unknown): CompiledValuePattern {
  const compiled = compileValueMatcher(pattern, '');
  if (!compiled.ok) return compiled;
  return {
    ok: true,
    matches: value => {
      const text = value === undefined ? undefined : JSON.stringify(value);
      return compiled.value.matches({
        text,
        isAbsent: text === undefined,
        json: text === undefined ? { isJson: false } : readJson(text),
      });
    },
  };
}
