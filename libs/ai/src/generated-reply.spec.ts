import { readMapping } from '@mock-server/engine';
import { draftOf, replyOf } from './generated-mapping';
import { readGeneratedReply, type GeneratedReply } from './generated-reply';

const plain = { status: 200, headers: [{ name: 'Content-Type', value: 'application/json' }], body: '{"a": 1}' };
const withHeader = (name: string, value: string) => ({ ...plain, headers: [{ name, value }] });

function read(output: unknown): GeneratedReply {
  const reading = readGeneratedReply(output);
  if (!reading.ok) throw new Error(reading.why);
  return reading.reply;
}

describe('what a model answered', () => {
  it('is a status, headers and a body', () => {
    expect(read(plain)).toEqual(plain);
  });

  it.each<[string, unknown]>([
    ['a proxy', { ...plain, proxyBaseUrl: 'http://169.254.169.254' }],
    ['a mapping in the place of a reply', { request: { url: '/' }, response: { proxyBaseUrl: 'http://a.test' } }],
    ['a file', { ...plain, bodyFileName: 'secrets.json' }],
    ['a webhook', { ...plain, postServeActions: [{ name: 'webhook', parameters: { url: 'http://a.test' } }] }],
    ['a transformer', { ...plain, transformers: ['response-template'] }],
    ['a fault', { ...plain, fault: 'EMPTY_RESPONSE' }],
    ['a template that reads the environment', { ...plain, body: "{{systemValue key='HOME'}}" }],
    ['any template', { ...plain, body: 'Hello {{request.path}}' }],
    ['a template that JSON hides', { ...plain, body: String.raw`{"a":"\u007b\u007bsystemValue key='HOME'}}"}` }],
    ['a template in a header', withHeader('X-A', "{{systemValue key='MOCK_VAR_A'}}")],
    ['a redirect to a cloud’s metadata', { ...withHeader('Location', 'http://169.254.169.254/'), status: 302 }],
    ['a redirect to another host', withHeader('Location', '//evil.test/')],
    ['a redirect that browsers read as one to another host', withHeader('Location', '/\\evil.test')],
    ['a redirect to a script', withHeader('Location', 'javascript:alert(1)')],
    ['a line end in a header', withHeader('X-A', 'a\r\nSet-Cookie: b=c')],
    ['a character that is none of HTTP', withHeader('X-A', 'snow\u2603')],
    ['a status that is none', { ...plain, status: 99 }],
    ['a status in words', { ...plain, status: 'OK' }],
    ['a huge body', { ...plain, body: 'x'.repeat(262_145) }],
    ['no object', 'null'],
    ['nothing', undefined],
  ])('is refused when it is %s', (_what, output) => {
    expect(readGeneratedReply(output).ok).toBe(false);
  });

  it('loses headers that frame a message, set cookies or pose as ours, whatever their case', () => {
    const names = ['Content-Length', 'transfer-encoding', 'Connection', 'SET-COOKIE', 'Access-Control-Allow-Origin'];
    const headers = [...names, 'X-Mock-Session', 'X-Accel-Redirect', 'X-Sendfile', 'X-Total', 'ETag'].map(name => ({
      name,
      value: '1',
    }));
    expect(read({ ...plain, headers }).headers.map(({ name }) => name)).toEqual(['X-Total', 'ETag']);
  });

  it('keeps a redirect within the server', () => {
    expect(read({ ...withHeader('Location', '/users/7?a=b'), status: 201 }).headers[0]?.value).toBe('/users/7?a=b');
  });

  it('has no body with a status that has none', () => {
    expect(read({ ...plain, status: 204 }).body).toBe('');
  });
});

describe('the draft of a generated answer', () => {
  const question = {
    id: 'f3ad2a4c-5a3b-5c54-9f0a-3d4f0b8b0f1e',
    name: 'GET /a',
    pattern: { method: 'GET', url: '/a' },
  };
  const draft = (reply: GeneratedReply) => draftOf(question, reply, 'claude-test');

  it('is a mapping that the engine takes, marked as a draft', () => {
    const reading = readMapping(draft(plain));
    expect(reading.ok && reading.mapping).toMatchObject({ draft: true, response: { jsonBody: { a: 1 } } });
  });

  it('answers what it says', () => {
    expect(replyOf(draft(plain))).toEqual({
      status: 200,
      headers: ['Content-Type', 'application/json'],
      body: '{"a":1}',
    });
    const text = { status: 404, headers: [], body: '{"not": json' };
    expect(replyOf(draft(text))).toEqual({ ...text, headers: [] });
  });

  it('answers with nothing of what somebody added to it', () => {
    for (const added of [
      { proxyBaseUrl: 'http://a.test' },
      { transformers: ['response-template'] },
      { bodyFileName: 'a' },
    ])
      expect(replyOf({ ...draft(plain), response: { status: 200, body: 'x', ...added } })).toBeUndefined();
  });
});
