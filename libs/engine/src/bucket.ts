import { compareMocks, type CatalogMock } from './catalog-mock';
import { kindNeedsBody, readKeyValues } from './equality-key';
import { type MockRequest } from './mock-request';

/** A list longer than this is split by a value that tells its mocks apart, if there is one. */
const splitAbove = 8;

const noMocks: CatalogMock[] = [];
const noKinds: readonly string[] = [];

interface Split {
  readonly kind: string;
  readonly byValue: Map<string, Bucket>;
  /** Mocks that do not say anything about this kind. */
  readonly rest: Bucket;
}

/**
 * Mocks that share an address, kept so that looking one up does not try each: a short sorted list, or, once it grows, a split by
 * one part of the request (a header, a query parameter, a JSON field …) on whose value the mocks differ. Splits nest.
 */
export class Bucket {
  private list: CatalogMock[] | undefined = noMocks;
  private split: Split | undefined;
  private nextSplitAt = splitAbove;
  /** For the bucket of a literal path: the version of an index's patterns of which none covers that path. */
  noPatternsAt = 0;

  constructor(private readonly usedKinds: readonly string[] = noKinds) {}

  get isEmpty(): boolean {
    return this.list !== undefined
      ? this.list.length === 0
      : this.split!.rest.isEmpty && this.split!.byValue.size === 0;
  }

  /** Sorted; undefined when a value of the request says which of them are in question. */
  get all(): readonly CatalogMock[] | undefined {
    return this.list;
  }

  add(mock: CatalogMock): void {
    if (this.split !== undefined) {
      this.childFor(this.split, mock).add(mock);
      return;
    }
    const list = this.list!;
    if (list.length === 0) {
      this.list = [mock]; // most have one: a list that grows takes room for many
      return;
    }
    list.splice(placeOf(list, mock), 0, mock);
    if (list.length > this.nextSplitAt) this.trySplit(list);
  }

  remove(mock: CatalogMock): void {
    if (this.split === undefined) {
      const list = this.list!;
      const place = placeOf(list, mock);
      if (list[place] === mock) list.splice(place, 1);
      return;
    }
    const value = keyValue(mock, this.split.kind);
    const child = value === undefined ? this.split.rest : this.split.byValue.get(value);
    child?.remove(mock);
    if (value !== undefined && child?.isEmpty === true) this.split.byValue.delete(value);
    if (this.isEmpty) {
      this.split = undefined;
      this.list = noMocks;
      this.nextSplitAt = splitAbove;
    }
  }

  /** Adds the sorted lists that may hold a match for the request. */
  collect(request: MockRequest, found: (readonly CatalogMock[])[]): void {
    if (this.split === undefined) {
      if (this.list!.length > 0) found.push(this.list!);
      return;
    }
    const { kind, byValue, rest } = this.split;
    const values = readKeyValues(kind, request);
    // A request may repeat a value, a million times in a list: each bucket is asked once.
    for (const value of values.length > 1 ? new Set(values) : values) byValue.get(value)?.collect(request, found);
    rest.collect(request, found);
  }

  /** Whether some mock passes `test`, whatever the body will be. */
  some(request: MockRequest, test: (mock: CatalogMock) => boolean): boolean {
    if (this.split === undefined) return this.list!.some(test);
    const { kind, byValue, rest } = this.split;
    if (rest.some(request, test)) return true;
    if (!kindNeedsBody(kind))
      return [...new Set(readKeyValues(kind, request))].some(value => byValue.get(value)?.some(request, test) === true);
    for (const child of byValue.values()) if (child.some(request, test)) return true;
    return false;
  }

  /** Up to `limit` of its mocks, for near misses. */
  sample(limit: number, found: CatalogMock[]): void {
    if (found.length >= limit) return;
    if (this.split === undefined) {
      for (const mock of this.list!) {
        if (found.length >= limit) return;
        found.push(mock);
      }
      return;
    }
    this.split.rest.sample(limit, found);
    for (const child of this.split.byValue.values()) {
      if (found.length >= limit) return;
      child.sample(limit, found);
    }
  }

  private childFor(split: Split, mock: CatalogMock): Bucket {
    const value = keyValue(mock, split.kind);
    if (value === undefined) return split.rest;
    let child = split.byValue.get(value);
    if (child === undefined) {
      child = new Bucket([...this.usedKinds, split.kind]);
      split.byValue.set(value, child);
    }
    return child;
  }

  private trySplit(list: readonly CatalogMock[]): void {
    const kind = bestKind(list, this.usedKinds);
    if (kind === undefined) {
      this.nextSplitAt = list.length * 2;
      return;
    }
    const split: Split = { kind, byValue: new Map(), rest: new Bucket([...this.usedKinds, kind]) };
    this.split = split;
    this.list = undefined;
    for (const mock of list) this.childFor(split, mock).add(mock);
  }
}

/** Where a mock stands, or would stand, in the sorted list. */
function placeOf(list: readonly CatalogMock[], mock: CatalogMock): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareMocks(list[middle]!, mock) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function keyValue(mock: CatalogMock, kind: string): string | undefined {
  const { method, url, keys } = mock.matcher;
  if (kind === 'method') return method.only?.length === 1 ? method.only[0] : undefined;
  if (kind === 'url') return url.kind === 'url' ? url.url : undefined;
  return keys.find(key => key.kind === kind)?.value;
}

/** The kind with the most different values; at least two, and said by at least half of the mocks. */
function bestKind(list: readonly CatalogMock[], used: readonly string[]): string | undefined {
  const valuesByKind = new Map<string, { values: Set<string>; mocks: number }>();
  const count = (kind: string, value: string | undefined): void => {
    if (value === undefined || used.includes(kind)) return;
    const known = valuesByKind.get(kind);
    if (known === undefined) valuesByKind.set(kind, { values: new Set([value]), mocks: 1 });
    else {
      known.values.add(value);
      known.mocks++;
    }
  };
  for (const mock of list) {
    count('method', keyValue(mock, 'method'));
    count('url', keyValue(mock, 'url'));
    const seen = new Set<string>();
    for (const { kind, value } of mock.matcher.keys) {
      if (!seen.has(kind)) count(kind, value);
      seen.add(kind);
    }
  }
  let best: string | undefined;
  let bestCount = 1;
  for (const [kind, { values, mocks }] of valuesByKind) {
    if (values.size > bestCount && mocks * 2 >= list.length) {
      best = kind;
      bestCount = values.size;
    }
  }
  return best;
}
