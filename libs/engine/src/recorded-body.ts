import { isTextType, mimeOf } from './content-kind';
import { isObject } from './is-object';
import { readJson } from './json-value';
import { type RequestPattern } from './mapping-schema';
import { type MockRequest } from './mock-request';
import { type RecordSpec } from './record-spec';
import { compileRequest } from './request-matcher';
import { base64OfBytes } from './base64';

type Options = NonNullable<RecordSpec['requestBodyPattern']>;
type BodyCondition = Pick<RequestPattern, 'bodyPatterns' | 'formParameters'>;

/** For multipart: its boundary is another each time. */
const anything: BodyCondition = { bodyPatterns: [{ anything: 'anything' }] };

/** The condition on a body that is not empty, by the matcher that was asked for; what that cannot hold is compared as text or bytes. */
export function recordedBodyPattern(request: MockRequest, raw: MockRequest, options: Options): BodyCondition {
  const contentType = request.header('content-type')[0];
  const exact: BodyCondition =
    contentType === undefined || isTextType(contentType)
      ? { bodyPatterns: [{ equalTo: request.text, caseInsensitive: options.caseInsensitive ?? false }] }
      : { bodyPatterns: [{ binaryEqualTo: base64OfBytes(request.body) }] };
  if (request.text !== raw.text) return withoutSecrets(request, raw, options);
  const wanted = wantedPattern(request, options, exact);
  return compileRequest(wanted, '').ok ? wanted : exact;
}

function wantedPattern(request: MockRequest, options: Options, exact: BodyCondition): BodyCondition {
  switch (options.matcher) {
    case 'equalTo':
      return { bodyPatterns: [{ equalTo: request.text, caseInsensitive: options.caseInsensitive ?? false }] };
    case 'equalToJson':
      return readJson(request.text).isJson ? equalToJson(request.text, options) : exact;
    case 'equalToXml':
      return { bodyPatterns: [{ equalToXml: request.text }] };
    default: {
      const mime = mimeOf(request.header('content-type')[0] ?? '');
      if (mime.includes('json'))
        return readJson(request.text).isJson ? equalToJson(request.text, lenient(options)) : exact;
      if (mime.includes('xml')) return { bodyPatterns: [{ equalToXml: request.text }] };
      return mime.startsWith('multipart/') ? anything : exact;
    }
  }
}

function lenient({ ignoreArrayOrder, ignoreExtraElements }: Options): Options {
  return { ignoreArrayOrder: ignoreArrayOrder ?? true, ignoreExtraElements: ignoreExtraElements ?? true };
}

function equalToJson(text: string, { ignoreArrayOrder, ignoreExtraElements }: Options): BodyCondition {
  const flags = Object.entries({ ignoreArrayOrder, ignoreExtraElements }).filter(([, flag]) => flag != null);
  return { bodyPatterns: [{ equalToJson: text, ...Object.fromEntries(flags) }] };
}

/** Secrets were taken out of this body: any text will do in their places, and a body that has no places asks for nothing. */
function withoutSecrets(request: MockRequest, raw: MockRequest, options: Options): BodyCondition {
  const clean = readJson(request.text);
  const asked = readJson(raw.text);
  if (clean.isJson && asked.isJson)
    return equalToJson(JSON.stringify(withPlaceholders(clean.value, asked.value)), lenient(options));
  if (request.formParameters.size === 0) return {};
  const kept = [...request.formParameters].filter(([name, values]) => {
    const before = raw.formParameters.get(name) ?? [];
    return values.length === 1 && values[0] === before[0];
  });
  return { formParameters: Object.fromEntries(kept.map(([name, [value = '']]) => [name, { equalTo: value }])) };
}

function withPlaceholders(clean: unknown, asked: unknown): unknown {
  if (Array.isArray(clean) && Array.isArray(asked) && clean.length === asked.length)
    return clean.map((item, i) => withPlaceholders(item, asked[i]));
  if (isObject(clean) && isObject(asked))
    return Object.fromEntries(Object.entries(clean).map(([key, value]) => [key, withPlaceholders(value, asked[key])]));
  if (Object.is(clean, asked)) return clean;
  return typeof clean === 'number' ? '${json-unit.any-number}' : '${json-unit.any-string}';
}
