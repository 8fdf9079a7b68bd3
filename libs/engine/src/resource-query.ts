import { isObject } from './is-object';
import { scalarText, valueAt } from './json-value';
import { type MockRequest } from './mock-request';
import { type ResourceSpec } from './resource-schema';

export type Item = Readonly<Record<string, unknown>>;

export type ListReading =
  | {
      readonly ok: true;
      readonly items: readonly Item[];
      readonly total: number;
      readonly page: number;
      readonly limit: number | undefined;
    }
  | { readonly ok: false; readonly message: string };

const maxFilters = 20;
const comparisons = {
  _gte: (order: number): boolean => order >= 0,
  _lte: (order: number): boolean => order <= 0,
  _gt: (order: number): boolean => order > 0,
  _lt: (order: number): boolean => order < 0,
} as const;
const suffixes = [...Object.keys(comparisons), '_ne', '_like'];

type Test = (item: Item) => boolean;

/** Filters, searches, sorts and pages as the query says. Items are not changed. */
export function readList(items: readonly Item[], request: MockRequest, spec: ResourceSpec): ListReading {
  const names = namesOf(spec);
  const first = (name: string): string | undefined => request.queryParameter(name)[0];
  const numbers = readNumbers(
    { page: first(names.page), limit: first(names.limit), offset: first(names.offset) },
    names,
  );
  if (typeof numbers === 'string') return { ok: false, message: numbers };
  const tests = readFilters(request, spec, names);
  if (tests.length > maxFilters) return { ok: false, message: `There may be ${maxFilters} filters at most.` };
  const search = first(names.search)?.toLowerCase() ?? '';
  if (search !== '') tests.push(item => mentions(item, search));
  const found = tests.length === 0 ? items : items.filter(item => tests.every(test => test(item)));
  const sorted = sortItems(found, first(names.sort), first(names.order));
  const limit = limitOf(numbers.limit, spec);
  const start = numbers.offset ?? (limit === undefined ? 0 : (numbers.page - 1) * limit);
  const page = limit === undefined ? 1 : Math.floor(start / limit) + 1;
  const end = limit === undefined ? undefined : start + limit;
  return { ok: true, items: sorted.slice(start, end), total: found.length, page, limit };
}

type Names = Readonly<Record<'page' | 'limit' | 'offset' | 'sort' | 'order' | 'search', string>>;

function namesOf({ query = {} }: ResourceSpec): Names {
  return {
    page: query.page ?? '_page',
    limit: query.limit ?? '_limit',
    offset: query.offset ?? '_offset',
    sort: query.sort ?? '_sort',
    order: query.order ?? '_order',
    search: query.search ?? 'q',
  };
}

interface Numbers {
  readonly page: number;
  readonly limit: number | undefined;
  readonly offset: number | undefined;
}

/** The numbers, or what is wrong with them. */
function readNumbers(given: Readonly<Record<keyof Numbers, string | undefined>>, names: Names): Numbers | string {
  for (const [key, text] of Object.entries(given)) {
    const least = key === 'page' ? 1 : 0;
    if (text !== undefined && !(/^\d{1,9}$/.test(text) && Number(text) >= least))
      return `Query parameter '${names[key as keyof Numbers]}' must be a whole number from ${least} on.`;
  }
  const numberOf = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
  return { page: numberOf(given.page) ?? 1, limit: numberOf(given.limit), offset: numberOf(given.offset) };
}

function limitOf(asked: number | undefined, { limit, maxLimit }: ResourceSpec): number | undefined {
  const wanted = asked ?? limit;
  if (maxLimit === undefined) return wanted;
  return Math.min(wanted ?? maxLimit, maxLimit);
}

function readFilters(request: MockRequest, { filters }: ResourceSpec, names: Names): Test[] {
  const reserved = new Set<string>(Object.values(names));
  const tests: Test[] = [];
  for (const [name, values] of request.queryParameters) {
    if (reserved.has(name)) continue;
    const suffix = suffixes.find(one => name.endsWith(one) && name.length > one.length);
    const field = suffix === undefined ? name : name.slice(0, -suffix.length);
    if (filters !== undefined && !filters.includes(field)) continue;
    tests.push(filterOf(field, suffix, values));
  }
  return tests;
}

function filterOf(field: string, suffix: string | undefined, values: readonly string[]): Test {
  const [first = ''] = values;
  switch (suffix) {
    case undefined:
      return item => textsOf(fieldOf(item, field)).some(text => values.includes(text));
    case '_ne':
      return item => !textsOf(fieldOf(item, field)).some(text => values.includes(text));
    case '_like': {
      const wanted = first.toLowerCase();
      return item => textsOf(fieldOf(item, field)).some(text => text.toLowerCase().includes(wanted));
    }
    default: {
      const holds = comparisons[suffix as keyof typeof comparisons];
      return item => textsOf(fieldOf(item, field)).some(text => holds(compareTexts(text, first)));
    }
  }
}

/** A member of that very name, else the members that the dots lead to. */
export function fieldOf(item: Item, field: string): unknown {
  return Object.hasOwn(item, field) ? item[field] : valueAt(item, field.split('.'));
}

/** Its text, or that of each element of a list. */
function textsOf(value: unknown): string[] {
  const texts = Array.isArray(value) ? value.map(scalarText) : [scalarText(value)];
  return texts.filter(text => text !== undefined);
}

function compareTexts(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)];
  if (a.trim() !== '' && b.trim() !== '' && Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return a < b ? -1 : a > b ? 1 : 0;
}

function mentions(value: unknown, wanted: string): boolean {
  if (Array.isArray(value)) return value.some(one => mentions(one, wanted));
  if (isObject(value)) return Object.values(value).some(one => mentions(one, wanted));
  return scalarText(value)?.toLowerCase().includes(wanted) === true;
}

/** `age,-name`, or `age,name` with the order `asc,desc`. What has no such field comes last. */
function sortItems(items: readonly Item[], sort: string | undefined, order = ''): readonly Item[] {
  if (sort === undefined || sort === '') return items;
  const orders = order.toLowerCase().split(',');
  const keys = sort.split(',', 5).map((text, i) => ({
    field: text.replace(/^[-+]/, ''),
    sign: text.startsWith('-') || orders[i] === 'desc' ? -1 : 1,
  }));
  const rows = items.map(item => ({ item, texts: keys.map(({ field }) => scalarText(fieldOf(item, field))) }));
  rows.sort((a, b) => {
    for (const [i, { sign }] of keys.entries()) {
      const [x, y] = [a.texts[i], b.texts[i]];
      if (x === undefined || y === undefined) {
        if (x !== y) return x === undefined ? 1 : -1;
        continue;
      }
      const difference = compareTexts(x, y);
      if (difference !== 0) return difference * sign;
    }
    return 0;
  });
  return rows.map(({ item }) => item);
}
