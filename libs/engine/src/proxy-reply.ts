import { readJson } from './json-value';
import { headerBytes } from './header-bytes';
import { type ResponseSpec } from './mapping-schema';
import { at, type Mistake } from './mistake';
import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { compileTemplate, constantTemplate, type Template } from './template';
import { templateModel } from './template-model';
import { isTemplated, type RenderFailure } from './template-reply';
import { type TemplateEnvironment } from './template-run';
import { holdsControl } from './header-text';
import { framingHeaders } from './message-head';

/** A mock that passes its request on to a backend. Never throws, whatever the request. */
export interface ProxyReply {
  /** False: nothing here looks at the request's body, so that it can go on before it is read. */
  readonly needsBody: boolean;
  render(request: MockRequest, environment: TemplateEnvironment): ProxyCall | RenderFailure;
}

/** What is asked of the backend for one request, and what is changed in its answer. */
export interface ProxyCall {
  readonly ok: true;
  /** Scheme, host and port as the mapping says them: not judged yet. */
  readonly origin: string;
  /** Path and query to ask for. */
  readonly url: string;
  /** Instead of the backend's own name. */
  readonly host: string | undefined;
  /** Name, value, …: go out beside those of the client. */
  readonly requestHeaders: readonly string[];
  /** In lower case: those of the client that stay here. */
  readonly removedHeaders: ReadonlySet<string>;
  /** Name, value, …: added to the answer. Content-Type takes the place of the backend's, as in WireMock. */
  readonly replyHeaders: readonly string[];
  readonly patch: ReplyPatch | undefined;
}

/** Ours: what is changed in a backend's answer, besides headers that are added. */
export interface ReplyPatch {
  readonly status: number | undefined;
  readonly statusMessage: string | undefined;
  /** In place of those of the backend; null takes one away. */
  readonly headers: readonly (readonly [name: string, values: readonly string[] | null])[];
  /** RFC 7396: merged into a JSON body. Undefined: the body stays as it is. */
  readonly json: { readonly merge: unknown } | undefined;
}

interface Placed {
  readonly pointer: string;
  readonly template: Template;
}

type PlacedHeader = Placed & { readonly name: string };

interface Texts {
  readonly baseUrl: Placed;
  readonly host: Placed | undefined;
  readonly requestHeaders: readonly PlacedHeader[];
  readonly replyHeaders: readonly PlacedHeader[];
  readonly patchHeaders: readonly PlacedHeader[];
  readonly json: Placed | undefined;
}

type Render = (placed: Placed) => string;

/** Ends a rendering; becomes its result. */
class Failed extends Error {
  constructor(readonly failure: RenderFailure) {
    super(failure.message);
  }
}

/** Ends of a hop and framing: the transport's own. */
const ownHeaders = new Set([...framingHeaders, 'upgrade', 'te']);

/** What in a response's proxy fields cannot be used. */
export function proxyMistakes(spec: ResponseSpec, pointer: string): Mistake[] {
  if (spec.proxyBaseUrl === undefined) return [];
  const failures: RenderFailure[] = [];
  compileTexts(spec, pointer, failures);
  const mistakes: Mistake[] = failures.map(({ pointer: where, message, line, column }) => ({
    pointer: where,
    message: `is a template that ${message} (line ${line}, column ${column})`,
  }));
  const hasTag = spec.proxyBaseUrl.includes('{{');
  if (!(hasTag && isTemplated(spec)) && splitBaseUrl(spec.proxyBaseUrl) === undefined)
    mistakes.push({
      pointer: at(pointer, 'proxyBaseUrl'),
      message: hasTag
        ? 'is a template, but "transformers" does not name "response-template"'
        : 'must be an http or https URL, such as https://api.example.test/v1, without user and password',
    });
  return mistakes;
}

/** Undefined for a response that is not proxied. */
export function compileProxyReply(spec: ResponseSpec, pathTemplate: PathTemplate | undefined): ProxyReply | undefined {
  if (spec.proxyBaseUrl === undefined) return undefined;
  const failures: RenderFailure[] = [];
  const texts = compileTexts(spec, '/response', failures);
  const needsBody = isTemplated(spec);
  const [failure] = failures;
  if (failure !== undefined) return { needsBody, render: () => failure };
  const parameters = spec.transformerParameters ?? undefined;
  return {
    needsBody,
    render: (request, environment) => {
      const model = needsBody ? templateModel({ request, pathTemplate, parameters }, environment) : undefined;
      const render: Render = ({ template, pointer }) => {
        const rendering = template.render(model, environment);
        if (!rendering.ok) throw new Failed({ ...rendering, pointer });
        return rendering.text;
      };
      try {
        return renderCall(spec, texts, request.url, render);
      } catch (error) {
        if (error instanceof Failed) return error.failure;
        throw error;
      }
    },
  };
}

