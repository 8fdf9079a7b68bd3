import { base64OfBytes } from './base64';
import { type MockRequest } from './mock-request';
import { type Part } from './multipart';
import { type PathTemplate } from './path-template';
import { randomUuid } from './template-random-helpers';
import { type TemplateEnvironment } from './template-run';
import { listMember, special, textOf, ValueList, type SpecialValue, type WithSpecial } from './template-value';

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
class RequestModel implements WithSpecial, SpecialValue {
  private known: Record<string, unknown> | undefined;

  constructor(
    private readonly parts: TemplateModelParts,
    readonly environment: TemplateEnvironment,
  ) {}

  get [special](): SpecialValue {
    return this;
  }

  private get request(): MockRequest {
    return this.parts.request;
  }

  text(): string {
    return `${this.request.method} ${this.request.url}`;
  }

  member(name: string): unknown {
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
        return new ListsModel(request.queryParameters);
      case 'headers':
        return new HeadersModel(request);
      case 'cookies':
        return new ListsModel(request.cookies);
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
class NamedText implements WithSpecial, SpecialValue {
  constructor(private readonly value: string) {}

  get [special](): SpecialValue {
    return this;
  }

  member(): undefined {
    return undefined;
  }

  text(): string {
    return this.value;
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
class PathModel implements WithSpecial, SpecialValue {
  constructor(
    private readonly path: string,
    private readonly variables: Readonly<Record<string, string>>,
  ) {}

  get [special](): SpecialValue {
    return this;
  }

  get items(): readonly string[] {
    return this.path.split('/').slice(1);
  }

  member(name: string): unknown {
    return Object.hasOwn(this.variables, name) ? this.variables[name] : listMember(this.items, name);
  }

  text(): string {
    return this.path;
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

/** Query parameters or cookies: like an object of lists, which is made only for those who want all of it. */
class ListsModel implements WithSpecial, SpecialValue {
  constructor(private readonly values: ReadonlyMap<string, readonly string[]>) {}

  get [special](): SpecialValue {
    return this;
  }

  get items(): Readonly<Record<string, ValueList>> {
    return listsOf(this.values);
  }

  member(name: string): unknown {
    const one = this.values.get(name);
    return one === undefined ? undefined : new ValueList(one);
  }

  text(): string {
    return textOf(this.items);
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
