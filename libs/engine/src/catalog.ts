import { compareMocks, compileMock, type CatalogMock, type StoredMock } from './catalog-mock';
import { type CatalogView } from './catalog-view';
import { type Mistake } from './mistake';
import { type MockRequest } from './mock-request';
import { nearestOf, type NearMiss } from './near-miss';
import { PathIndex } from './path-index';
import { conditionsHold, foundByPathMatches, requestMatches, type RequestMatcher } from './request-matcher';
import { isInState, type ScenarioView } from './scenario';
import { urlMatches } from './url-matcher';
import { drawByWeight } from './weight';

export interface CatalogChange {
  readonly upserts: readonly StoredMock[];
  readonly removals: readonly string[];
}

/** A stored mock that could not be compiled: it is left out, its neighbours are served. */
export interface CatalogProblem {
  readonly id: string;
  readonly mistakes: readonly Mistake[];
}

/** How many mocks at most are weighed for a near miss: a miss must not cost more the more mocks there are. */
const nearMissCandidates = 256;
/** How many mocks are looked at to find those, and how far up a path: disabled mocks and deep paths must not cost either. */
const nearMissLooks = 1_024;
const nearMissParents = 64;

/** More sorted lists than this are cheaper to sort anew than to walk side by side. */
const mergedLists = 16;

/**
 * The compiled mocks of one workspace. Reading and changing are synchronous, so that a request sees a change wholly or not at all.
 */
export class Catalog implements CatalogView {
  private index = new PathIndex();
  private readonly byId = new Map<string, CatalogMock>();
  private readonly byScenario = new Map<string, Set<CatalogMock>>();
  private readonly byResource = new Map<string, Set<CatalogMock>>();
  /** By the path above; most have one mock, which needs no set. */
  private readonly neighbours = new Map<string, CatalogMock | Set<CatalogMock>>();
  private enabledCount = 0;
  private readonly proxied = new Set<string>();

  /** Stored mocks, enabled or not. */
  get size(): number {
    return this.byId.size;
  }

  /** Mocks that are served. */
  get active(): number {
    return this.enabledCount;
  }

  /** Whether some mock passes its requests on, so that a request's body may be of no use here. */
  get hasProxied(): boolean {
    return this.proxied.size > 0;
  }

  get hasScenarios(): boolean {
    return this.byScenario.size > 0;
  }

  get(id: string): CatalogMock | undefined {
    return this.byId.get(id);
  }

  mocks(): IterableIterator<CatalogMock> {
    return this.byId.values();
  }

  /** Applies a change at once. Returns what could not be compiled. */
  apply({ upserts, removals }: CatalogChange): CatalogProblem[] {
    const problems: CatalogProblem[] = [];
    for (const id of removals) this.remove(id);
    for (const stored of upserts) {
      this.remove(stored.id);
      const compiled = compileMock(stored);
      if (compiled.ok) {
        this.add(compiled.mock);
        if (compiled.isProxied) this.proxied.add(stored.id);
      } else problems.push({ id: stored.id, mistakes: compiled.mistakes });
    }
    return problems;
  }

  /**
   * The mock that answers: the first in WireMock's order that matches and whose scenario is in the state it asks for. If it has a
   * weight, one of those of its priority that have a weight and match too is drawn. Those that are covered are passed over.
   */
  find(request: MockRequest, state: ScenarioView, isCovered?: (mock: CatalogMock) => boolean): CatalogMock | undefined {
    const lists = this.index.candidates(request);
    if (isCovered !== undefined) return findThat(lists, mock => !isCovered(mock) && isServable(mock, request, state));
    const first = this.findFirst(lists, request, state);
    return first?.weight === undefined ? first : drawByWeight(first, lists, mock => isServable(mock, request, state));
  }

  /** All mocks that take the request, whatever the state of their scenarios, in WireMock's order. */
  matching(request: MockRequest): CatalogMock[] {
    const fitting = this.index
      .candidates(request)
      .flatMap(list => list.filter(mock => requestMatches(mock.matcher, request)));
    return fitting.sort(compareMocks);
  }

  private findFirst(
    lists: readonly (readonly CatalogMock[])[],
    request: MockRequest,
    state: ScenarioView,
  ): CatalogMock | undefined {
    if (lists.length === 0) return undefined;
    if (lists.length === 1) {
      const list = lists[0]!;
      for (let i = 0; i < list.length; i++) if (isServable(list[i]!, request, state)) return list[i];
      return undefined;
    }
    if (lists.length > mergedLists)
      return lists
        .flat()
        .sort(compareMocks)
        .find(mock => isServable(mock, request, state));
    return findInMerged(lists, mock => isServable(mock, request, state));
  }

  /**
   * Whether the answer may depend on the body: some mock fits method, URL and head, and has a condition on the body, or a
   * scenario whose key may be in it.
   * When not, {@link find} can be asked before the body is read.
   */
  wantsBody(request: MockRequest): boolean {
    let wants = false;
    this.index.visit(request.path, bucket => {
      wants ||= bucket.some(request, mock => mayReadBody(mock) && headMatches(mock.matcher, request));
    });
    return wants;
  }

  /** The closest mocks, closest first, with the conditions that failed. */
  nearest(request: MockRequest, limit: number, state: ScenarioView): NearMiss[] {
    const found: CatalogMock[] = [];
    this.index.visit(request.path, bucket => bucket.sample(nearMissCandidates / 2, found));
    const candidates = new Set(found);
    let looks = 0;
    const addAll = (mocks: Iterable<CatalogMock> | undefined): void => {
      for (const mock of mocks ?? []) {
        if (candidates.size >= nearMissCandidates || looks++ >= nearMissLooks) return;
        if (mock.stored.enabled) candidates.add(mock);
      }
    };
    let parent = parentOf(request.path);
    for (let i = 0; parent !== undefined && i < nearMissParents; i++, parent = parentOf(parent))
      addAll(membersOf(this.neighbours.get(parent)));
    addAll(this.byId.values());
    return nearestOf(candidates, { request, limit, state });
  }

