import { toJsonText } from './json-path';
import { scalarText, valueAt } from './json-value';
import { type Equality } from './matcher';
import { type MockRequest } from './mock-request';

/**
 * A value that a request must have for a mock to match, found while compiling. `kind` names the part of the request
 * (`header:x-env`, `query:page`, `cookie:a`, `basic`, `body`, `json:["a","b"]`, `graphql:operationName`); equal kinds are read from a request once.
 */
export interface EqualityKey {
  readonly kind: string;
  readonly value: string;
}

/** Kinds repeat over thousands of mocks: one string each, with how to read it. */
const readers = new Map<string, (request: MockRequest) => readonly string[]>();
const maxReaders = 10_000;

export function keyOf(kind: string, equality: Equality): EqualityKey[] {
  return equality.segments === undefined ? [{ kind, value: equality.value }] : [];
}

export function bodyKeys(equalities: readonly Equality[]): EqualityKey[] {
  return equalities.map(({ segments, below, value }) => {
    if (segments === undefined) return { kind: 'body', value };
    return {
      kind: below === undefined ? `json:${JSON.stringify(segments)}` : `each:${JSON.stringify([segments, below])}`,
      value,
    };
  });
}

/** Values that a request offers under a kind; a mock filed under another value cannot match it. */
export function readKeyValues(kind: string, request: MockRequest): readonly string[] {
  let reader = readers.get(kind);
  if (reader === undefined) {
    reader = makeReader(kind);
    if (readers.size < maxReaders) readers.set(kind, reader);
  }
  return reader(request);
}

export function kindNeedsBody(kind: string): boolean {
  return kind === 'body' || /^(?:json|each|graphql):/.test(kind);
}

function makeReader(kind: string): (request: MockRequest) => readonly string[] {
  const colon = kind.indexOf(':');
  const part = colon < 0 ? kind : kind.slice(0, colon);
  const name = kind.slice(colon + 1);
  switch (part) {
    case 'method':
      return request => [request.method];
    case 'url':
      return request => [request.url];
    case 'header':
      return request => request.header(name);
    case 'query':
      return request => request.queryParameter(name);
    case 'cookie':
      return request => request.cookie(name);
    case 'basic':
      return request => request.basicCredentials;
    case 'body':
      return request => [request.text];
    case 'graphql':
      return request => {
        const operation = request.graphql?.operationName;
        return operation === undefined ? [] : [operation];
      };
    case 'each': {
      const [segments, below] = JSON.parse(name) as [(string | number)[], (string | number)[]];
      return request => {
        const node = request.json.isJson ? valueAt(request.json.value, segments) : undefined;
        return (Array.isArray(node) ? (node as unknown[]) : [node]).flatMap(one => textsAt(one, below));
      };
    }
    default: {
      const segments = JSON.parse(name) as (string | number)[];
      return request => (request.json.isJson ? textsAt(request.json.value, segments) : []);
    }
  }
}

/** A list offers its elements and itself: a nested matcher is met by any of them. */
function textsAt(root: unknown, segments: readonly (string | number)[]): readonly string[] {
  const value = valueAt(root, segments);
  if (value === undefined) return [];
  const scalar = scalarText(value);
  if (scalar !== undefined) return [scalar];
  return Array.isArray(value)
    ? [toJsonText(value), ...(value as unknown[]).map(element => toJsonText(element))]
    : [toJsonText(value)];
}
