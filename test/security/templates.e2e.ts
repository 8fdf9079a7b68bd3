import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { call, type Reply } from '../support/http-call';
import { readReplies, sendRaw } from '../support/raw-http';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { watch } from '../support/vitals';

// Rows D of the table of bad input that are about response templates.

let server: ScratchServer;

beforeAll(async () => {
  server = await startScratchServer({
    LOG_LEVEL: 'error',
    MOCK_VAR_REGION: 'north',
    SECRET_OF_THE_TEST: 'never shown',
  });
  await saveTemplate('ordinary', 'ordinary');
});
afterEach(async () => {
  expect((await call(server.url, 'GET /ordinary')).text).toBe('ordinary');
});
afterAll(async () => {
  await server.remove();
});

function save(name: string, response: object): Promise<Reply> {
  const body = { request: { urlPath: `/${name}` }, response: { transformers: ['response-template'], ...response } };
  return call(server.url, 'POST /__admin/mappings', { body });
}

async function saveTemplate(name: string, body: string): Promise<void> {
  const reply = await save(name, { body });
  if (reply.status !== 201) throw new Error(`Not saved: ${reply.text}`);
}

/** Renders a template once it is saved; refused templates give their 422. */
async function render(name: string, body: string): Promise<Reply> {
  const saved = await save(name, { body });
  return saved.status === 201 ? call(server.url, `GET /${name}`) : saved;
}

