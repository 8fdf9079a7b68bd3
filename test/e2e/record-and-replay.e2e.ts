import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { call, type Reply } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type ServerEnv, type TestServer } from '../support/server';
import { startTodoApi } from '../support/todo-api';

let scratch: Scratch;
let server: TestServer;
let env: ServerEnv;

beforeAll(async () => {
  scratch = await makeScratch();
  env = { DATABASE_URL: `sqlite:${join(scratch.folder, 'mock-server.db')}`, DATA_DIR: scratch.folder };
  server = await startServer(env);
});
afterAll(async () => {
  await server.stop();
  await scratch.remove();
});

const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What a client does, and what it sees of it: all but the token, which is a stand-in when it is replayed. */
async function useTheApi(password: string): Promise<unknown[]> {
  const seen: unknown[] = [];
  const see = async (
    line: string,
    options: { headers?: Record<string, string>; body?: object } = {},
  ): Promise<Reply> => {
    const reply = await call(server.url, line, options);
    const { 'content-type': type, location, 'content-disposition': disposition } = reply.headers;
    const isJson = /json/.test(String(type));
    const body: unknown =
      line === 'POST /login' ? Object.keys(reply.json as object) : isJson ? reply.json : sha(reply.bytes);
    seen.push([line, reply.status, type, location, disposition, body]);
    return reply;
  };
  await see('GET /todos');
  await see('POST /login', { body: { user: 'ann', password: 'nope' } });
  const { json } = await see('POST /login', { body: { user: 'ann', password } });
  const headers = { Authorization: `Bearer ${json.token}` };
  await see('GET /todos', { headers });
  await see('POST /todos', { headers, body: { title: 'Call Bob' } });
  await see('GET /todos', { headers });
  await see('POST /todos', { headers, body: { title: 'Read' } });
  await see('GET /todos', { headers });
  await see('GET /todos/2', { headers });
  await see('PATCH /todos/2', { headers, body: { done: true } });
  await see('GET /todos/2', { headers });
  await see('DELETE /todos/1', { headers });
  await see('GET /todos/1', { headers });
  await see('GET /todos', { headers });
  await see('GET /todos/99', { headers });
  await see('GET /report.bin', { headers });
  await see('GET /archive.bin', { headers });
  return seen;
}

it('a team records its backend and works on without it: login, a list that grows and shrinks, a 404 and downloads are the same', async () => {
  const api = await startTodoApi();
  const body = { targetBaseUrl: api.url };
  expect((await call(server.url, 'POST /__admin/recordings/start', { body })).json).toEqual({});
  const real = await useTheApi(api.password);
  expect(api.calls()).toBe(real.length);
  const stopped = await call(server.url, 'POST /__admin/recordings/stop');
  expect(stopped.status).toBe(200);
  expect((stopped.json as { mappings: unknown[] }).mappings).toHaveLength(real.length);
  await api.close();

  expect(await useTheApi(api.password)).toEqual(real);

  await server.stop();
  server = await startServer(env);
  expect(await useTheApi(api.password)).toEqual(real);
  await call(server.url, 'POST /__admin/scenarios/reset');
  expect(await useTheApi(api.password)).toEqual(real);
});
