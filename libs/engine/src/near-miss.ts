import { type CatalogMock } from './catalog-mock';
import { type MockRequest } from './mock-request';
import { requestMatches, type RequestMatcher } from './request-matcher';
import { instanceOf, type ScenarioView } from './scenario';
import { urlMatches, type UrlMatcher } from './url-matcher';

/** A condition that did not hold: what, what was wanted, what the request had. */
export interface FailedCondition {
  readonly part: string;
  readonly expected: string;
  readonly actual: string | undefined;
}

export interface NearMiss {
  readonly mock: CatalogMock;
  /** 0 is a match, 1 has nothing in common. */
  readonly distance: number;
  readonly failed: readonly FailedCondition[];
}

export interface NearMissQuestion {
  readonly request: MockRequest;
  readonly limit: number;
  readonly state: ScenarioView;
}

/** Weights after WireMock's RequestPattern: a wrong URL is worse than a wrong method, and both than one wrong header. */
const weights = { url: 10, method: 3, condition: 2, scenario: 1 };

/** Only this many get the exact (edit distance) comparison; the rest are told apart by how their URL begins. */
const weighedExactly = 24;
const comparedChars = 200;
const shownChars = 200;

/** Ranks mocks by how little is missing for a match. */
export function nearestOf(mocks: Iterable<CatalogMock>, { request, limit, state }: NearMissQuestion): NearMiss[] {
  const rough = [...mocks].map(mock => ({ mock, likeness: roughLikeness(mock, request) }));
  rough.sort((a, b) => b.likeness - a.likeness);
  const near = rough
    .slice(0, weighedExactly)
    .map(({ mock }) => ({ mock, ...distanceOf(mock.matcher, request, scenarioFailure(mock, request, state)) }));
  return near.sort((a, b) => a.distance - b.distance).slice(0, limit);
}

/** How far a request is from a request pattern, with the conditions that failed. */
export function distanceOf(
  matcher: RequestMatcher,
  request: MockRequest,
  scenario?: FailedCondition,
): { distance: number; failed: FailedCondition[] } {
  const failed: FailedCondition[] = scenario === undefined ? [] : [scenario];
  let total =
    weights.url +
    weights.method +
    matcher.conditions.length * weights.condition +
    (scenario === undefined ? 0 : weights.scenario);
  let missing = scenario === undefined ? 0 : weights.scenario;
  if (!matcher.method.matches(request.method)) {
    failed.push({ part: 'method', expected: matcher.method.expected, actual: request.method });
    missing += weights.method;
  }
  if (!urlMatches(matcher.url, request)) {
    failed.push({ part: 'URL', expected: matcher.url.expected, actual: shorten(request.url) });
    missing += weights.url * editShare(literalOf(matcher.url), matcher.url.kind === 'url' ? request.url : request.path);
  }
  for (const condition of matcher.conditions) {
    if (condition.holds(request)) continue;
    const actual = condition.actual(request);
    failed.push({
      part: condition.part,
      expected: shorten(condition.expected),
      actual: actual === undefined ? undefined : shorten(actual),
    });
    missing += weights.condition;
  }
  total = Math.max(total, 1);
  return { distance: failed.length === 0 ? 0 : Math.max(missing / total, Number.EPSILON), failed };
}

/** The requests nearest to a pattern, nearest first (`near-misses/request-pattern`). */
export function nearestRequests<T extends { readonly request: MockRequest }>(
  matcher: RequestMatcher,
  candidates: Iterable<T>,
  limit: number,
): { candidate: T; distance: number; failed: FailedCondition[] }[] {
  const near = [];
  for (const candidate of candidates) {
    if (!requestMatches(matcher, candidate.request))
      near.push({ candidate, ...distanceOf(matcher, candidate.request) });
  }
  return near.sort((a, b) => a.distance - b.distance).slice(0, limit);
}

function scenarioFailure(
  { scenario }: CatalogMock,
  request: MockRequest,
  state: ScenarioView,
): FailedCondition | undefined {
  if (scenario?.requiredState === undefined) return undefined;
  const instance = instanceOf(scenario, request);
  const actual = state.stateOf(scenario.name, instance);
  if (actual === scenario.requiredState) return undefined;
  const part = `scenario ${scenario.name}${scenario.key === undefined ? '' : ` of '${shorten(instance)}'`}`;
  return { part, expected: scenario.requiredState, actual };
}

function roughLikeness(mock: CatalogMock, request: MockRequest): number {
  const literal = literalOf(mock.matcher.url);
  const { path } = request;
  let same = 0;
  const shorter = Math.min(literal.length, path.length, comparedChars);
  while (same < shorter && literal.charCodeAt(same) === path.charCodeAt(same)) same++;
  const longer = Math.max(literal.length, path.length, 1);
  return (
    same / longer -
    (Math.abs(literal.length - path.length) / longer) * 0.1 +
    (mock.matcher.method.matches(request.method) ? 0.2 : 0)
  );
}

function literalOf(url: UrlMatcher): string {
  switch (url.kind) {
    case 'url':
      return url.url;
    case 'path':
      return url.path;
    case 'template':
    case 'resource':
      return url.template.text;
    case 'urlPattern':
    case 'pathPattern':
      return url.regex.source;
    case 'any':
      return '';
    default:
      return url satisfies never;
  }
}

/** Levenshtein distance over the longer length, 0 to 1, on at most {@link comparedChars} characters. */
function editShare(a: string, b: string): number {
  const left = a.slice(0, comparedChars);
  const right = b.slice(0, comparedChars);
  if (left.length === 0 || right.length === 0) return 1;
  let previous = Uint16Array.from({ length: right.length + 1 }, (_, i) => i);
  let current = new Uint16Array(right.length + 1);
  for (let i = 1; i <= left.length; i++) {
    current[0] = i;
    for (let j = 1; j <= right.length; j++) {
      const swap = previous[j - 1]! + (left.charCodeAt(i - 1) === right.charCodeAt(j - 1) ? 0 : 1);
      current[j] = Math.min(swap, previous[j]! + 1, current[j - 1]! + 1);
    }
    [previous, current] = [current, previous];
  }
  return previous[right.length]! / Math.max(left.length, right.length);
}

function shorten(text: string): string {
  return text.length > shownChars ? `${text.slice(0, shownChars)}… (${text.length} characters)` : text;
}
