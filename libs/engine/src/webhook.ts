import { bytesOfBase64 } from './base64';
import { drawDelayMs } from './delay';
import { toJsonText } from './json-path';
import { at, type Mistake } from './mistake';
import { mistakesOf } from './zod-mistakes';
import { type Mapping } from './mapping-schema';
import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { compileTemplate, type Template } from './template';
import { templateModel } from './template-model';
import { type TemplateEnvironment } from './template-run';
import { webhookName, webhookSchema, type ListenerSpec, type WebhookSpec } from './webhook-schema';
import { httpToken, holdsControl } from './header-text';
import { requestFramingHeaders } from './message-head';

/** A call that a webhook makes, ready to be sent. */
export interface WebhookCall {
  readonly ok: true;
  readonly method: string;
  readonly url: string;
  /** Name, value, name, value, …; without framing headers. */
  readonly headers: readonly string[];
  /** Names of headers whose values came out with control characters: they are left out. */
  readonly dropped: readonly string[];
  readonly body: Uint8Array | undefined;
  readonly delayMs: number;
}

export interface WebhookFailure {
  readonly ok: false;
  readonly message: string;
}

/** A webhook, compiled once. Never throws, whatever the request. */
export interface Webhook {
  render(request: MockRequest, environment: TemplateEnvironment): WebhookCall | WebhookFailure;
}

const none: readonly Webhook[] = [];
const encoder = new TextEncoder();
const maxMethodLength = 64;
/** As WireMock: these never carry a body. */
const bodiless = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);
const ownFields = new Set(Object.keys(webhookSchema.shape));

/** The webhooks of a mapping. One that cannot be compiled fails at each hit: it is refused at save, but may come from an older version. */
export function compileWebhooks(mapping: Mapping, pathTemplate: PathTemplate | undefined): readonly Webhook[] {
  const placed = webhooksOf(mapping);
  if (placed.length === 0) return none;
  return placed.map(({ parameters, pointer }) => {
    const compiled = compileWebhook(parameters, pointer, pathTemplate);
    if (compiled.ok) return compiled.webhook;
    const { pointer: where, message } = compiled.mistakes[0]!;
    const failure: WebhookFailure = { ok: false, message: `The webhook at ${where} ${message}` };
    return { render: () => failure };
  });
}

/** What in a mapping's webhooks cannot be used. */
export function webhookMistakes(mapping: Mapping): Mistake[] {
  return webhooksOf(mapping).flatMap(({ parameters, pointer }) => {
    const compiled = compileWebhook(parameters, pointer, undefined);
    return compiled.ok ? [] : compiled.mistakes;
  });
}

/** JSON Pointers to listeners that this server does not know. */
export function unknownListeners(mapping: Mapping): string[] {
  return listenersOf(mapping)
    .filter(({ name }) => name !== webhookName)
    .map(({ pointer }) => pointer);
}

interface PlacedListener {
  readonly name: string;
  readonly requestPhases: ListenerSpec['requestPhases'];
  readonly parameters: unknown;
  /** Of the listener itself. */
  readonly pointer: string;
  readonly parametersAt: string;
}

function listenersOf({ serveEventListeners, postServeActions }: Mapping): PlacedListener[] {
  const place = (list: readonly ListenerSpec[], field: string): PlacedListener[] =>
    list.map(({ name, requestPhases, parameters }, i) => {
      const pointer = at(at('', field), i);
      return { name, requestPhases, parameters, pointer, parametersAt: at(pointer, 'parameters') };
    });
  const actions = postServeActions ?? [];
  const named = Array.isArray(actions)
    ? place(actions, 'postServeActions')
    : Object.entries(actions).map(([name, parameters]): PlacedListener => {
        const pointer = at('/postServeActions', name);
        return { name, requestPhases: undefined, parameters, pointer, parametersAt: pointer };
      });
  return [...place(serveEventListeners ?? [], 'serveEventListeners'), ...named];
}

function webhooksOf(mapping: Mapping): { parameters: unknown; pointer: string }[] {
  return listenersOf(mapping)
    .filter(({ name }) => name === webhookName)
    .filter(({ requestPhases }) => requestPhases?.includes('AFTER_COMPLETE') ?? true)
    .map(({ parameters, parametersAt }) => ({ parameters, pointer: parametersAt }));
}

type Compiled =
  { readonly ok: true; readonly webhook: Webhook } | { readonly ok: false; readonly mistakes: readonly Mistake[] };

