import { createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { call, type Reply } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

let scratch: Scratch;
const servers: TestServer[] = [];

beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(async () => {
  for (const server of servers) await server.stop();
  await scratch.remove();
});

async function start(env: Record<string, string> = {}): Promise<TestServer> {
  const server = await startServer({
    DATABASE_URL: `sqlite:${join(scratch.folder, `${servers.length}.db`)}`,
    DATA_DIR: scratch.folder,
    LOG_LEVEL: 'error',
    ...env,
  });
  servers.push(server);
  return server;
}

async function save(server: TestServer, mapping: object): Promise<Reply> {
  const reply = await call(server.url, 'POST /__admin/mappings', { body: mapping });
  if (reply.status !== 201) throw new Error(reply.text);
  return reply;
}

const template = (urlPath: string, body: string): object => ({
  request: { urlPath },
  response: { transformers: ['response-template'], body },
});

describe('a server with nothing set', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await start();
  });

  it('answers with what a request says, in body, headers and the name of a file', async () => {
    await call(server.url, 'PUT /__admin/files/books/7.txt', { body: 'Book of {{request.query.who}}' });
    await save(server, {
      request: { urlPathTemplate: '/books/{id}' },
      response: {
        transformers: ['response-template'],
        headers: { 'X-Book': '{{request.path.id}}' },
        bodyFileName: 'books/{{request.path.id}}.txt',
      },
    });
    const { text, headers } = await call(server.url, 'GET /books/7?who=Ann');
    expect([text, headers['x-book']]).toEqual(['Book of Ann', '7']);
  });

  it('signs tokens that its own key set verifies', async () => {
    await save(server, template('/jwks', '{{jwks}}'));
    await save(server, template('/token', "{{jwt alg='RS256' sub=request.query.who maxAge='1 hours'}}"));
    const { keys } = (await call(server.url, 'GET /jwks')).json as { keys: Record<string, string>[] };
    const [header = '', claims = '', signature = ''] = (await call(server.url, 'GET /token?who=ann')).text.split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: keys[0]!['kid'],
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sub: 'ann' });
    const key = createPublicKey({ key: keys[0]!, format: 'jwk' });
    const text = Buffer.from(`${header}.${claims}`);
    expect(verify('sha256', text, key, Buffer.from(signature, 'base64url'))).toBe(true);
  });

  it('takes its own tokens, and no others, for a mock that asks for its key', async () => {
    const { keys } = (await call(server.url, 'GET /jwks')).json as { keys: Record<string, string>[] };
    await save(server, {
      request: {
        urlPath: '/admin',
        headers: {
          Authorization: { jwt: { publicKey: keys[0], claims: { sub: { equalTo: 'ann' } }, expired: false } },
        },
      },
      response: { body: 'welcome' },
    });
    const token = (await call(server.url, 'GET /token?who=ann')).text;
    const enter = (text: string): Promise<Reply> =>
      call(server.url, 'GET /admin', { headers: { Authorization: `Bearer ${text}` } });
    expect((await enter(token)).text).toBe('welcome');
    expect((await enter((await call(server.url, 'GET /token?who=bob')).text)).status).toBe(404);
    expect((await enter(`${token.slice(0, -8)}AAAAAAAA`)).status).toBe(404);
  });

  it('tells GraphQL operations apart', async () => {
    for (const name of ['GetUser', 'GetCart'])
      await save(server, {
        request: { urlPath: '/graphql', graphql: { operationName: name } },
        response: { body: name },
      });
    const body = { query: 'query GetCart($id: ID!) { cart(id: $id) { total } }', variables: { id: 1 } };
    expect((await call(server.url, 'POST /graphql', { body })).text).toBe('GetCart');
  });

  it('refuses a template with a mistake, and says where it is', async () => {
    const reply = await call(server.url, 'POST /__admin/mappings', { body: template('/x', 'a\n{{nosuchhelper 1}}') });
    expect(reply.status).toBe(422);
    expect(reply.text).toContain('nosuchhelper');
    expect(reply.text).toContain('line 2, column 3');
  });
});

describe('what an operator decides', () => {
  it('all responses are templates with RESPONSE_TEMPLATING=global', async () => {
    const server = await start({ RESPONSE_TEMPLATING: 'global' });
    await save(server, { request: { urlPath: '/t' }, response: { body: '{{request.method}}' } });
    expect((await call(server.url, 'GET /t')).text).toBe('GET');
  });

  it('none is with RESPONSE_TEMPLATING=off', async () => {
    const server = await start({ RESPONSE_TEMPLATING: 'off' });
    await save(server, template('/t', '{{request.method}}'));
    expect((await call(server.url, 'GET /t')).text).toBe('{{request.method}}');
  });

  it('RANDOM_SEED draws the same mocks and the same texts at every start', async () => {
    const drawn = async (seed: string): Promise<string> => {
      const server = await start({ RANDOM_SEED: seed });
      for (const weight of [1, 2, 3])
        await save(server, { ...template('/w', `${weight}{{randomValue length=4}} `), weight });
      let texts = '';
      for (let i = 0; i < 12; i++) texts += (await call(server.url, 'GET /w')).text;
      return texts;
    };
    const first = await drawn('7');
    expect(await drawn('7')).toBe(first);
    expect(await drawn('8')).not.toBe(first);
    expect(new Set(first.split(' ').map(text => text[0])).size).toBeGreaterThan(1);
  });
});
