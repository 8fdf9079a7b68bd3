import { compileRegex, type LinearRegex } from './linear-regex';
import { type RequestPattern } from './mapping-schema';
import { done, mistake, type Compiled } from './matcher';
import { at } from './mistake';
import { type MockRequest } from './mock-request';
import { compilePathTemplate, type PathTemplate } from './path-template';

/** How a mapping speaks of the URL. Classes, because there may be a hundred thousand: what it says in words is made on demand. */
export type UrlMatcher = AnyUrl | ExactUrl | ExactPath | UrlRegex | TemplatePath | ResourcePath;

class AnyUrl {
  readonly kind = 'any';
  readonly expected = '(any URL)';
}

/** Path and query. `path` is what an index files it under. */
class ExactUrl {
  readonly kind = 'url';

  constructor(
    readonly expected: string,
    readonly url: string,
    readonly path: string,
  ) {}
}

class ExactPath {
  readonly kind = 'path';

  constructor(readonly path: string) {}

  get expected(): string {
    return `[path] ${this.path}`;
  }
}

/** Every match begins with `prefix`. */
class UrlRegex {
  constructor(
    readonly kind: 'urlPattern' | 'pathPattern',
    readonly regex: LinearRegex,
    readonly prefix: string,
  ) {}

  get expected(): string {
    return `[${this.kind === 'urlPattern' ? 'URL' : 'path'} regex] ${this.regex.source}`;
  }
}

class TemplatePath {
  readonly kind = 'template';

  constructor(readonly template: PathTemplate) {}

  get expected(): string {
    return `[path template] ${this.template.text}`;
  }
}

/** A collection, and the items one segment below it. */
export class ResourcePath {
  readonly kind = 'resource';
  readonly idVariable = resourceId;

  constructor(
    readonly template: PathTemplate,
    readonly item: PathTemplate,
  ) {}

  get expected(): string {
    return `[resource] ${this.template.text}`;
  }
}

/** No path of a mapping can name its variables so. */
const resourceId = 'id of the resource';

const anyUrl = new AnyUrl();

/** The path of a resource's collection, from a path or a path template; a mistake for any other condition on the URL. */
export function compileResourcePath(
  { urlPath, urlPathTemplate, pathParameters }: RequestPattern,
  pointer: string,
): Compiled<ResourcePath> {
  const text = urlPath ?? urlPathTemplate;
  if (text === undefined)
    return mistake(pointer, 'needs urlPath or urlPathTemplate for a resource: the path of the collection');
  if (pathParameters !== undefined) return mistake(at(pointer, 'pathParameters'), 'cannot be used with a resource');
  const where = at(pointer, urlPath === undefined ? 'urlPathTemplate' : 'urlPath');
  if (text.endsWith('/') || text.endsWith('**')) return mistake(where, 'must end with a name for a resource');
  const template = compilePathTemplate(text);
  if (!template.ok) return mistake(where, template.message);
  const item = compilePathTemplate(`${text}/{${resourceId}}`);
  return item.ok ? done(new ResourcePath(template.template, item.template)) : mistake(where, item.message);
}

/** Takes the first given of url, urlPattern, urlPath, urlPathPattern, urlPathTemplate, in WireMock's order. */
export function compileUrl(pattern: RequestPattern, pointer: string): Compiled<UrlMatcher> {
  if (pattern.url !== undefined) {
    const path = pattern.url.split('?', 1)[0]!;
    const url = pattern.url.endsWith('?') && pattern.url.length === path.length + 1 ? path : pattern.url;
    return done(new ExactUrl(pattern.url, url, path));
  }
  if (pattern.urlPattern !== undefined) return compilePattern('urlPattern', pattern.urlPattern, pointer);
  if (pattern.urlPath !== undefined) return done(new ExactPath(pattern.urlPath));
  if (pattern.urlPathPattern !== undefined) return compilePattern('pathPattern', pattern.urlPathPattern, pointer);
  if (pattern.urlPathTemplate !== undefined) {
    const template = compilePathTemplate(pattern.urlPathTemplate);
    if (!template.ok) return mistake(at(pointer, 'urlPathTemplate'), template.message);
    return done(new TemplatePath(template.template));
  }
  return done(anyUrl);
}

function compilePattern(kind: 'urlPattern' | 'pathPattern', source: string, pointer: string): Compiled<UrlMatcher> {
  const compiled = compileRegex(source);
  if (!compiled.ok) return mistake(at(pointer, kind === 'urlPattern' ? kind : 'urlPathPattern'), compiled.message);
  // A URL pattern may go on into the query; only what certainly lies in the path can file it.
  const prefix = kind === 'urlPattern' ? compiled.regex.literalPrefix.split('?', 1)[0]! : compiled.regex.literalPrefix;
  return done(new UrlRegex(kind, compiled.regex, prefix));
}

export function urlMatches(matcher: UrlMatcher, request: MockRequest): boolean {
  switch (matcher.kind) {
    case 'any':
      return true;
    case 'url':
      return request.url === matcher.url;
    case 'path':
      return request.path === matcher.path;
    case 'urlPattern':
      return matcher.regex.matchesWhole(request.url);
    case 'pathPattern':
      return matcher.regex.matchesWhole(request.path);
    case 'template':
      return matcher.template.matches(request.path);
    case 'resource':
      return matcher.template.matches(request.path) || matcher.item.matches(request.path);
    default:
      return matcher satisfies never;
  }
}