function compileWebhook(parameters: unknown, pointer: string, pathTemplate: PathTemplate | undefined): Compiled {
  const parsed = webhookSchema.safeParse(parameters ?? {});
  if (!parsed.success) {
    const mistakes = mistakesOf(parsed.error, parameters ?? {});
    return { ok: false, mistakes: mistakes.map(mistake => ({ ...mistake, pointer: pointer + mistake.pointer })) };
  }
  const spec = parsed.data;
  const mistakes: Mistake[] = [];
  const place = (text: string, where: string): Template | undefined => {
    const reading = compileTemplate(text);
    if (reading.ok) return reading.template;
    const { message, line, column } = reading;
    mistakes.push({ pointer: where, message: `is a template that ${message} (line ${line}, column ${column})` });
    return undefined;
  };
  const url = place(spec.url, at(pointer, 'url'));
  const method = place(spec.method ?? 'GET', at(pointer, 'method'));
  const body = compileBody(spec, pointer, place);
  const headers = compileHeaders(spec, pointer, { place, mistakes });
  if (url?.isConstant === true && !isHttpUrl(spec.url))
    mistakes.push({ pointer: at(pointer, 'url'), message: 'must be an http or https URL' });
  if (method?.isConstant === true && !isMethodName(spec.method ?? 'GET'))
    mistakes.push({ pointer: at(pointer, 'method'), message: 'is not an HTTP method' });
  if (mistakes.length > 0 || url === undefined || method === undefined) return { ok: false, mistakes };
  const extra = Object.fromEntries(Object.entries(spec).filter(([name]) => !ownFields.has(name)));
  const parts: WebhookParts = { spec, pointer, url, method, headers, body, extra, pathTemplate };
  return { ok: true, webhook: { render: (request, environment) => renderWebhook(parts, request, environment) } };
}

interface WebhookParts {
  readonly spec: WebhookSpec;
  readonly pointer: string;
  readonly url: Template;
  readonly method: Template;
  readonly headers: readonly { readonly name: string; readonly template: Template; readonly pointer: string }[];
  readonly body: { readonly template: Template; readonly pointer: string } | Uint8Array | undefined;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly pathTemplate: PathTemplate | undefined;
}

type Place = (text: string, where: string) => Template | undefined;

/** `base64Body` is bytes, not a template, as in WireMock. */
function compileBody({ body, jsonBody, base64Body }: WebhookSpec, pointer: string, place: Place): WebhookParts['body'] {
  const asTemplate = (text: string, field: string): WebhookParts['body'] => {
    const where = at(pointer, field);
    const template = place(text, where);
    return template === undefined ? undefined : { template, pointer: where };
  };
  if (typeof body === 'string') return asTemplate(body, 'body');
  if (jsonBody !== undefined && jsonBody !== null) return asTemplate(toJsonText(jsonBody), 'jsonBody');
  return typeof base64Body === 'string' ? bytesOfBase64(base64Body) : undefined;
}

function compileHeaders(
  { headers }: WebhookSpec,
  pointer: string,
  { place, mistakes }: { place: Place; mistakes: Mistake[] },
): WebhookParts['headers'] {
  return Object.entries(headers ?? {}).flatMap(([name, value]) => {
    const where = at(at(pointer, 'headers'), name);
    if (!httpToken.test(name)) {
      mistakes.push({ pointer: where, message: 'is not a header name' });
      return [];
    }
    if (requestFramingHeaders.has(name.toLowerCase())) return [];
    return (Array.isArray(value) ? value : [value]).flatMap(one => {
      const template = place(String(one), where);
      return template === undefined ? [] : [{ name, template, pointer: where }];
    });
  });
}

function renderWebhook(
  { spec, pointer, url, method, headers, body, extra, pathTemplate }: WebhookParts,
  request: MockRequest,
  environment: TemplateEnvironment,
): WebhookCall | WebhookFailure {
  const model = templateModel({ request, pathTemplate, parameters: extra }, environment);
  model['originalRequest'] = model['request'];
  let failure: WebhookFailure | undefined;
  const render = (template: Template, where: string): string => {
    const rendering = template.render(model, environment);
    if (rendering.ok) return rendering.text;
    const { line, column, message } = rendering;
    failure ??= { ok: false, message: `The template at ${where} fails at line ${line}, column ${column}: ${message}` };
    return '';
  };
  const sentHeaders: string[] = [];
  const dropped: string[] = [];
  for (const header of headers) {
    const value = render(header.template, header.pointer);
    if (holdsControl(value)) dropped.push(header.name);
    else sentHeaders.push(header.name, value);
  }
  const sentMethod = render(method, at(pointer, 'method')).trim().toUpperCase();
  const sentUrl = render(url, at(pointer, 'url')).trim();
  const bytes =
    body === undefined || body instanceof Uint8Array ? body : encoder.encode(render(body.template, body.pointer));
  if (failure !== undefined) return failure;
  if (!isMethodName(sentMethod))
    return { ok: false, message: `'${sentMethod.slice(0, 64)}' is not an HTTP method (${at(pointer, 'method')})` };
  if (!isHttpUrl(sentUrl))
    return { ok: false, message: `'${sentUrl.slice(0, 200)}' is not an http or https URL (${at(pointer, 'url')})` };
  return {
    ok: true,
    method: sentMethod,
    url: sentUrl,
    headers: sentHeaders,
    dropped,
    body: bodiless.has(sentMethod) ? undefined : bytes,
    delayMs: spec.delay === undefined || spec.delay === null ? 0 : drawDelayMs(spec.delay, () => environment.random()),
  };
}

function isMethodName(text: string): boolean {
  return text.length <= maxMethodLength && httpToken.test(text);
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\/[^\s]+$/i.test(text) && URL.canParse(text);
}
