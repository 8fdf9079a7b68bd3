import { compileReply, hasBody, type Reply } from './reply';
import { type ResponseSpec } from './mapping-schema';

function replyOf(spec: ResponseSpec, name?: string): Reply {
  return compileReply(spec, { id: 'id-1', name });
}

function bytesOf({ body }: Reply): string {
  return body.kind === 'bytes' ? Buffer.from(body.bytes).toString() : `file ${body.name}`;
}

describe('a reply', () => {
  test('of an empty response is 200 with no body, signed by its mock', () => {
    expect(replyOf({})).toMatchObject({
      status: 200,
      statusMessage: undefined,
      headers: ['Matched-Stub-Id', 'id-1'],
      framedHeaders: ['Matched-Stub-Id', 'id-1', 'Content-Length', '0'],
      body: { kind: 'bytes', bytes: new Uint8Array(0) },
      plan: undefined,
    });
  });

  test('counts its length in bytes', () => {
    expect(replyOf({ body: 'é☕' }).framedHeaders).toEqual(['Matched-Stub-Id', 'id-1', 'Content-Length', '5']);
  });

  test('is not framed ahead when its body is a file, or when it may have none', () => {
    expect(replyOf({ bodyFileName: 'a' }).framedHeaders).toBeUndefined();
    expect(replyOf({ status: 204, body: 'x' }).framedHeaders).toBeUndefined();
    expect(replyOf({ status: 304 }).framedHeaders).toBeUndefined();
    expect([200, 204, 304, 404].map(hasBody)).toEqual([true, false, false, true]);
  });

  test('leaves framing headers to the door, however they are written', () => {
    const headers = {
      'content-LENGTH': '1',
      'Transfer-Encoding': 'chunked',
      CONNECTION: 'close',
      'keep-alive': 'x',
      Vary: 'a',
    };
    expect(replyOf({ headers }).headers).toEqual(['Vary', 'a', 'Matched-Stub-Id', 'id-1']);
  });

  test.each<[ResponseSpec, string]>([
    [{ body: 'a', jsonBody: 1, base64Body: 'AA==', bodyFileName: 'f' }, 'a'],
    [{ jsonBody: { a: [1] }, base64Body: 'AA==', bodyFileName: 'f' }, '{"a":[1]}'],
    [{ base64Body: 'QUI=', bodyFileName: 'f' }, 'AB'],
    [{ bodyFileName: 'f' }, 'file f'],
    [{ jsonBody: 'a' }, '"a"'],
    [{ jsonBody: '' }, '""'],
    [{ jsonBody: 0 }, '0'],
    [{ jsonBody: false }, 'false'],
  ])('of %j has the body %s', (spec, body) => {
    expect(bytesOf(replyOf(spec))).toBe(body);
  });

  test('names its mock, but not with a name that would break the header', () => {
    const names = ['plain', 'é', '☕', 'a\r\nSet-Cookie: b=1'].map(name => {
      const { headers } = replyOf({}, name);
      return headers[headers.indexOf('Matched-Stub-Name') + 1];
    });
    expect(names).toEqual(['plain', 'é', Buffer.from('☕').toString('latin1'), 'Matched-Stub-Id']);
  });

  test('never holds what the writer of headers refuses', () => {
    const { headers, statusMessage } = replyOf({ statusMessage: '☕', headers: { A: ['☕', 'é', ''], B: true } }, '☕');
    for (const one of [...headers, statusMessage ?? '']) expect(one).toMatch(/^[\t -~\u0080-\u00ff]*$/);
  });
});
