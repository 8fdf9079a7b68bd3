import { isObject } from './is-object';
import { readJson, type JsonReading } from './json-value';
import { done, mistake, type Compiled, type ValueMatcher } from './matcher';
import { at, type Mistake } from './mistake';
import { type MockRequest, type Subject } from './mock-request';
import { compileMultiValueMatcher, matchesAny, type MultiValueMatcher } from './multi-value-matcher';
import { type Part } from './multipart';
import { compileValueMatcher } from './value-matcher';

/** A condition on the parts of a multipart request. */
export interface MultipartMatcher {
  matches(request: MockRequest): boolean;
  readonly expected: string;
}

interface HeaderCondition {
  readonly name: string;
  readonly matcher: MultiValueMatcher;
}

const known = new Set(['matchingType', 'name', 'fileName', 'headers', 'bodyPatterns']);
const maxBodyPatterns = 100;

/**
 * Compiles one of `multipartPatterns`: any part (or with `ALL` every part, of at least one) has these headers and this body. As in
 * WireMock, `name` alone says nothing (a condition on the header Content-Disposition does), and `fileName` counts only beside
 * `headers` or `bodyPatterns`.
 */
export function compileMultipart(pattern: unknown, pointer: string): Compiled<MultipartMatcher> {
  if (!isObject(pattern)) return mistake(pointer, 'takes an object such as { "bodyPatterns": [ … ] }');
  const mistakes: Mistake[] = Object.keys(pattern)
    .filter(key => !known.has(key))
    .map(key => ({ pointer: at(pointer, key), message: `is not one of ${[...known].join(', ')}` }));
  const { matchingType = 'ANY', name, fileName } = pattern;
  if (matchingType !== 'ANY' && matchingType !== 'ALL')
    mistakes.push({ pointer: at(pointer, 'matchingType'), message: 'takes ANY or ALL' });
  for (const [key, value] of Object.entries({ name, fileName }))
    if (value !== undefined && value !== null && typeof value !== 'string')
      mistakes.push({ pointer: at(pointer, key), message: 'takes a text' });
  const headers = compileHeaders(pattern['headers'], at(pointer, 'headers'), mistakes);
  const bodies = compileBodies(pattern['bodyPatterns'], at(pointer, 'bodyPatterns'), mistakes);
  if (mistakes.length > 0) return { ok: false, mistakes };
  const wantedFile: string =
    typeof fileName === 'string' && (headers !== undefined || bodies !== undefined) ? fileName : '';
  const partMatches = (part: Part, now: number | undefined): boolean => {
    if (wantedFile !== '' && part.fileName !== wantedFile) return false;
    if (headers?.every(({ name, matcher }) => matchesAny(matcher, part.headers.get(name) ?? [], now)) === false)
      return false;
    if (bodies === undefined) return true;
    const subject = new PartBody(part.body, now);
    return bodies.every(matcher => matcher.matches(subject));
  };
  const conditions = [
    ...(typeof name === 'string' ? [`part ${name}`] : []),
    ...(wantedFile === '' ? [] : [`file ${wantedFile}`]),
    ...(headers ?? []).map(({ name, matcher }) => `header ${name}: ${matcher.expected}`),
    ...(bodies ?? []).map(({ expected }) => `body: ${expected}`),
  ];
  return done({
    matches: ({ parts, now }) => {
      if (parts === undefined || parts.length === 0) return false;
      return matchingType === 'ALL'
        ? parts.every(part => partMatches(part, now))
        : parts.some(part => partMatches(part, now));
    },
    expected: `[multipart ${String(matchingType)}] ${conditions.join(', ')}`,
  });
}

function compileHeaders(value: unknown, pointer: string, mistakes: Mistake[]): readonly HeaderCondition[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) {
    mistakes.push({ pointer, message: 'takes an object of header names and matchers' });
    return undefined;
  }
  return Object.entries(value).flatMap(([name, operand]) => {
    const compiled = compileMultiValueMatcher(operand, at(pointer, name));
    if (compiled.ok) return [{ name: name.toLowerCase(), matcher: compiled.value }];
    mistakes.push(...compiled.mistakes);
    return [];
  });
}

function compileBodies(value: unknown, pointer: string, mistakes: Mistake[]): readonly ValueMatcher[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || value.length > maxBodyPatterns) {
    mistakes.push({ pointer, message: `takes a list of at most ${maxBodyPatterns} matchers` });
    return undefined;
  }
  return value.flatMap((operand: unknown, i) => {
    const compiled = compileValueMatcher(operand, at(pointer, i));
    if (compiled.ok) return [compiled.value];
    mistakes.push(...compiled.mistakes);
    return [];
  });
}

const decoder = new TextDecoder('utf-8');

/** The body of a part; one without bytes is an empty text, not absent. */
class PartBody implements Subject {
  readonly isAbsent = false;
  private bodyText: string | undefined;
  private reading: JsonReading | undefined;

  constructor(
    readonly bytes: Uint8Array,
    readonly now: number | undefined,
  ) {}

  get text(): string {
    return (this.bodyText ??= decoder.decode(this.bytes));
  }

  get json(): JsonReading {
    return (this.reading ??= readJson(this.text));
  }
}
