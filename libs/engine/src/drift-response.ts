import { base64OfBytes, bytesOfBase64 } from './base64';
import { isTextType } from './content-kind';
import { type Drift, type DriftOptions } from './drift';
import { adaptJson } from './drift-adapt';
import { readHeaders } from './drift-headers';
import { compareJson } from './drift-json';
import { jsonOf, type WholeAnswer } from './drift-reply';
import { type ResponseSpec } from './mapping-schema';
import { isTemplated } from './template-reply';
import { readTemplatedJson } from './templated-json';

/** A response and two answers: what came of it, and what the backend gave to the same request. */
export interface DriftedResponse {
  readonly spec: ResponseSpec;
  /** The content of the spec's body file. */
  readonly file?: Uint8Array | undefined;
  readonly mock: WholeAnswer;
  readonly backend: WholeAnswer;
  readonly drifts: readonly Drift[];
  readonly options?: DriftOptions | undefined;
}

export interface AdaptedResponse {
  readonly spec: ResponseSpec;
  /** What is left to a person, and why. */
  readonly reasons: readonly string[];
}

const tag = '{{';

/** The response changed so that it has the backend's structure. What it says otherwise, its templates, its delay and so on stay. */
export function adaptResponse(drifted: DriftedResponse): AdaptedResponse {
  const { drifts, backend } = drifted;
  const kinds = new Set(drifts.map(({ kind }) => kind));
  const withStatus = kinds.has('status') ? withStatusOf(drifted.spec, backend) : drifted.spec;
  const headers = adaptHeaders(withStatus, drifted);
  const isBodyDrifted = drifts.some(({ kind, path }) => kind === 'body' || path.startsWith('$'));
  if (!isBodyDrifted) return headers;
  const body = adaptBody(headers.spec, drifted);
  return { spec: body.spec, reasons: [...headers.reasons, ...body.reasons] };
}

function withStatusOf({ statusMessage: _old, ...spec }: ResponseSpec, { status }: WholeAnswer): ResponseSpec {
  return { ...spec, status };
}

function adaptHeaders(spec: ResponseSpec, { drifts, backend }: DriftedResponse): AdaptedResponse {
  const reasons: string[] = [];
  const now = readHeaders(backend.headers);
  const headers = new Map(Object.entries(spec.headers ?? {}));
  for (const { kind, path } of drifts) {
    if (!kind.startsWith('header-')) continue;
    const name = [...headers.keys()].find(one => one.toLowerCase() === path.toLowerCase()) ?? path;
    const values = now.get(path.toLowerCase())?.values;
    if (
      kind !== 'header-removed' &&
      isTemplated(spec) &&
      [headers.get(name)].flat().some(one => String(one).includes(tag))
    )
      reasons.push(`The header ${name} is a template: change it by hand`);
    else if (values === undefined) headers.delete(name);
    else headers.set(name, values.length === 1 ? values[0]! : [...values]);
  }
  const { headers: _old, ...rest } = spec;
  return { spec: headers.size === 0 ? rest : { ...rest, headers: Object.fromEntries(headers) }, reasons };
}

function adaptBody(spec: ResponseSpec, drifted: DriftedResponse): AdaptedResponse {
  const { mock, backend, drifts, options = {} } = drifted;
  const source = sourceOf(spec, drifted.file);
  const hasTags = isTemplated(spec) && source.includes(tag);
  const [was, is] = [jsonOf(mock.body), jsonOf(backend.body)];
  const isOtherAnswer = drifts.some(({ kind }) => kind === 'body') || classOf(mock) !== classOf(backend);
  if (isOtherAnswer || !was.isJson || !is.isJson)
    return hasTags
      ? {
          spec,
          reasons: ['The body is a template and the backend answers something else altogether: change it by hand'],
        }
      : { spec: withWholeBody(spec, backend), reasons: [] };
  if (holdsLongNumber(source) || holdsLongNumber(textOf(backend.body)))
    return {
      spec,
      reasons: ['The body holds a number of 16 digits or more, which a patch would round: change it by hand'],
    };
  const templated = readTemplatedJson(source);
  if (templated === undefined)
    return { spec, reasons: ['A template makes the structure of the body, such as a loop does: change it by hand'] };
  const adapted = adaptJson({ tree: hasTags ? templated.tree : was.value, rendered: was.value }, is.value, options);
  const isWhole = hasTags || compareJson(adapted.tree, is.value, options).length === 0;
  return { spec: withJson(spec, templated.write(isWhole ? adapted.tree : is.value)), reasons: adapted.reasons };
}

/** The text that the body is made of. */
function sourceOf(spec: ResponseSpec, file: Uint8Array | undefined): string {
  if (spec.body !== undefined) return spec.body;
  if (spec.jsonBody !== undefined && spec.jsonBody !== null) return JSON.stringify(spec.jsonBody);
  if (spec.base64Body !== undefined) return textOf(bytesOfBase64(spec.base64Body));
  return file === undefined ? '' : textOf(file);
}

/** Where the body is kept stays as it is, but for files and base64: their text moves into the mapping. */
function withJson(spec: ResponseSpec, text: string): ResponseSpec {
  if (spec.body === undefined && spec.jsonBody !== undefined && spec.jsonBody !== null) {
    const value = readWritten(text);
    if (value !== undefined) return { ...spec, jsonBody: value.json };
  }
  return { ...withoutBody(spec), body: text };
}

/** Undefined for text with a template out of quotes: that is no JSON. */
function readWritten(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function withWholeBody(spec: ResponseSpec, { body, headers }: WholeAnswer): ResponseSpec {
  const rest = withoutBody(spec);
  if (body.length === 0) return rest;
  const isText = isTextType(readHeaders(headers).get('content-type')?.values[0]) || jsonOf(body).isJson;
  return isText ? { ...rest, body: textOf(body) } : { ...rest, base64Body: base64OfBytes(body) };
}

function withoutBody(spec: ResponseSpec): ResponseSpec {
  const { body: _body, jsonBody: _json, base64Body: _bytes, bodyFileName: _file, ...rest } = spec;
  return rest;
}

function classOf({ status }: WholeAnswer): number {
  return Math.floor(status / 100);
}

function holdsLongNumber(text: string): boolean {
  return /\d{16}/.test(text.replaceAll(/"(?:[^"\\]|\\.)*"/g, ''));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}
