import { isTextType, mimeOf } from './content-kind';
import { readJson } from './json-value';
import { type MockRequest } from './mock-request';
import { type RecordSpec } from './record-spec';
import { compileRequest } from './request-matcher';
import { type RequestPattern } from './mapping-schema';
import { base64OfBytes } from './template-text-helpers';

type ContentPattern = Readonly<Record<string, unknown>>;

/** The request pattern that matches what was asked, in WireMock's words. */
export function recordedRequest(
  request: MockRequest,
  spec: Pick<RecordSpec, 'captureHeaders' | 'requestBodyPattern'>,
): RequestPattern {
  const headers = capturedHeaders(request, spec.captureHeaders ?? {});
  const pattern: RequestPattern = {
    ...urlPattern(request),
    method: request.method,
    ...(Object.keys(headers).length > 0 && { headers }),
  };
  if (request.body.length === 0) return pattern;
  const bodyPattern = bodyPatternOf(request, spec.requestBodyPattern ?? {});
  return bodyPattern === undefined ? pattern : { ...pattern, bodyPatterns: [bodyPattern] };
}

function urlPattern(request: MockRequest): Pick<RequestPattern, 'url' | 'urlPath' | 'queryParameters'> {
  if (request.queryParameters.size === 0) return { url: request.url };
  const queryParameters = [...request.queryParameters].map(
    ([name, values]) => [name, { hasExactly: values.map(value => ({ equalTo: value })) }] as const,
  );
  return { urlPath: request.path, queryParameters: Object.fromEntries(queryParameters) };
}

function capturedHeaders(
  request: MockRequest,
  wanted: NonNullable<RecordSpec['captureHeaders']>,
): Record<string, Record<string, unknown>> {
  const captured: Record<string, Record<string, unknown>> = {};
  for (const [name, options] of Object.entries(wanted)) {
    const [value] = request.header(name.toLowerCase());
    if (value === undefined) continue;
    const caseInsensitive = options?.caseInsensitive ?? undefined;
    captured[name] = { equalTo: value, ...(caseInsensitive !== undefined && { caseInsensitive }) };
  }
  return captured;
}

/** By the matcher that was asked for; a body that it cannot hold is compared as text, or byte by byte. */
function bodyPatternOf(
  request: MockRequest,
  options: NonNullable<RecordSpec['requestBodyPattern']>,
): ContentPattern | undefined {
  const contentType = request.header('content-type')[0];
  const exact: ContentPattern =
    contentType === undefined || isTextType(contentType)
      ? { equalTo: request.text, caseInsensitive: options.caseInsensitive ?? false }
      : { binaryEqualTo: base64OfBytes(request.body) };
  const wanted = wantedPattern(request, { options, contentType, exact });
  if (wanted === undefined) return undefined;
  return compileRequest({ bodyPatterns: [wanted] }, '').ok ? wanted : exact;
}

function wantedPattern(
  request: MockRequest,
  {
    options,
    contentType,
    exact,
  }: {
    readonly options: NonNullable<RecordSpec['requestBodyPattern']>;
    readonly contentType: string | undefined;
    readonly exact: ContentPattern;
  },
): ContentPattern | undefined {
  const { ignoreArrayOrder, ignoreExtraElements } = options;
  const given = (flags: object): object => Object.fromEntries(Object.entries(flags).filter(([, flag]) => flag != null));
  const json = (flags: object): ContentPattern =>
    readJson(request.text).isJson ? { equalToJson: request.text, ...flags } : exact;
  switch (options.matcher) {
    case 'equalTo':
      return { equalTo: request.text, caseInsensitive: options.caseInsensitive ?? false };
    case 'equalToJson':
      return json(given({ ignoreArrayOrder, ignoreExtraElements }));
    case 'equalToXml':
      return { equalToXml: request.text };
    default: {
      const mime = mimeOf(contentType ?? '');
      if (mime.includes('json'))
        return json({
          ignoreArrayOrder: ignoreArrayOrder ?? true,
          ignoreExtraElements: ignoreExtraElements ?? true,
        });
      if (mime.includes('xml')) return { equalToXml: request.text };
      return mime.startsWith('multipart/') ? undefined : exact; // its boundary is another each time
    }
  }
}
