import { hasBody } from './message-head';
import { compileReply, type Reply } from './reply';
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
      body: { kind: 'bytes', bytes: new Uint8Array(0) },
      plan: undefined,
    });
  });

  test('has its text on the wire ahead, a character a byte', () => {
    const head = 'X-A: b\r\nX-A: c\r\nMatched-Stub-Id: id-1\r\nContent-Length: 5\r\n\r\n';
    expect(replyOf({ headers: { 'X-A': ['b', 'c'] }, body: 'é☕' }).message).toEqual({
      head,
      whole: `${head}\u00c3\u00a9\u00e2\u0098\u0095`,
      length: 5,
    });
    const long = 'é'.repeat(8_192);
    expect(replyOf({ body: long }).message!.whole.slice(-16_384)).toBe('\u00c3\u00a9'.repeat(8_192));
  });

  test.each([204, 304])('with status %d has neither length nor body', status => {
    const text = 'Matched-Stub-Id: id-1\r\n\r\n';
    expect(replyOf({ status, body: 'x' }).message).toEqual({ head: text, whole: text, length: 0 });
    expect([200, 204, 304, 404].map(hasBody)).toEqual([true, false, false, true]);
  });

  test.each<[string, ResponseSpec]>([
    ['a body in a file', { bodyFileName: 'a' }],
    ['a long body', { body: 'x'.repeat(16_385) }],
    ['a status message of its own', { statusMessage: 'Fine' }],
    ['a date of its own', { headers: { date: 'Thu, 01 Jan 2026 00:00:00 GMT' } }],
  ])('with %s is put together at each hit', (_, spec) => {
    expect(replyOf(spec).message).toBeUndefined();
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
