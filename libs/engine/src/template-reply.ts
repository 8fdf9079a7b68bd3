import { engineHost } from './engine-host';
import { toJsonText } from './json-path';
import { eventTexts } from './event-script';
import { isFileName } from './file-name';
import { type ResponseSpec } from './mapping-schema';
import { at, type Mistake } from './mistake';
import { type MockRequest } from './mock-request';
import { type PathTemplate } from './path-template';
import { compileTemplate, type Template } from './template';
import { templateModel } from './template-model';
import { type TemplateEnvironment } from './template-run';
import { holdsControl } from './header-text';
import { framingHeaders } from './message-head';

/** Turns templating on in a mapping's `transformers`. */
export const templateTransformer = 'response-template';

export type TemplatedBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'bytes' }
  | { readonly kind: 'file'; readonly name: string; readonly isTemplate: boolean };

export interface RenderedReply {
  readonly ok: true;
  /** Name, value, …: those of the mapping only. */
  readonly headers: readonly string[];
  /** Names of headers whose values came out with control characters: they are left out. */
  readonly dropped: readonly string[];
  readonly body: TemplatedBody;
  /** For the content of a body file: the same request, parameters and environment. */
  readonly model: Record<string, unknown>;
}

export interface RenderFailure {
  readonly ok: false;
  /** JSON Pointer to the template. */
  readonly pointer: string;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** The templates of a response, compiled once. Never throws, whatever the request. */
export interface TemplatedReply {
  /** Some template reads or writes the key-value store. */
  readonly usesState: boolean;
  render(request: MockRequest, environment: TemplateEnvironment): RenderedReply | RenderFailure;
}

interface Placed {
  readonly pointer: string;
  readonly template: Template;
}

interface Templates {
  readonly headers: readonly (Placed & { readonly name: string })[];
  readonly body: Placed | undefined;
  readonly fileName: Placed | undefined;
}

/** By the mapping's `transformers`, or for all alike where the host has decided so. */
export function isTemplated(spec: ResponseSpec): boolean {
  const { templating } = engineHost();
  if (templating !== 'local') return templating === 'global';
  return spec.transformers?.includes(templateTransformer) === true;
}

/** What in a response's templates cannot be compiled. */
export function templateMistakes(spec: ResponseSpec, pointer: string): Mistake[] {
  const failures: RenderFailure[] = [];
  if (isTemplated(spec)) {
    compileAll(spec, pointer, failures);
    failures.push(...eventFailures(spec, at(pointer, 'serverSentEvents')));
  }
  return failures.map(({ pointer: where, message, line, column }) => ({
    pointer: where,
    message: `is a template that ${message} (line ${line}, column ${column})`,
  }));
}

/** One that cannot be compiled says so at each rendering: such a mock is refused at save, but may come from an older version. */
export function compileTemplatedReply(
  spec: ResponseSpec,
  { pointer, pathTemplate }: { pointer: string; pathTemplate: PathTemplate | undefined },
): TemplatedReply {
  const failures: RenderFailure[] = [];
  const templates = compileAll(spec, pointer, failures);
  if (failures[0] !== undefined) {
    const [failure] = failures;
    return { usesState: false, render: () => failure };
  }
  const headers = templates.headers.filter(({ name }) => !framingHeaders.has(name.toLowerCase()));
  const parameters = spec.transformerParameters ?? undefined;
  const isFileTemplate = parameters?.['disableBodyFileTemplating'] !== true;
  const placed = [...headers, templates.body, templates.fileName];
  return {
    usesState: placed.some(one => one?.template.usesState === true),
    render: (request, environment) => {
      const model = templateModel({ request, pathTemplate, parameters }, environment);
      const written = renderHeaders(headers, model, environment);
      if (!written.ok) return written;
      const body = renderBody(templates, { model, environment, isFileTemplate });
      return 'ok' in body ? body : { ...written, body, model };
    },
  };
}

function compileAll(spec: ResponseSpec, pointer: string, failures: RenderFailure[]): Templates {
  const place = (text: string, where: string): Placed | undefined => {
    const reading = compileTemplate(text);
    if (reading.ok) return { pointer: where, template: reading.template };
    failures.push({ ok: false, pointer: where, message: reading.message, line: reading.line, column: reading.column });
    return undefined;
  };
  const headers = Object.entries(spec.headers ?? {}).flatMap(([name, value]) => {
    const where = at(at(pointer, 'headers'), name);
    const values = Array.isArray(value)
      ? value.map((one, i) => [one, at(where, i)] as const)
      : [[value, where] as const];
    return values.flatMap(([one, which]) => {
      const placed = place(String(one), which);
      return placed === undefined ? [] : [{ ...placed, name }];
    });
  });
  const body = bodyText(spec);
  return {
    headers,
    body: body === undefined ? undefined : place(body.text, at(pointer, body.field)),
    fileName:
      body === undefined && spec.base64Body === undefined && spec.bodyFileName !== undefined
        ? place(spec.bodyFileName, at(pointer, 'bodyFileName'))
        : undefined,
  };
}

function eventFailures({ serverSentEvents }: ResponseSpec, pointer: string): RenderFailure[] {
  if (serverSentEvents === undefined || serverSentEvents === null) return [];
  return eventTexts(serverSentEvents).flatMap(({ place, text }) => {
    const reading = compileTemplate(text);
    return reading.ok ? [] : [{ ...reading, pointer: `${at(at(pointer, 'events'), place)}/data` }];
  });
}

/** A JSON body is one template, quotes and all, as in WireMock. */
function bodyText({ body, jsonBody }: ResponseSpec): { text: string; field: string } | undefined {
  if (body !== undefined) return { text: body, field: 'body' };
  if (jsonBody === undefined || jsonBody === null) return undefined;
  return { text: typeof jsonBody === 'string' ? JSON.stringify(jsonBody) : toJsonText(jsonBody), field: 'jsonBody' };
}

function renderHeaders(
  templates: Templates['headers'],
  model: Record<string, unknown>,
  environment: TemplateEnvironment,
): Pick<RenderedReply, 'ok' | 'headers' | 'dropped'> | RenderFailure {
  const headers: string[] = [];
  const dropped: string[] = [];
  for (const { name, template, pointer } of templates) {
    const rendering = template.render(model, environment);
    if (!rendering.ok) return { ...rendering, pointer };
    if (holdsControl(rendering.text)) dropped.push(name);
    else headers.push(name, rendering.text);
  }
  return { ok: true, headers, dropped };
}

function renderBody(
  { body, fileName }: Templates,
  { model, environment, isFileTemplate }: { model: object; environment: TemplateEnvironment; isFileTemplate: boolean },
): TemplatedBody | RenderFailure {
  const placed = body ?? fileName;
  if (placed === undefined) return { kind: 'bytes' };
  const rendering = placed.template.render(model, environment);
  if (!rendering.ok) return { ...rendering, pointer: placed.pointer };
  if (body !== undefined) return { kind: 'text', text: rendering.text };
  if (isFileName(rendering.text)) return { kind: 'file', name: rendering.text, isTemplate: isFileTemplate };
  const message = `gave '${rendering.text.slice(0, 100)}', which is no plain path below the files folder`;
  return { ok: false, pointer: placed.pointer, message, line: 1, column: 1 };
}
