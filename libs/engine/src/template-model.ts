import { base64OfBytes } from './base64';
import { type MockRequest } from './mock-request';
import { type Part } from './multipart';
import { type PathTemplate } from './path-template';
import { randomUuid } from './template-random-helpers';
import { type TemplateEnvironment } from './template-run';
import { listMember, special, ValueList, type SpecialValue, type WithSpecial } from './template-value';

export interface TemplateModelParts {
  readonly request: MockRequest;
  /** Names the segments of the path: `{{request.path.userId}}`. */
  readonly pathTemplate?: PathTemplate | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
}

/** What a response template sees: `request` and `parameters`. Made once a reply, so that `request.id` is one in all of it. */
export function templateModel(parts: TemplateModelParts, environment: TemplateEnvironment): Record<string, unknown> {
  return { request: new RequestModel(parts, environment), parameters: parts.parameters ?? noParameters };
}

const decoder = new TextDecoder();
const binaryTypes =
  /^\s*(?:(?:image|audio|video|font)\/(?!svg)|application\/(?:octet-stream|pdf|zip|gzip|x-protobuf))/i;
const noParameters: Readonly<Record<string, unknown>> = {};
const noVariables: Readonly<Record<string, string>> = {};

/** WireMock's request model. Everything is worked out when it is asked for, the costly parts once. */
class RequestModel implements WithSpecial {
  readonly [special]: SpecialValue = {
    member: name => this.member(name),
    text: () => `${this.request.method} ${this.request.url}`,
  };
  private known: Record<string, unknown> | undefined;

  constructor(
    private readonly parts: TemplateModelParts,
    readonly environment: TemplateEnvironment,
  ) {}

  private get request(): MockRequest {
    return this.parts.request;
  }

  private member(name: string): unknown {
    const { request } = this;
    switch (name) {
      case 'url':
        return request.url;
      case 'method':
        return new NamedText(request.method);
      case 'body':
        return request.text;
      case 'scheme':
        return request.scheme;
      case 'clientIp':
        return request.clientIp;
      case 'host':
        return request.host;
      case 'port':
        return request.port;
      case 'baseUrl':
        return baseUrlOf(request);
      case 'requestLine':
        return this;
      case 'binary':
      case 'isBinary':
        return isBinary(request);
      default:
        return this.keep(name);
    }
  }

  private keep(name: string): unknown {
    const known = (this.known ??= Object.create(null) as Record<string, unknown>);
    return name in known ? known[name] : (known[name] = this.make(name));
  }

  private make(name: string): unknown {
    const { request } = this;
    switch (name) {
      case 'id':
        return randomUuid(this);
      case 'path':
      case 'pathSegments':
        return new PathModel(request.path, this.parts.pathTemplate?.parse(request.path) ?? noVariables);
      case 'query':
        return listsOf(request.queryParameters);
      case 'headers':
        return new HeadersModel(request);
      case 'cookies':
        return listsOf(request.cookies);
      case 'bodyAsBase64':
        return base64OfBytes(request.body);
      case 'parts':
        return partModels(request.parts ?? []);
      case 'multipart':
      case 'isMultipart':
        return request.parts !== undefined;
      default:
        return undefined;
    }
  }
}

/** A text that WireMock keeps as an object: it reads as its text, and is equal to none. */
class NamedText implements WithSpecial {
  readonly [special]: SpecialValue;

  constructor(text: string) {
    this[special] = { member: () => undefined, text: () => text };
  }
}

function baseUrlOf({ scheme, host, port }: MockRequest): string {
  const isDefault = port === (scheme === 'https' ? 443 : 80);
  return `${scheme}://${host}${isDefault ? '' : `:${port}`}`;
}

function isBinary(request: MockRequest): boolean {
  return isBinaryType(request.header('content-type')[0]);
}

function isBinaryType(type: string | undefined): boolean {
  return type !== undefined && binaryTypes.test(type);
}

/** The path as text, its segments by number, and the variables of the mock's path template by name. */
class PathModel implements WithSpecial {
  readonly [special]: SpecialValue;

  constructor(path: string, variables: Readonly<Record<string, string>>) {
    const segments = path.split('/').slice(1);
    this[special] = {
      member: name => (Object.hasOwn(variables, name) ? variables[name] : listMember(segments, name)),
      items: segments,
      text: () => path,
    };
  }
}

/** By name in any case; listed in alphabetical order, as WireMock has them. */
class HeadersModel implements WithSpecial {
  readonly [special]: SpecialValue;

  constructor(request: MockRequest) {
    const all = (): Record<string, ValueList> => {
      const names = new Map<string, string>();
      for (let i = 0; i < request.rawHeaders.length; i += 2) {
        const name = request.rawHeaders[i]!;
        if (!names.has(name.toLowerCase())) names.set(name.toLowerCase(), name);
      }
      const sorted = [...names].sort(([a], [b]) => (a < b ? -1 : 1));
      return Object.fromEntries(sorted.map(([lower, name]) => [name, new ValueList(request.header(lower))]));
    };
    this[special] = {
      member: name => {
        const values = request.header(name.toLowerCase());
        return values.length === 0 ? undefined : new ValueList(values);
      },
      get items() {
        return all();
      },
      text: () =>
        `{${Object.entries(all())
          .map(([name, { values }]) => `${name}=${values[0] ?? ''}`)
          .join(', ')}}`,
    };
  }
}

function listsOf(values: ReadonlyMap<string, readonly string[]>): Readonly<Record<string, ValueList>> {
  const lists = Object.create(null) as Record<string, ValueList>;
  for (const [name, one] of values) lists[name] = new ValueList(one);
  return lists;
}

function partModels(parts: readonly Part[]): Readonly<Record<string, unknown>> {
  const models = Object.create(null) as Record<string, unknown>;
  for (const { name, headers, body } of parts) {
    if (name === undefined || name in models) continue;
    models[name] = {
      name,
      headers: new PartHeaders(headers),
      body: decoder.decode(body),
      bodyAsBase64: base64OfBytes(body),
      binary: isBinaryType(headers.get('content-type')?.[0]),
    };
  }
  return models;
}

class PartHeaders implements WithSpecial {
  readonly [special]: SpecialValue;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this[special] = {
      member: name => {
        const found = values.get(name.toLowerCase());
        return found === undefined ? undefined : new ValueList(found);
      },
      items: listsOf(values),
      text: () => `{${[...values].map(([name, [first = '']]) => `${name}=${first}`).join(', ')}}`,
    };
  }
}
