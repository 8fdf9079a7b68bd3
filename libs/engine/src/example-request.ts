import { base64OfBytes, bytesOfBase64 } from './base64';
import { isObject } from './is-object';
import { toJsonText } from './json-path';
import { type RequestPattern } from './mapping-schema';
import { bindSegment, compilePathTemplate } from './path-template';

/** A request that a pattern takes. */
export interface ExampleRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Name, value, name, value, …. */
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export type ExampleReading =
  | {
      readonly ok: true;
      readonly example: ExampleRequest;
      /** Lower-case names of headers whose value was made up, because any will do. */
      readonly madeUp: ReadonlySet<string>;
    }
  | { readonly ok: false; readonly reason: string };

const anyWord = 'any';

/** Stops with the reason why no example can be made. */
class NoExample extends Error {}

/**
 * A request as a pattern describes it: its texts, and for the variables of a path template those given in `variables`. Whether the
 * pattern takes it is for the caller to try: conditions such as regular expressions are not looked at. Never throws.
 */
export function exampleRequest(
  pattern: RequestPattern,
  variables: Readonly<Record<string, string>> = {},
): ExampleReading {
  try {
    const madeUp = new Set<string>();
    const { body, contentType } = bodyOf(pattern);
    const headers = headersOf(pattern, madeUp);
    const hasType = headers.some((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type');
    if (contentType !== undefined && !hasType) headers.push('Content-Type', contentType);
    const example = { method: methodOf(pattern.method), url: urlOf(pattern, variables), headers, body };
    return { ok: true, example, madeUp };
  } catch (error) {
    if (error instanceof NoExample) return { ok: false, reason: error.message };
    throw error;
  }
}

function methodOf(method: RequestPattern['method']): string {
  if (typeof method === 'object') {
    const { oneOf = [], noneOf = [] } = method;
    const found = oneOf[0] ?? ['GET', 'HEAD', 'OPTIONS', 'POST'].find(one => !noneOf.includes(one));
    return found ?? 'GET';
  }
  return method === undefined || /^any$/i.test(method) ? 'GET' : method;
}

function urlOf(pattern: RequestPattern, variables: Readonly<Record<string, string>>): string {
  if (pattern.url !== undefined) return pattern.url;
  const query = Object.entries(pattern.queryParameters ?? {}).flatMap(([name, condition]) =>
    valuesOf(condition, `the query parameter ${name}`).map(
      value => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
    ),
  );
  const path = pathOf(pattern, variables);
  return query.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${query.join('&')}`;
}

function pathOf(pattern: RequestPattern, variables: Readonly<Record<string, string>>): string {
  if (pattern.urlPath !== undefined) return pattern.urlPath;
  if (pattern.urlPathTemplate !== undefined) return fillTemplate(pattern, pattern.urlPathTemplate, variables);
  const regex = pattern.urlPathPattern ?? pattern.urlPattern;
  if (regex === undefined) throw new NoExample('it takes any URL');
  const literal = regex.replace(/^\^/, '').replace(/\$$/, '');
  if (/(?:^|[^\\])[$.*+?()[\]{}|^]|\\[A-Za-z0-9]/.test(literal)) throw new NoExample('its URL is a regular expression');
  return literal.replaceAll(/\\(.)/g, '$1');
}

function fillTemplate(pattern: RequestPattern, text: string, variables: Readonly<Record<string, string>>): string {
  const compiled = compilePathTemplate(text);
  if (!compiled.ok) throw new NoExample('its path template cannot be read');
  return compiled.template.segments
    .map(segment => {
      if (segment.kind === 'rest') throw new NoExample('its path may go on in any way');
      if (segment.kind === 'literal') return segment.text;
      const parts = segment.kind === 'variable' ? [{ name: segment.name }] : segment.parts;
      const filled = parts.map(part => ('literal' in part ? part.literal : variableOf(pattern, part.name, variables)));
      if (!bindSegment(segment, filled.join(''))) throw new NoExample('its path template cannot be filled');
      return filled.join('');
    })
    .join('/');
}

function variableOf(
  { pathParameters }: RequestPattern,
  name: string,
  variables: Readonly<Record<string, string>>,
): string {
  const given = Object.hasOwn(variables, name) ? variables[name] : undefined;
  if (given !== undefined) return encodeURIComponent(given);
  const condition = pathParameters?.[name];
  const known = condition === undefined ? undefined : textOf(condition);
  if (known === undefined) throw new NoExample(`nothing says what stands for {${name}} in its path`);
  return encodeURIComponent(known);
}

function headersOf(pattern: RequestPattern, madeUp: Set<string>): string[] {
  const headers = Object.entries(pattern.headers ?? {}).flatMap(([name, condition]) => {
    if (isAny(condition)) madeUp.add(name.toLowerCase());
    return valuesOf(condition, `the header ${name}`).flatMap(value => [name, value]);
  });
  const cookies = Object.entries(pattern.cookies ?? {}).flatMap(([name, condition]) =>
    valuesOf(condition, `the cookie ${name}`).map(value => `${name}=${value}`),
  );
  if (cookies.length > 0) headers.push('Cookie', cookies.join('; '));
  if (pattern.basicAuthCredentials !== undefined) {
    const { username, password } = pattern.basicAuthCredentials;
    headers.push('Authorization', `Basic ${base64OfBytes(new TextEncoder().encode(`${username}:${password}`))}`);
  }
  return headers;
}

interface ExampleBody {
  readonly body: Uint8Array;
  readonly contentType: string | undefined;
}

function bodyOf({ bodyPatterns = [], formParameters, multipartPatterns, graphql }: RequestPattern): ExampleBody {
  if (multipartPatterns !== undefined || graphql !== undefined)
    throw new NoExample('its body has conditions of its own');
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (formParameters !== undefined) {
    const fields = Object.entries(formParameters).flatMap(([name, condition]) =>
      valuesOf(condition, `the form field ${name}`).map(
        value => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
      ),
    );
    return { body: encode(fields.join('&')), contentType: 'application/x-www-form-urlencoded' };
  }
  const wanted = bodyPatterns.filter(one => one['absent'] !== true && one['anything'] === undefined);
  const [first] = wanted;
  if (first === undefined) return { body: new Uint8Array(0), contentType: undefined };
  const { equalToJson, equalTo, binaryEqualTo, equalToXml } = first;
  if (equalToJson !== undefined) return { body: encode(jsonExample(equalToJson)), contentType: 'application/json' };
  if (typeof equalTo === 'string') return { body: encode(equalTo), contentType: undefined };
  if (typeof equalToXml === 'string') return { body: encode(equalToXml), contentType: 'application/xml' };
  if (typeof binaryEqualTo === 'string') return { body: bytesOfBase64(binaryEqualTo), contentType: undefined };
  throw new NoExample('its conditions on the body do not say what the body is');
}

/** With something in the place of each placeholder. */
function jsonExample(expected: unknown): string {
  return toJsonText(expected)
    .replaceAll('"${json-unit.any-number}"', '1')
    .replaceAll('"${json-unit.any-boolean}"', 'true')
    .replaceAll(/\$\{json-unit\.(?:any-string|ignore|ignore-element)\}/g, anyWord);
}

function valuesOf(condition: Readonly<Record<string, unknown>>, what: string): string[] {
  const list = condition['hasExactly'] ?? condition['includes'];
  if (Array.isArray(list)) return list.flatMap(one => (isObject(one) ? valuesOf(one, what) : []));
  if (condition['absent'] === true) return [];
  const text = textOf(condition);
  if (text === undefined) throw new NoExample(`its condition on ${what} does not say what the value is`);
  return [text];
}

function textOf(condition: Readonly<Record<string, unknown>>): string | undefined {
  if (isAny(condition)) return anyWord;
  for (const name of ['equalTo', 'contains', 'equalToJson']) {
    const operand = condition[name];
    if (operand !== undefined) return toJsonText(operand);
  }
  return undefined;
}

function isAny(condition: Readonly<Record<string, unknown>>): boolean {
  return /^\.[*+]$/.test(toJsonText(condition['matches'])) || condition['anything'] !== undefined;
}
