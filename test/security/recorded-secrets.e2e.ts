import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { call } from '../support/http-call';
import { eventually } from '../support/eventually';
import { plantSecrets, type PlantedSecret } from '../support/planted-secrets';
import { makeScratch, type Scratch } from '../support/scratch';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';
import { closeServer } from '../support/todo-api';

const planted = plantSecrets();
const large = planted.slice(-25).filter((_, i) => i % 3 === 0);
/** So long that it becomes a file. */
const padding = `"${'lorem ipsum '.repeat(100_000)}"`;

let backend: Server;
let server: ScratchServer;
let logs: Scratch;

beforeAll(async () => {
  const byPath = new Map(planted.map(one => [one.url.split('?')[0], one.reply]));
  backend = createServer((incoming, outgoing) => {
    const path = (incoming.url ?? '').split('?')[0]!;
    const isLarge = path.startsWith('/large');
    const { headers = {}, body = '' } = byPath.get(path.replace(/^\/(?:large|miss)/, '')) ?? {};
    incoming.resume();
    outgoing.writeHead(200, { 'Content-Type': /^[[{]/.test(body) ? 'application/json' : 'text/plain', ...headers });
    outgoing.end(
      isLarge && body.startsWith('{') ? body.replace('{', `{"padding":${padding},`) : isLarge ? padding + body : body,
    );
  });
  await new Promise<void>(resolve => backend.listen(0, '127.0.0.1', resolve));
  logs = await makeScratch();
  const backendUrl = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  server = await startScratchServer({ LOG_LEVEL: 'debug', LOG_DIR: logs.folder, BACKEND_URL: backendUrl });
});
afterAll(async () => {
  await server.remove();
  await logs.remove();
  await closeServer(backend);
});

const send = ({ method, url, headers, body }: PlantedSecret, prefix = ''): Promise<unknown> =>
  call(server.url, `${method} ${prefix}${url}`, { headers, ...(body !== undefined && { body }) });

/** Every file below a folder, as text of one character a byte. */
function textOfAllFiles(folder: string): string {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  return files.map(file => readFileSync(join(file.parentPath, file.name), 'latin1')).join('\n');
}

const foundIn = (text: string): string[] =>
  planted.filter(({ secret }) => text.includes(secret)).map(({ what }) => what);

it('P-19: of 50 secrets that are recorded none is in the database, in files, in logs or in what admin routes answer', async () => {
  expect(planted.length).toBeGreaterThanOrEqual(50);
  expect(new Set(planted.map(({ secret }) => secret)).size).toBe(planted.length);

  await call(server.url, 'PATCH /__admin/workspaces/default', { body: { settings: { recording: { onMiss: true } } } });
  for (const one of planted) await send(one, '/__w/default/miss');
  const missed = async (): Promise<number> =>
    (await call(server.url, 'GET /__admin/mappings')).json.meta.total as number;
  await eventually(async () => (await missed()) >= planted.length);
  await call(server.url, 'PATCH /__admin/workspaces/default', { body: { settings: { recording: { onMiss: false } } } });

  await call(server.url, 'POST /__admin/recordings/start', { body: { captureHeadersExcept: [], latency: 'fixed' } });
  for (const one of planted) await send(one);
  for (const one of large) await send(one, '/large');
  const stopped = await call(server.url, 'POST /__admin/recordings/stop');
  expect(stopped.json.mappings.length).toBeGreaterThanOrEqual(planted.length + large.length);
  const snapshot = await call(server.url, 'POST /__admin/recordings/snapshot', { body: { onExisting: 'compare' } });
  const drift = await call(server.url, 'POST /__admin/drift', { body: { methods: ['GET', 'POST'] } });
  const files = (await call(server.url, 'GET /__admin/files')).json as string[];
  expect(files.length).toBe(large.length);
  const answers = [stopped, snapshot, drift];
  for (const path of ['mappings', 'drafts', 'files', 'recordings/status', 'workspaces'])
    answers.push(await call(server.url, `GET /__admin/${path}`));
  expect(foundIn(answers.map(({ text }) => text).join('\n'))).toEqual([]);
  expect(foundIn(textOfAllFiles(server.folder))).toEqual([]);
  expect(textOfAllFiles(logs.folder)).toMatch(/level/);
  expect(foundIn(server.output() + textOfAllFiles(logs.folder))).toEqual([]);

  const { text } = await call(server.consoleUrl, 'GET /metrics');
  const counted = Number(/^recorder_redacted_total (\d+)/m.exec(text)?.[1]);
  expect(counted).toBeGreaterThanOrEqual(2 * planted.length);
  expect(await server.stop()).toBe(0);
  expect(foundIn(textOfAllFiles(server.folder))).toEqual([]);
});
