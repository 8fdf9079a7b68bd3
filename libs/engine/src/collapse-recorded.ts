import { type Mapping } from './mapping-schema';
import { type RecordedMapping } from './recorded-mapping';

/** An exact mock goes before the one that stands for many. */
const collapsedPriority = 6;
const idLike =
  /^(?:\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12,64}|(?=[\w-]*\d)[\w-]{6,64})$/i;
const words = /[\p{L}\p{N}_-]+|[^\p{L}\p{N}_-]+/gu;

/**
 * Puts mappings that differ in ids only into one, with a path template and a templated answer that is, for each of the recorded ids,
 * the recorded one. What cannot be put so stays as it is. Scenarios and requests with conditions on more than method, path and equal
 * headers stay too.
 */
export function collapseRecorded(recorded: readonly RecordedMapping[]): RecordedMapping[] {
  const groups = new Map<string, RecordedMapping[]>();
  for (const one of recorded) {
    const key = shapeOf(one);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const replaced = new Map<RecordedMapping, RecordedMapping | undefined>();
  for (const group of groups.values()) {
    const collapsed = group.length < 2 ? undefined : collapse(group);
    if (collapsed === undefined) continue;
    for (const one of group) replaced.set(one, undefined);
    replaced.set(group[0]!, collapsed);
  }
  return recorded.flatMap(one => (replaced.has(one) ? (replaced.get(one) ?? []) : [one]));
}

/** What mappings must have in common: all but the ids in their path, and the words of body and headers. Undefined: not to be put together. */
function shapeOf({ mapping, file }: RecordedMapping): string | undefined {
  const { request = {}, response = {}, scenarioName } = mapping;
  const path = request.urlPath ?? request.url;
  if (scenarioName != null || path === undefined || file !== undefined || response.base64Body !== undefined)
    return undefined;
  if (request.bodyPatterns !== undefined || request.formParameters !== undefined) return undefined;
  const segments = segmentsOf(path).map(segment => (idLike.test(segment) ? '\u0000' : segment));
  if (!segments.includes('\u0000') || textsOf(mapping).some(text => text.includes('{{'))) return undefined;
  return JSON.stringify([request.method, segments, request.headers, request.queryParameters, response.status]);
}

function collapse(group: readonly RecordedMapping[]): RecordedMapping | undefined {
  const paths = group.map(({ mapping }) => segmentsOf(mapping.request?.urlPath ?? mapping.request?.url ?? ''));
  const places = paths[0]!.flatMap((segment, i) => (paths.every(path => path[i] === segment) ? [] : [i]));
  const names = new Map(places.map((place, i) => [place, i === 0 ? 'id' : `id${i + 1}`]));
  const ids = paths.map(path => places.map(place => decodeURIComponentSafely(path[place]!)));
  const template = (texts: readonly string[]): string | undefined => alignTexts(texts, ids, [...names.values()]);
  const [first] = group;
  const response = first!.mapping.response ?? {};
  const body = template(group.map(({ mapping }) => mapping.response?.body ?? ''));
  const headers = templateHeaders(group, template);
  if (body === undefined || headers === undefined || places.length === 0) return undefined;
  const { url: _url, urlPath: _path, ...request } = first!.mapping.request ?? {};
  const isTemplated = body !== response.body || JSON.stringify(headers) !== JSON.stringify(response.headers ?? {});
  const mapping: Mapping = {
    ...first!.mapping,
    priority: collapsedPriority,
    request: {
      ...request,
      urlPathTemplate: paths[0]!.map((segment, i) => (names.has(i) ? `{${names.get(i)}}` : segment)).join('/'),
    },
    response: {
      ...response,
      ...(response.body !== undefined && { body }),
      ...(response.headers !== undefined && { headers }),
      ...(isTemplated && { transformers: ['response-template'] }),
    },
  };
  return { ...first!, mapping, tookMs: group.flatMap(({ tookMs }) => tookMs) };
}

function templateHeaders(
  group: readonly RecordedMapping[],
  template: (texts: readonly string[]) => string | undefined,
): Record<string, string | string[]> | undefined {
  const all = group.map(({ mapping }) => Object.entries(mapping.response?.headers ?? {}));
  const result: Record<string, string | string[]> = {};
  for (const [i, [name, value]] of all[0]!.entries()) {
    const lists = all.map(entries => (entries[i]?.[0] === name ? [entries[i][1]].flat().map(String) : undefined));
    const size = [value].flat().length;
    if (all.some(({ length }) => length !== all[0]!.length) || lists.some(list => list?.length !== size))
      return undefined;
    const values = Array.from({ length: size }, (_, k) => template(lists.map(list => list![k]!)));
    if (values.some(one => one === undefined)) return undefined;
    result[name] = Array.isArray(value) ? (values as string[]) : values[0]!;
  }
  return result;
}

/**
 * One text for all, word by word: a word that is the same in all stays, one that is everywhere the id of its own call becomes a
 * variable. Undefined when the texts differ in anything else.
 */
function alignTexts(
  texts: readonly string[],
  ids: readonly (readonly string[])[],
  names: readonly string[],
): string | undefined {
  const [first = '', ...others] = texts;
  if (others.every(text => text === first)) return first;
  const split = texts.map(text => text.match(words) ?? []);
  if (split.some(({ length }) => length !== split[0]!.length)) return undefined;
  const parts = split[0]!.map((word, i) => {
    if (split.every(one => one[i] === word)) return word;
    const which = names.findIndex((_, k) => split.every((one, call) => one[i] === ids[call]![k]));
    return which < 0 ? undefined : `{{request.path.${names[which]}}}`;
  });
  return parts.includes(undefined) ? undefined : parts.join('');
}

function segmentsOf(path: string): string[] {
  return path.split('/');
}

function textsOf({ response }: Mapping): string[] {
  return [response?.body ?? '', JSON.stringify(response?.headers ?? {})];
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
