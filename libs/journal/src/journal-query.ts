import { compileRequestPattern, compileValuePattern, type CompiledValuePattern } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { type Exchange } from './exchange';

/** What `GET /__admin/requests` filters by. */
export interface JournalFilter {
  readonly since: number | undefined;
  readonly matchingStub: string | undefined;
  readonly unmatchedOnly: boolean;
  readonly limit: number | undefined;
}

export function readFilter(query: Readonly<Record<string, unknown>>): JournalFilter {
  const since = textOf(query, 'since');
  const limit = textOf(query, 'limit');
  if (limit !== undefined && !/^\d{1,9}$/.test(limit))
    throw new Problem('bad-request', {
      detail: `'limit' must be a whole number from 0 on, not '${limit.slice(0, 40)}'.`,
    });
  return {
    since: since === undefined ? undefined : readDate(since),
    matchingStub: textOf(query, 'matchingStub')?.toLowerCase(),
    unmatchedOnly: textOf(query, 'unmatched') === 'true',
    limit: limit === undefined ? undefined : Number(limit),
  };
}

export function fitsFilter(exchange: Exchange, { since, matchingStub, unmatchedOnly }: JournalFilter): boolean {
  if (since !== undefined && exchange.receivedAt < since) return false;
  if (matchingStub !== undefined && exchange.mock?.id !== matchingStub) return false;
  return !unmatchedOnly || exchange.mock === undefined;
}

/** Compiles a request pattern, which is at `pointer` of the body, or answers 422 with every mistake. */
export function requestPatternOf(
  pattern: unknown,
  pointer = '',
): Extract<ReturnType<typeof compileRequestPattern>, { ok: true }> {
  const compiled = compileRequestPattern(pattern ?? {});
  if (!compiled.ok)
    throw new Problem('invalid-mapping', {
      detail: 'The request pattern is not usable; see mistakes.',
      extras: { mistakes: compiled.mistakes.map(mistake => ({ ...mistake, pointer: pointer + mistake.pointer })) },
    });
  return compiled;
}

export function metadataPatternOf(body: unknown): Extract<CompiledValuePattern, { ok: true }> {
  const compiled = compileValuePattern(body);
  if (!compiled.ok)
    throw new Problem('invalid-mapping', {
      detail: 'The metadata pattern is not usable; see mistakes.',
      extras: { mistakes: compiled.mistakes },
    });
  return compiled;
}

/** Whether what WireMock has no place for is wanted too. */
export function wantsAll(query: Readonly<Record<string, unknown>>): boolean {
  const view = textOf(query, 'view') ?? 'wiremock';
  if (view !== 'wiremock' && view !== 'full')
    throw new Problem('bad-request', { detail: "'view' is wiremock or full." });
  return view === 'full';
}

export function textOf(query: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = query[name];
  if (value === undefined || typeof value === 'string') return value;
  throw new Problem('bad-request', { detail: `'${name}' may be given once.` });
}

export function readDate(text: string): number {
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time))
    throw new Problem('bad-request', {
      detail: `'${text.slice(0, 40)}' is not a valid ISO 8601 date; write since=2026-01-31T12:00:00Z.`,
    });
  return time;
}
