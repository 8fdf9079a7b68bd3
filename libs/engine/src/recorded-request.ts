import { recordedBodyPattern } from './recorded-body';
import { type MockRequest } from './mock-request';
import { type RequestPattern } from './mapping-schema';
import { type RecordSpec } from './record-spec';

type Conditions = NonNullable<RequestPattern['headers']>;

/** Headers that say how and whence something was asked, not what. */
const circumstances =
  /^(?:host|connection|keep-alive|content-length|transfer-encoding|te|trailer|upgrade|expect|via|forwarded|x-forwarded-.*|x-real-ip|user-agent|accept-encoding|accept-language|date|origin|referer|dnt|priority|cache-control|pragma|if-.*|sec-.*|traceparent|tracestate|x-request-id|x-correlation-id|b3|x-b3-.*)$/;

/**
 * The request pattern that matches what was asked, in WireMock's words. `raw` is the request before secrets were taken out of it:
 * where the two differ any value will do.
 */
export function recordedRequest(
  request: MockRequest,
  spec: Pick<RecordSpec, 'captureHeaders' | 'captureHeadersExcept' | 'requestBodyPattern'>,
  raw: MockRequest = request,
): RequestPattern {
  const headers = capturedHeaders(request, raw, spec);
  return {
    ...urlPattern(request, raw),
    method: request.method,
    ...(Object.keys(headers).length > 0 && { headers }),
    ...(request.body.length > 0 && recordedBodyPattern(request, raw, spec.requestBodyPattern ?? {})),
  };
}

function urlPattern(request: MockRequest, raw: MockRequest): RequestPattern {
  const path = request.path === raw.path ? undefined : pathPattern(request.path, raw.path);
  if (request.queryParameters.size === 0) return path === undefined ? { url: request.url } : { urlPathPattern: path };
  const queryParameters = [...request.queryParameters].map(([name, values]) => {
    const asked = raw.queryParameters.get(name) ?? [];
    return [
      name,
      { hasExactly: values.map((value, i) => (value === asked[i] ? { equalTo: value } : anyText)) },
    ] as const;
  });
  return {
    ...(path === undefined ? { urlPath: request.path } : { urlPathPattern: path }),
    queryParameters: Object.fromEntries(queryParameters),
  };
}

const anyText = { matches: '.*' };

/** The path with any segment in the place of each that held a secret. */
function pathPattern(clean: string, raw: string): string {
  const asked = raw.split('/');
  return clean
    .split('/')
    .map((segment, i) => (segment === asked[i] ? segment.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&') : '[^/]+'))
    .join('/');
}

function capturedHeaders(
  request: MockRequest,
  raw: MockRequest,
  { captureHeaders, captureHeadersExcept }: Pick<RecordSpec, 'captureHeaders' | 'captureHeadersExcept'>,
): Conditions {
  const captured: Conditions = {};
  const capture = (name: string, options: { readonly caseInsensitive?: boolean | null | undefined } | null): void => {
    const lower = name.toLowerCase();
    const [value] = request.header(lower);
    if (value === undefined) return;
    const caseInsensitive = options?.caseInsensitive ?? undefined;
    captured[name] =
      value === raw.header(lower)[0]
        ? { equalTo: value, ...(caseInsensitive !== undefined && { caseInsensitive }) }
        : anyText;
  };
  for (const [name, options] of Object.entries(captureHeaders ?? {})) capture(name, options);
  if (captureHeadersExcept == null) return captured;
  const known = new Set([...Object.keys(captured), ...captureHeadersExcept].map(name => name.toLowerCase()));
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i]!;
    const lower = name.toLowerCase();
    if (known.has(lower) || circumstances.test(lower)) continue;
    known.add(lower);
    capture(name, null);
  }
  return captured;
}