describe('what a template makes of a request', () => {
  it.each([
    ['CR LF', '%0d%0aSet-Cookie:%20a=b'],
    ['LF', '%0aSet-Cookie:%20a=b'],
    ['NUL', 'a%00b'],
    ['an emoji', '%F0%9F%8E%89'],
  ])('D-28: a header template that is given %s leaves one reply without a header too many', async (_, value) => {
    const reply = await save('d28', { headers: { 'X-Given': '{{request.query.x}}' }, body: 'whole' });
    expect(reply.status).toBe(201);
    const wire = await sendRaw(server.port, `GET /d28?x=${value} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
    const replies = readReplies(wire);
    expect(replies).toHaveLength(1);
    expect(replies[0]).toMatchObject({ status: 200, body: 'whole' });
    expect(replies[0]!.head).not.toMatch(/^set-cookie/im);
  });

  it('D-28: a value that is dropped is counted', async () => {
    await save('d28', { headers: { 'X-Given': '{{request.query.x}}' } });
    const dropped = async (): Promise<number> =>
      Number(/^template_headers_dropped_total (\d+)/m.exec((await call(server.url, 'GET /metrics')).text)?.[1]);
    const before = await dropped();
    await call(server.url, 'GET /d28?x=a%0ab');
    expect(await dropped()).toBe(before + 1);
  });
});

describe('templates that reach for code', () => {
  it.each([
    '{{constructor.constructor}}',
    '{{request.constructor.constructor}}',
    '{{lookup this "__proto__"}}',
    '{{lookup (lookup this "constructor") "prototype"}}',
    '{{request.__proto__.x}}{{request.query.__proto__}}{{parameters.__proto__}}',
    '{{#with "s" as |string|}}{{#with "e"}}{{string.sub}}{{string.constructor}}{{/with}}{{/with}}',
    '{{#each this}}{{@key.constructor.constructor}}{{/each}}',
    '{{this.valueOf}}{{this.toString}}{{request.headers.hasOwnProperty}}',
  ])('D-32: %s is empty text or its own text, and no code runs', async template => {
    const { status, text } = await render('d32', template);
    expect(status).toBe(200);
    expect(text).not.toMatch(/function|native code|\[object/);
    expect(existsSync(join(server.folder, 'sentinel'))).toBe(false);
  });

  it.each([
    '{{#with "s" as |string|}}{{#with (string.split)}}{{this.pop}}{{this.push (lookup string.sub "constructor")}}{{/with}}{{/with}}',
    '{{1|valueOf}}',
    '{{toString "x"}}',
    '{{hasOwnProperty "x"}}',
    '{{__defineGetter__ "x"}}',
  ])('D-32: %s is refused: there is no such helper', async template => {
    expect((await render('d32', template)).status).toBe(422);
  });
});

describe('templates that do not end', () => {
  const loops = (depth: number): string => (depth === 0 ? 'x' : `{{#each (range 1 60)}}${loops(depth - 1)}{{/each}}`);

  it.each([
    ['six loops in one another', loops(6)],
    ['a partial in itself', '{{#*inline "p"}}{{> p}}{{> p}}{{/inline}}{{> p}}'],
  ])('D-34: %s stops at the budget in under 50 ms, and says so', async (_, template) => {
    await saveTemplate('d34', template);
    let best = Number.POSITIVE_INFINITY;
    let reply: Reply | undefined;
    const vitals = await watch(server, async () => {
      for (let i = 0; i < 4; i++) {
        const startedAt = performance.now();
        reply = await call(server.url, 'GET /d34');
        best = Math.min(best, performance.now() - startedAt);
      }
    });
    expect(reply).toMatchObject({ status: 500 });
    expect(reply!.text).toMatch(/template budget|too deep/);
    expect(best).toBeLessThan(50);
    expect(vitals.slowestMs).toBeLessThan(100);
  });

  it.each([
    '{{randomValue length=1000000000}}',
    '{{range 0 1000000000000}}',
    '{{faker "string.alpha" length=10000000}}',
    '{{center "x" size=1000000000}}',
    '{{ljust "x" size=1000000000 pad="y"}}',
    '{{stringFormat "%1000000000d" 1}}',
    '{{numberFormat 1 minimumFractionDigits=1000000000}}',
    '{{arrayAdd (range 0 99999) 1}}{{arrayAdd (range 0 99999) 2}}{{arrayAdd (range 0 99999) 3}}',
  ])('D-35: %s makes nothing large', async template => {
    const vitals = await watch(server, async () => {
      const { status, text } = await render('d35', template);
      expect([200, 422, 500]).toContain(status);
      expect(text.length).toBeLessThan(3_000_000);
    });
    expect(vitals.slowestMs).toBeLessThan(200);
  });

  it('D-35: a text that doubles stops at the budget of characters', async () => {
    const doubling = '{{#assign "x"}}ab{{/assign}}{{#each (range 1 60)}}{{#assign "x"}}{{x}}{{x}}{{/assign}}{{/each}}';
    const { status, text } = await render('d35', doubling);
    expect(status).toBe(500);
    expect(text).toContain('template budget: more than 16000000 characters');
  });
});

describe('templates that reach for the machine', () => {
  it.each([
    '{{env "DATABASE_URL"}}',
    '{{getEnvVar "DATABASE_URL"}}',
    '{{file "../../etc/passwd"}}',
    '{{include "/etc/passwd"}}',
    '{{> /etc/passwd}}',
  ])('D-37: %s is refused: there is no such helper', async template => {
    const { status, text } = await render('d37', template);
    expect(status).toBe(422);
    expect(text).not.toContain('sqlite:');
  });

  it.each(['PATH', 'DATABASE_URL', 'SECRET_OF_THE_TEST', 'mock_var_region', 'constructor', '__proto__'])(
    'D-37: systemValue does not tell %s',
    async key => {
      const { text } = await render('d37', `{{systemValue key='${key}'}}{{systemValue type='PROPERTY' key='${key}'}}`);
      expect(text).toBe(`[ERROR: Access to ${key} is denied]`.repeat(2));
    },
  );

  it('D-37: systemValue tells what the operator has given for it', async () => {
    expect((await render('d37', "{{systemValue key='MOCK_VAR_REGION'}}")).text).toBe('north');
  });

  it.each(['../x', '..%2fx', '%252e%252e/x', '....//../x', '/etc/passwd', 'a\\..\\x'])(
    'D-38: a template cannot make %j the name of a body file',
    async name => {
      await save('d38', { bodyFileName: '{{request.headers.X-Name}}' });
      const { status, text } = await call(server.url, 'GET /d38', { headers: { 'X-Name': name } });
      expect(status).toBe(500);
      expect(text).toContain('no plain path below the files folder');
    },
  );
});