/** Scheme and authority, and whatever follows: the parts are put together as text, as WireMock does. Undefined for no http URL. */
export function splitBaseUrl(text: string): { readonly origin: string; readonly prefix: string } | undefined {
  const [, origin, prefix = ''] = /^(https?:\/\/[^/?#\\\s@{}]+)([^#\\\s]*)$/i.exec(text) ?? [];
  return origin !== undefined && URL.canParse(origin) ? { origin, prefix } : undefined;
}

function compileTexts(spec: ResponseSpec, pointer: string, failures: RenderFailure[]): Texts {
  const isTemplate = isTemplated(spec);
  const place = (text: string, where: string): Placed => {
    const reading = isTemplate ? compileTemplate(text) : undefined;
    if (reading === undefined) return { pointer: where, template: constantTemplate(text) };
    if (reading.ok) return { pointer: where, template: reading.template };
    failures.push({ ...reading, pointer: where });
    return { pointer: where, template: constantTemplate('') };
  };
  const placeAll = (headers: object | null | undefined, where: string): PlacedHeader[] =>
    Object.entries(headers ?? {})
      .filter(([name, value]) => value !== null && !ownHeaders.has(name.toLowerCase()))
      .flatMap(([name, value]) => [value].flat().map(one => ({ name, ...place(String(one), at(where, name)) })));
  const patch = spec.proxyPatch ?? undefined;
  const asked = placeAll(
    firstValues(spec.additionalProxyRequestHeaders ?? undefined),
    at(pointer, 'additionalProxyRequestHeaders'),
  );
  return {
    baseUrl: place(spec.proxyBaseUrl ?? '', at(pointer, 'proxyBaseUrl')),
    host: asked.find(({ name }) => name.toLowerCase() === 'host'),
    requestHeaders: asked.filter(({ name }) => name.toLowerCase() !== 'host'),
    replyHeaders: placeAll(spec.headers, at(pointer, 'headers')),
    patchHeaders: placeAll(patch?.headers, at(at(pointer, 'proxyPatch'), 'headers')),
    json:
      patch?.json === undefined ? undefined : place(JSON.stringify(patch.json), at(at(pointer, 'proxyPatch'), 'json')),
  };
}

/** Of a list WireMock sends the first value only. */
function firstValues(headers: ResponseSpec['additionalProxyRequestHeaders']): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).flatMap(([name, value]) => {
      const first: unknown = Array.isArray(value) ? value[0] : value;
      return first === undefined ? [] : [[name, first]];
    }),
  );
}

function renderCall(spec: ResponseSpec, texts: Texts, url: string, render: Render): ProxyCall {
  const base = render(texts.baseUrl);
  const target = splitBaseUrl(base);
  if (target === undefined) throw failed(texts.baseUrl, `gave '${base.slice(0, 100)}', which is no http or https URL`);
  const { proxyPatch } = spec;
  return {
    ok: true,
    origin: target.origin,
    url: urlToAsk(target.prefix, url, spec.proxyUrlPrefixToRemove ?? ''),
    host: texts.host === undefined ? undefined : render(texts.host),
    requestHeaders: renderHeaders(texts.requestHeaders, render),
    removedHeaders: new Set((spec.removeProxyRequestHeaders ?? []).map(name => name.toLowerCase())),
    replyHeaders: renderHeaders(texts.replyHeaders, render),
    patch: proxyPatch ? renderPatch(proxyPatch, texts, render) : undefined,
  };
}

/** A value that came out with control characters is left out: no header can be smuggled in. */
function renderHeaders(headers: readonly PlacedHeader[], render: Render): string[] {
  const written: string[] = [];
  for (const header of headers) {
    const value = render(header);
    if (!holdsControl(value)) written.push(header.name, headerBytes(value));
  }
  return written;
}

function renderPatch(patch: NonNullable<ResponseSpec['proxyPatch']>, texts: Texts, render: Render): ReplyPatch {
  const values = renderHeaders(texts.patchHeaders, render);
  const names = Object.entries(patch.headers ?? {}).filter(([name]) => !ownHeaders.has(name.toLowerCase()));
  const json = texts.json === undefined ? undefined : readJson(render(texts.json));
  if (json?.isJson === false) throw failed(texts.json!, 'gave something that is not JSON');
  return {
    status: patch.status,
    statusMessage: patch.statusMessage === undefined ? undefined : headerBytes(patch.statusMessage),
    headers: names.map(([name, value]) => [
      name,
      value === null ? null : values.filter((_, i) => i % 2 === 1 && values[i - 1] === name),
    ]),
    json: json === undefined ? undefined : { merge: json.value },
  };
}

function urlToAsk(prefix: string, url: string, remove: string): string {
  const rest = remove !== '' && url.startsWith(remove) ? url.slice(remove.length) : url;
  const joined = prefix + rest;
  return joined.startsWith('/') ? joined : `/${joined}`;
}

function failed({ pointer }: Placed, message: string): Failed {
  return new Failed({ ok: false, pointer, message, line: 1, column: 1 });
}