  /** Scenario names with their mocks. */
  scenarios(): ReadonlyMap<string, ReadonlySet<CatalogMock>> {
    return this.byScenario;
  }

  /** Resource names with their mocks. */
  resources(): ReadonlyMap<string, ReadonlySet<CatalogMock>> {
    return this.byResource;
  }

  private add(mock: CatalogMock): void {
    this.byId.set(mock.id, mock);
    if (mock.scenario !== undefined) addTo(this.byScenario, mock.scenario.name, mock);
    if (mock.resourceName !== undefined) addTo(this.byResource, mock.resourceName, mock);
    if (!mock.stored.enabled) return;
    this.enabledCount++;
    this.index.add(mock);
    const place = neighbourhoodOf(mock);
    const group = this.neighbours.get(place);
    if (group instanceof Set) group.add(mock);
    else this.neighbours.set(place, group === undefined ? mock : new Set([group, mock]));
  }

  private remove(id: string): void {
    const mock = this.byId.get(id);
    if (mock === undefined) return;
    this.byId.delete(id);
    this.proxied.delete(id);
    if (mock.scenario !== undefined) removeFrom(this.byScenario, mock.scenario.name, mock);
    if (mock.resourceName !== undefined) removeFrom(this.byResource, mock.resourceName, mock);
    if (!mock.stored.enabled) return;
    this.enabledCount--;
    this.index.remove(mock);
    const place = neighbourhoodOf(mock);
    const group = this.neighbours.get(place);
    if (group instanceof Set && group.size > 1) group.delete(mock);
    else this.neighbours.delete(place);
  }
}

/** Of a mock that the index found. */
function isServable(mock: CatalogMock, request: MockRequest, state: ScenarioView): boolean {
  const { scenario } = mock;
  if (scenario?.requiredState === undefined) return foundByPathMatches(mock.matcher, request);
  // A state is looked up faster than a request is matched; a key is worked out more slowly.
  return scenario.key === undefined
    ? isInState(scenario, request, state) && foundByPathMatches(mock.matcher, request)
    : foundByPathMatches(mock.matcher, request) && isInState(scenario, request, state);
}

function findThat(
  lists: readonly (readonly CatalogMock[])[],
  test: (mock: CatalogMock) => boolean,
): CatalogMock | undefined {
  const first = findInMerged(lists, test);
  return first?.weight === undefined ? first : drawByWeight(first, lists, test);
}

function mayReadBody({ matcher, scenario }: CatalogMock): boolean {
  return matcher.needsBody || scenario?.key !== undefined;
}

function headMatches(matcher: RequestMatcher, request: MockRequest): boolean {
  if (!matcher.method.matches(request.method) || !urlMatches(matcher.url, request)) return false;
  return conditionsHold(
    { ...matcher, conditions: matcher.conditions.filter(condition => !condition.needsBody) },
    request,
  );
}

/** Walks several sorted lists as if they were one. A heap keeps the list whose next mock comes first on top: there may be thousands. */
function findInMerged(
  lists: readonly (readonly CatalogMock[])[],
  test: (mock: CatalogMock) => boolean,
): CatalogMock | undefined {
  const heap = lists.map(list => ({ list, next: 0 }));
  const mockOf = (place: number): CatalogMock => heap[place]!.list[heap[place]!.next]!;
  const sink = (start: number): void => {
    for (let place = start; ;) {
      let first = 2 * place + 1;
      if (first >= heap.length) return;
      if (first + 1 < heap.length && compareMocks(mockOf(first + 1), mockOf(first)) < 0) first++;
      if (compareMocks(mockOf(place), mockOf(first)) <= 0) return;
      [heap[place], heap[first]] = [heap[first]!, heap[place]!];
      place = first;
    }
  };
  for (let place = (heap.length >> 1) - 1; place >= 0; place--) sink(place);
  while (heap.length > 0) {
    const mock = mockOf(0);
    if (test(mock)) return mock;
    const top = heap[0]!;
    if (++top.next === top.list.length) {
      const last = heap.pop()!;
      if (heap.length === 0) return undefined;
      if (last !== top) heap[0] = last;
    }
    sink(0);
  }
  return undefined;
}

function neighbourhoodOf({ matcher: { url } }: CatalogMock): string {
  switch (url.kind) {
    case 'url':
    case 'path':
      return parentOf(url.path) ?? '';
    case 'template':
    case 'resource':
      return parentOf(url.template.text) ?? '';
    case 'urlPattern':
    case 'pathPattern':
      return parentOf(url.prefix) ?? '';
    case 'any':
      return '';
    default:
      return url satisfies never;
  }
}

function membersOf(group: CatalogMock | Set<CatalogMock> | undefined): Iterable<CatalogMock> {
  if (group === undefined) return [];
  return group instanceof Set ? group : [group];
}

function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? undefined : path.slice(0, slash);
}

function addTo(groups: Map<string, Set<CatalogMock>>, key: string, mock: CatalogMock): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, new Set([mock]));
  else group.add(mock);
}

function removeFrom(groups: Map<string, Set<CatalogMock>>, key: string, mock: CatalogMock): void {
  const group = groups.get(key);
  group?.delete(mock);
  if (group?.size === 0) groups.delete(key);
}
