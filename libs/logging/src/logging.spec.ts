import { jsonFormat, prettyFormat } from './formats';
import { redact } from './redact';

const messageOf = (format: ReturnType<typeof jsonFormat>, info: object): string => {
  const result = format.transform({ level: 'info', message: 'x', ...info } as never) as unknown as Record<symbol, string>;
  return result[Symbol.for('message')] ?? '';
};

describe('what is logged', () => {
  it.each([
    ['an authorization header', { headers: { Authorization: 'Bearer abcdef123' } }],
    ['a cookie', { cookie: 'session=abcdef123' }],
    ['a password in a nested object', { user: { profile: { newPassword: 'abcdef123' } } }],
    ['an API key in a list', { keys: [{ 'x-api-key': 'abcdef123' }] }],
    ['credentials in a URL', { message: 'cannot reach postgresql://joe:abcdef123@db/x' }],
    ['credentials in an error', { error: new Error('redis://:abcdef123@host failed') }],
    ['a bearer token in text', { message: 'sent Bearer abcdef123 to it' }],
  ])('never holds %s', (_what, info) => {
    for (const line of [messageOf(jsonFormat(), info), messageOf(prettyFormat({ colour: false }), info)]) {
      expect(line).not.toContain('abcdef123');
      expect(line).toContain('[hidden]');
    }
  });

  it('is one JSON object a line with time, level, context and fields', () => {
    const line = messageOf(jsonFormat(), { message: 'done', context: 'Mocks', requestId: 'r1', count: 3 });
    expect(JSON.parse(line)).toMatchObject({ level: 'info', message: 'done', context: 'Mocks', requestId: 'r1', count: 3, timestamp: expect.stringMatching(/^\d{4}-/) });
    expect(line).not.toContain('\n');
  });

  it('is readable on a terminal, with the stack below', () => {
    const line = messageOf(prettyFormat({ colour: false }), { level: 'error', message: 'it broke', context: 'Traffic', stack: ['Error: it broke\n    at here'] });
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} ERROR Traffic it broke\nError: it broke\n {4}at here$/);
  });

  it('keeps numbers and flags whose name sounds secret', () => {
    expect(redact({ tokens: 5, hasPassword: true })).toEqual({ tokens: 5, hasPassword: true });
  });
});
