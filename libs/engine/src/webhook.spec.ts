import { readMapping } from './mapping';
import { type Mapping } from './mapping-schema';
import { requestFrom } from './mock-request';
import { type TemplateEnvironment } from './template-run';
import { compileWebhooks, type WebhookCall } from './webhook';

const environment: TemplateEnvironment = { now: 0, random: () => 0.5 };
const request = requestFrom({ url: '/a/7?q=1', method: 'POST', body: new TextEncoder().encode('{"id":"<b>"}') });

const callOf = (parameters: object): WebhookCall => {
  const mapping = { serveEventListeners: [{ name: 'webhook', parameters }] } as Mapping;
  const call = compileWebhooks(mapping, undefined)[0]?.render(request, environment);
  if (call?.ok !== true) throw new Error(`not a call: ${JSON.stringify(call)}`);
  return call;
};
const text = ({ body }: WebhookCall): string | undefined =>
  body === undefined ? undefined : new TextDecoder().decode(body);

describe('a webhook', () => {
  it('is made from the request, its own parameters, and what stands in the mapping', () => {
    const call = callOf({
      method: 'put',
      url: 'http://a.test/{{originalRequest.pathSegments.[1]}}?{{request.query.q}}',
      headers: { 'X-One': '{{parameters.who}}', 'X-Many': ['a', 2, true] },
      body: '{{jsonPath originalRequest.body "$.id"}}',
      who: 'me',
    });
    expect(call).toMatchObject({ method: 'PUT', url: 'http://a.test/7?1', dropped: [], delayMs: 0 });
    expect(call.headers).toEqual(['X-One', 'me', 'X-Many', 'a', 'X-Many', '2', 'X-Many', 'true']);
    expect(text(call)).toBe('<b>');
  });

  it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE'])('has no body with %s', method => {
    expect(text(callOf({ method, url: 'http://a.test/', body: 'x' }))).toBeUndefined();
  });

  it('takes the first of body, jsonBody and base64Body; the last is bytes, not a template', () => {
    const at = { method: 'POST', url: 'http://a.test/' };
    expect(text(callOf({ ...at, body: 'b', jsonBody: {}, base64Body: 'eHg=' }))).toBe('b');
    expect(text(callOf({ ...at, jsonBody: { m: '{{request.method}}' }, base64Body: 'eHg=' }))).toBe('{"m":"POST"}');
    expect(text(callOf({ ...at, base64Body: btoa('{{x}}') }))).toBe('{{x}}');
  });

  it('leaves out framing headers, and values with control characters', () => {
    const call = callOf({
      url: 'http://a.test/',
      headers: { 'content-length': '9', 'Transfer-Encoding': 'chunked', 'X-Bad': '{{base64 "DQo=" decode=true}}' },
    });
    expect(call).toMatchObject({ headers: [], dropped: ['X-Bad'] });
  });

  it('draws its delay', () => {
    const delay = { type: 'uniform', lower: 10, upper: 20 };
    expect(callOf({ url: 'http://a.test/', delay }).delayMs).toBe(15);
  });

  it('fails with a sentence when the request makes it unusable', () => {
    const mapping = { postServeActions: { webhook: { url: '{{request.query.q}}' } } } as unknown as Mapping;
    expect(compileWebhooks(mapping, undefined)[0]?.render(request, environment)).toEqual({
      ok: false,
      message: "'1' is not an http or https URL (/postServeActions/webhook/url)",
    });
  });

  it('is fired only in the phase after the reply', () => {
    const listener = { name: 'webhook', parameters: { url: 'http://a.test/' } };
    const fired = (requestPhases: string[] | undefined): number =>
      compileWebhooks({ serveEventListeners: [{ ...listener, requestPhases }] }, undefined).length;
    expect([fired(undefined), fired(['BEFORE_MATCH', 'AFTER_COMPLETE']), fired(['BEFORE_MATCH'])]).toEqual([1, 1, 0]);
  });

  it('is checked with the mapping; a listener that is not known is reported', () => {
    const bad = readMapping({
      postServeActions: [{ name: 'webhook', parameters: { url: 'http://a.test/', method: 'a b' } }],
    });
    const unknown = readMapping({ serveEventListeners: [{ name: 'other' }] });
    expect(bad).toMatchObject({ ok: false, mistakes: [{ pointer: '/postServeActions/0/parameters/method' }] });
    expect(unknown).toMatchObject({ ok: true, unknownFields: ['/serveEventListeners/0'] });
  });
});
