import { readGraphqlRequest, type GraphqlRequest } from './graphql-request';
import { readJson, type JsonReading } from './json-value';
import { isMultipart, readParts, type Part } from './multipart';

/** What the door read off the wire. Strings are as received: nothing is decoded, normalised or lower-cased. */
export interface MockRequestParts {
  readonly method: string;
  /** Path and query as received, without the workspace and session prefix. */
  readonly url: string;
  /** Name, value, name, value, … in the order and case received. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly scheme: 'http' | 'https';
  readonly clientIp: string;
  /** Where the connection came in; used when there is no usable Host header. */
  readonly localHost: string;
  readonly localPort: number;
  readonly httpVersion: string;
  /** When it came in, in milliseconds since 1970; without it nothing matches a condition on "now". */
  readonly receivedAt?: number | undefined;
}

/** A value that a matcher looks at: a header, a parameter, a cookie, the body. */
export interface Subject {
  readonly text: string | undefined;
  readonly isAbsent: boolean;
  readonly json: JsonReading;
  /** The bytes, where the value came as bytes. */
  readonly bytes?: Uint8Array;
  /** What the comparison that made this value may still spend; undefined at its start. */
  readonly budget?: TextBudget | undefined;
  /** The time of the request, for conditions on "now". */
  readonly now?: number | undefined;
}

/**
 * Characters of found values that one comparison makes into text. Values found by `$..a` lie in one another, so all of them
 * together can be hundreds of times as long as the document.
 */
export class TextBudget {
  private left = 24_000_000;

  /** False when nothing is left: the comparison then does not match. */
  take(characters: number): boolean {
    this.left -= characters + 32;
    return this.left >= 0;
  }
}

export class TextSubject implements Subject {
  private reading: JsonReading | undefined;

  constructor(
    readonly text: string,
    readonly budget?: TextBudget,
    readonly now?: number,
  ) {}

  get isAbsent(): boolean {
    return false;
  }

  get json(): JsonReading {
    return (this.reading ??= readJson(this.text));
  }
}

export const absentSubject: Subject = { text: undefined, isAbsent: true, json: { isJson: false } };

const decoder = new TextDecoder('utf-8');
const noBody = new Uint8Array(0);
const noValues: readonly string[] = [];

/** A request as matching sees it. Everything derived (query, cookies, body text, JSON) is worked out once, on first use. */
export class MockRequest implements Subject {
  readonly method: string;
  /** Path and query; a lone trailing `?` is dropped, as WireMock does. */
  readonly url: string;
  readonly path: string;
  /** What follows the `?`; empty when there is none. */
  readonly query: string;
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
  readonly scheme: 'http' | 'https';
  readonly clientIp: string;
  readonly httpVersion: string;
  readonly localHost: string;
  readonly localPort: number;
  readonly now: number | undefined;
  private queryValues: ReadonlyMap<string, readonly string[]> | undefined;
  private cookieValues: ReadonlyMap<string, readonly string[]> | undefined;
  private formValues: ReadonlyMap<string, readonly string[]> | undefined;
  private bodyParts: { readonly parts: readonly Part[] | undefined } | undefined;
  private graphqlReading: { readonly operation: GraphqlRequest | undefined } | undefined;
  private bodyText: string | undefined;
  private bodyJson: JsonReading | undefined;

  constructor(parts: MockRequestParts) {
    const { url } = parts;
    const mark = url.indexOf('?');
    this.method = parts.method;
    this.path = mark < 0 ? url : url.slice(0, mark);
    this.query = mark < 0 ? '' : url.slice(mark + 1);
    this.url = mark >= 0 && this.query === '' ? this.path : url;
    this.rawHeaders = parts.rawHeaders;
    this.body = parts.body;
    this.scheme = parts.scheme;
    this.clientIp = parts.clientIp;
    this.httpVersion = parts.httpVersion;
    this.localHost = parts.localHost;
    this.localPort = parts.localPort;
    this.now = parts.receivedAt;
  }

  /** The same request with its body, for when the head was read first. */
  withBody(body: Uint8Array): MockRequest {
    return this.with({ url: this.url, rawHeaders: this.rawHeaders, body });
  }

  /** The same request with other contents. */
  with({ url, rawHeaders, body }: Pick<MockRequestParts, 'url' | 'rawHeaders' | 'body'>): MockRequest {
    return new MockRequest({
      method: this.method,
      url,
      rawHeaders,
      body,
      scheme: this.scheme,
      clientIp: this.clientIp,
      localHost: this.localHost,
      localPort: this.localPort,
      httpVersion: this.httpVersion,
      receivedAt: this.now,
    });
  }

  /** Every value of a header, one per line received. `lowerName` is the name in lower case. */
  header(lowerName: string): readonly string[] {
    const { rawHeaders } = this;
    let found: string[] | undefined;
    for (let i = 0; i < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!;
      if (name.length === lowerName.length && name.toLowerCase() === lowerName) (found ??= []).push(rawHeaders[i + 1]!);
    }
    return found ?? noValues;
  }

