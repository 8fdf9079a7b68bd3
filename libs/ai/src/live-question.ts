import { randomBytes } from 'node:crypto';
import {
  isTextType,
  headerOf,
  recordedRequest,
  type CatalogMock,
  type MockRequest,
  type Redaction,
  type RequestPattern,
} from '@mock-server/engine';
import { z } from 'zod';
import { type AiQuestion } from './ai-provider';
import { generatedReplySchema } from './generated-reply';
import { cut, ruleOfMaterial, wrapMaterial } from './prompt';

const maxBodyChars = 8_000;
const maxExampleChars = 2_000;
const maxHeadChars = 6_000;
const maxOutputTokens = 8_192;
const noBytes = new Uint8Array(0);
const schema = z.toJSONSchema(generatedReplySchema) as Record<string, unknown>;

/** A request as it may be written down: its secrets have stand-ins. */
export interface CleanRequest {
  readonly request: MockRequest;
  /** What asks the same; where a secret was, any value will do. */
  readonly pattern: RequestPattern;
}

export function cleanRequest(raw: MockRequest, redaction: Redaction): CleanRequest {
  const clean = redaction.exchange({
    url: raw.url,
    requestHeaders: raw.rawHeaders,
    requestBody: raw.body,
    replyHeaders: [],
    replyBody: noBytes,
  });
  const request = raw.with({ url: clean.url, rawHeaders: clean.requestHeaders, body: clean.requestBody });
  return { request, pattern: recordedRequest(request, {}, raw) };
}

/** What a model is asked, so that it answers a request in the style of the mocks that are there. */
export function liveQuestion(
  { request }: CleanRequest,
  examples: readonly CatalogMock[],
  redaction: Redaction,
): AiQuestion {
  const nonce = randomBytes(16).toString('hex');
  const mocks = examples.map(({ stored }, i) => ({
    title: `Mock ${i + 1} of this API`,
    text: cut(redaction.text(stored.json), maxExampleChars),
  }));
  // After the mocks: what one of them proved to be a secret may stand in the request.
  const asked = redaction.text(textOf(request));
  return {
    instructions: `${rules}\n${ruleOfMaterial(nonce)}`,
    material: wrapMaterial(nonce, [...mocks, { title: 'The request to answer', text: asked }]),
    schema,
    maxOutputTokens,
  };
}

const rules = `You stand in for an HTTP API in tests. You are given one request that none of its mocks answers, and some of its mocks.
Write the answer that the API would give: status, a few headers, and a body with plausible values of the same style, names and formats as the mocks.
A request that the API would refuse gets the refusal. Repeat ids and names that the request gives. Write plain values: no templates ({{…}}), no secrets, no redirect to another server.`;

function textOf({ method, url, rawHeaders, body }: MockRequest): string {
  const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
  const head = cut([`${method} ${url}`, ...lines].join('\n'), maxHeadChars);
  return body.length === 0 ? head : `${head}\n\n${bodyOf(rawHeaders, body)}`;
}

function bodyOf(rawHeaders: readonly string[], body: Uint8Array): string {
  const type = headerOf(rawHeaders, 'content-type');
  const isEncoded = headerOf(rawHeaders, 'content-encoding') !== undefined;
  if (isEncoded || (type !== undefined && !isTextType(type)) || body.subarray(0, 1_024).includes(0))
    return `(a body of ${body.length} bytes that is no text)`;
  return cut(new TextDecoder().decode(body.subarray(0, maxBodyChars * 4)), maxBodyChars);
}
