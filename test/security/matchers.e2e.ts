import { call, type Reply } from '../support/http-call';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { watch } from '../support/vitals';

// Rows D of the table of bad input that are about JSON Schema, and what an operator may allow.

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({
    LOG_LEVEL: 'error',
    ALLOW_BACKTRACKING_REGEX: 'true',
  });
});
afterAll(async () => {
  await server.remove();
});

function save(name: string, matcher: object): Promise<Reply> {
  const body = { request: { urlPath: `/${name}`, bodyPatterns: [matcher] }, response: { body: 'matched' } };
  return call(server.url, 'POST /__admin/mappings', { body });
}

function nested(depth: number): object {
  let schema: object = { type: 'object' };
  for (let i = 0; i < depth; i++) schema = { not: schema };
  return schema;
}

describe('JSON schemas', () => {
  it.each([
    ['300 levels', nested(300)],
    ['50,000 values in an enum', { enum: Array.from({ length: 50_000 }, (_, i) => i) }],
    ['100 KB', { description: 'x'.repeat(100_000) }],
    ['a reference to another document', { $ref: 'http://127.0.0.1:1/schema.json' }],
    ['a reference to a file', { $ref: 'file:///etc/passwd' }],
  ])('D-07: a schema with %s is refused', async (_, matchesJsonSchema) => {
    expect((await save('d07', { matchesJsonSchema })).status).toBe(422);
  });

  it('D-07: a schema 3,000 levels deep is refused, whoever reads it first', async () => {
    const depth = 3_000;
    const body = `{"request":{"bodyPatterns":[{"matchesJsonSchema":${'{"not":'.repeat(depth)}{}${'}'.repeat(depth)}}]}}`;
    expect([400, 422]).toContain((await call(server.url, 'POST /__admin/mappings', { body })).status);
  });

  it('D-08: uniqueItems over 12,000 objects is answered within its budget', async () => {
    await save('d08', { matchesJsonSchema: { type: 'array', uniqueItems: true } });
    const body = Array.from({ length: 12_000 }, (_, i) => ({ id: i }));
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 4; i++) {
      const startedAt = performance.now();
      expect([200, 404]).toContain((await call(server.url, 'POST /d08', { body })).status);
      best = Math.min(best, performance.now() - startedAt);
    }
    expect(best).toBeLessThan(200); // the body alone is 130 KB
  });

  it('D-10: a pattern is never taken from the request', async () => {
    const schema = { properties: { p: { type: 'string' }, v: { pattern: { $data: '1/p' } } } };
    expect((await save('d10', { matchesJsonSchema: schema })).status).toBe(422);
  });

  it('D-10: format regex does not run what a request says', async () => {
    await save('d10', { matchesJsonSchema: { properties: { p: { format: 'regex' } } }, schemaVersion: 'V7' });
    const vitals = await watch(server, async () => {
      const reply = await call(server.url, 'POST /d10', { body: { p: '(a+)+$' } });
      expect([200, 404]).toContain(reply.status);
    });
    expect(vitals.slowestMs).toBeLessThan(100);
  });

  it('D-10: a pattern of a schema is linear', async () => {
    await save('d10-linear', { matchesJsonSchema: { type: 'string', pattern: '^(a+)+$' } });
    const vitals = await watch(server, async () => {
      expect((await call(server.url, 'POST /d10-linear', { body: `"${'a'.repeat(50_000)}!"` })).status).toBe(404);
    });
    expect(vitals.slowestMs).toBeLessThan(100);
  });
});

describe('with ALLOW_BACKTRACKING_REGEX', () => {
  it('lookaround and backreferences match', async () => {
    expect((await save('allowed', { matches: '(?=.*[0-9])(\\w)\\w*\\1' })).status).toBe(201);
    expect((await call(server.url, 'POST /allowed', { body: 'a1a' })).text).toBe('matched');
    expect((await call(server.url, 'POST /allowed', { body: 'a1b' })).status).toBe(404);
  });

  it.each(['(?=a)(a|aa)+$', '(?=a)(a+)+\\1$', '(?=(a|b|ab)*c)x', '(?<!b)(.*)*\\1!', '(?=a)(.*.*.*)*!'])(
    'D-01: %s gives up after its steps: it blocks for less than 50 ms and does not match',
    async pattern => {
      const name = `steps-${Buffer.from(pattern).toString('hex')}`;
      expect((await save(name, { matches: pattern })).status).toBe(201);
      const body = `${'a'.repeat(20_000)}?`;
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 8; i++) {
        const startedAt = performance.now();
        expect((await call(server.url, `POST /${name}`, { body })).status).toBe(404);
        best = Math.min(best, performance.now() - startedAt);
      }
      expect(best).toBeLessThan(50);
    },
  );
});