  queryParameter(name: string): readonly string[] {
    return this.query === '' ? noValues : (this.queryParameters.get(name) ?? noValues);
  }

  get queryParameters(): ReadonlyMap<string, readonly string[]> {
    return (this.queryValues ??= readForm(this.query));
  }

  cookie(name: string): readonly string[] {
    return this.cookies.get(name) ?? noValues;
  }

  get cookies(): ReadonlyMap<string, readonly string[]> {
    return (this.cookieValues ??= readCookies(this.header('cookie')));
  }

  /** Fields of an `application/x-www-form-urlencoded` body; empty for any other content type. */
  get formParameters(): ReadonlyMap<string, readonly string[]> {
    if (this.formValues === undefined) {
      const isForm = (this.header('content-type')[0] ?? '')
        .toLowerCase()
        .startsWith('application/x-www-form-urlencoded');
      this.formValues = readForm(isForm ? this.text : '');
    }
    return this.formValues;
  }

  /** The parts of a multipart body; undefined for any other request and for a body that is malformed. */
  get parts(): readonly Part[] | undefined {
    if (this.bodyParts === undefined) {
      const contentType = this.header('content-type')[0];
      this.bodyParts = {
        parts: contentType !== undefined && isMultipart(contentType) ? readParts(contentType, this.body) : undefined,
      };
    }
    return this.bodyParts.parts;
  }

  /** The GraphQL operation that is asked for; undefined when it asks for none. */
  get graphql(): GraphqlRequest | undefined {
    return (this.graphqlReading ??= { operation: readGraphqlRequest(this) }).operation;
  }

  /** The base64 of Basic credentials; the scheme's name knows no case (RFC 7617, 2). */
  get basicCredentials(): readonly string[] {
    return this.header('authorization')
      .filter(value => /^basic /i.test(value))
      .map(value => value.slice(6).trim());
  }

  /** Host without port, from the Host header, lower-cased as DNS names are. */
  get host(): string {
    return splitHost(this.header('host')[0])?.name ?? this.localHost;
  }

  /** Port of the Host header, else the scheme's default when a Host header is given, else the local port. */
  get port(): number {
    const host = splitHost(this.header('host')[0]);
    if (host === undefined) return this.localPort;
    return host.port ?? (this.scheme === 'https' ? 443 : 80);
  }

  get absoluteUrl(): string {
    return `${this.scheme}://${this.header('host')[0] ?? `${this.localHost}:${this.localPort}`}${this.url}`;
  }

  get bytes(): Uint8Array {
    return this.body;
  }

  /** The body as UTF-8 text. */
  get text(): string {
    return (this.bodyText ??= this.body.length === 0 ? '' : decoder.decode(this.body));
  }

  /** WireMock's `absent` on a body: there are no bytes. */
  get isAbsent(): boolean {
    return this.body.length === 0;
  }

  get json(): JsonReading {
    return (this.bodyJson ??= readJson(this.text));
  }
}

/** A request made from JSON of the admin API, such as the one of `near-misses/request`. */
export function requestFrom(parts: Partial<MockRequestParts> & { readonly url: string }): MockRequest {
  return new MockRequest({
    method: 'GET',
    rawHeaders: [],
    body: noBody,
    scheme: 'http',
    clientIp: '127.0.0.1',
    localHost: 'localhost',
    localPort: 80,
    httpVersion: '1.1',
    ...parts,
  });
}

function splitHost(host: string | undefined): { name: string; port: number | undefined } | undefined {
  if (host === undefined || host === '') return undefined;
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']') && colon >= 0;
  const name = (hasPort ? host.slice(0, colon) : host).toLowerCase();
  const digits = hasPort ? host.slice(colon + 1) : '';
  return { name, port: /^\d{1,5}$/.test(digits) ? Number(digits) : undefined };
}

/** More pairs than this in one query or form are ignored. */
const maxPairs = 1_000;

function readForm(text: string): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  if (text === '') return values;
  let start = 0;
  for (let pairs = 0; start <= text.length && pairs < maxPairs; pairs++) {
    const end = text.indexOf('&', start);
    const pair = end < 0 ? text.slice(start) : text.slice(start, end);
    start = end < 0 ? text.length + 1 : end + 1;
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    add(values, decode(equals < 0 ? pair : pair.slice(0, equals)), equals < 0 ? '' : decode(pair.slice(equals + 1)));
  }
  return values;
}

function readCookies(headers: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const header of headers) {
    for (const pair of header.split(';', maxPairs)) {
      const equals = pair.indexOf('=');
      if (equals <= 0) continue;
      const value = pair.slice(equals + 1).trim();
      add(
        values,
        pair.slice(0, equals).trim(),
        value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value,
      );
    }
  }
  return values;
}

function add(values: Map<string, string[]>, name: string, value: string): void {
  const known = values.get(name);
  if (known === undefined) values.set(name, [value]);
  else known.push(value);
}

/** Percent-decodes as a form does (`+` is a space). Text that is not valid percent-encoded UTF-8 stays as it is. */
export function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
