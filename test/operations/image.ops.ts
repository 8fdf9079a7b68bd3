import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort } from '../support/server';
import {
  buildImage,
  inspectImage,
  openImage,
  startContainer,
  type Container,
  type ImageConfig,
  type RootFs,
} from './image';

const name = 'localhost/mock-server:test';
const maxBytes = 350e6;
const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
let config: ImageConfig;
let bytes: number;
let rootFs: RootFs;
let scratch: Scratch;
let container: Container;
let traffic: string;
let console: string;

beforeAll(async () => {
  scratch = await makeScratch();
  await buildImage(name, { VERSION: '1.2.3', REVISION: 'abc123', CREATED: '2026-01-02T03:04:05Z' });
  ({ config, bytes } = await inspectImage(name));
  rootFs = await openImage(name);
  const [port, webUiPort] = [await freePort(), await freePort()];
  traffic = `http://127.0.0.1:${port}`;
  console = `http://127.0.0.1:${webUiPort}`;
  container = await startContainer(rootFs, config, {
    env: {
      AUTH: 'off',
      ALLOW_UNAUTHENTICATED: 'true',
      PORT: String(port),
      WEB_UI_PORT: String(webUiPort),
      SHUTDOWN_DELAY_MS: '500',
    },
    dataDir: join(scratch.folder, 'data'),
  });
  await eventually(async () => {
    if (container.process.exitCode !== null) throw new Error(`The container ended:\n${container.output()}`);
    return (await call(console, 'GET /health/ready').catch(() => undefined))?.status === 200;
  });
}, 900_000);
afterAll(async () => {
  container?.process.kill('SIGKILL');
  await container?.exited;
  await rootFs?.remove();
  await scratch.remove();
});

const statusOf = (field: string): string =>
  new RegExp(`^${field}:\\s*(.*)$`, 'm').exec(readFileSync(`/proc/${container.pid()}/status`, 'utf8'))?.[1] ?? '';

describe('the image', () => {
  it('is under 350 MB', () => expect(bytes).toBeLessThan(maxBytes));

  it('says what it is', () => {
    expect(config.Labels).toMatchObject({
      'org.opencontainers.image.title': 'mock-server',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': '1.2.3',
      'org.opencontainers.image.revision': 'abc123',
      'org.opencontainers.image.created': '2026-01-02T03:04:05Z',
    });
  });

  it('runs as a user by number, exposes both ports and keeps data in a volume', () => {
    expect(config.User).toBe('1000:1000');
    expect(Object.keys(config.ExposedPorts).sort()).toEqual(['4000/tcp', '4001/tcp']);
    expect(Object.keys(config.Volumes)).toEqual(['/app/data']);
    expect(config.StopSignal).toMatch(/^(SIG)?TERM$|^15$/);
  });

  it('holds no setting but those a container always needs, and no secret', () => {
    const names = config.Env.map(line => line.split('=')[0]).filter(
      name => !/^(PATH|NODE_VERSION|YARN_VERSION|.*CERT.*)$/.test(name!),
    );
    expect(names.sort()).toEqual(['HOST', 'NODE_ENV']);
  });

  it('leaves sources, tests and development dependencies behind, and nothing of ours may be changed from within', () => {
    const isThere = (path: string): boolean =>
      statSync(join(rootFs.folder, path), { throwIfNoEntry: false }) !== undefined;
    for (const path of [
      'libs',
      'test',
      'build.mjs',
      'node_modules/jest',
      'node_modules/typescript',
      'node_modules/@swc',
      '.git',
    ])
      expect([path, isThere(`app/${path}`)]).toEqual([path, false]);
    for (const path of ['dist/server.js', 'start.mjs', 'node_modules/pg'])
      expect(statSync(join(rootFs.folder, 'app', path)).uid).toBe(0);
  });
});

describe('a container of it', () => {
  it('runs node as process 1, not as root, without a capability, on a read-only root file system', () => {
    expect(statusOf('NSpid').split(/\s+/).at(-1)).toBe('1');
    expect(statusOf('Name')).toMatch(/^(node|MainThread)/);
    expect(statusOf('Uid').split(/\s+/)).toEqual(Array(4).fill('1000'));
    expect([statusOf('CapEff'), statusOf('CapPrm'), statusOf('CapBnd')]).toEqual(Array(3).fill('0000000000000000'));
    expect(statusOf('NoNewPrivs')).toBe('1');
    expect(readFileSync(`/proc/${container.pid()}/mountinfo`, 'utf8')).toMatch(/ \/ \/ ro[ ,]| \/ ro[ ,]/);
  });

  it("answers the README's first example", async () => {
    const [, body = ''] = /curl -X POST \S+\/__admin\/mappings -d '([^']+)'/.exec(readme) ?? [];
    const [, path = '', wanted = ''] = /^curl http:\/\/127\.0\.0\.1:4000(\S+)\n# (.*)$/m.exec(readme) ?? [];
    const made = await call(traffic, 'POST /__admin/mappings', { body });
    const answer = await call(traffic, `GET ${path}`);
    expect(made.status).toBe(201);
    expect(wanted).not.toBe('');
    expect(answer).toMatchObject({ status: 200, text: wanted });
  });

  it('passes its own health check, which fails where nothing listens', async () => {
    const [, ...args] = config.Healthcheck?.Test ?? [];
    const check = (env: Record<string, string>) =>
      startContainer(rootFs, { ...config, Entrypoint: [], Cmd: args }, { env, dataDir: join(scratch.folder, 'check') });
    const healthy = await check({ WEB_UI_PORT: new URL(console).port });
    const sick = await check({ WEB_UI_PORT: String(await freePort()) });
    expect(config.Healthcheck?.Test[0]).toBe('CMD');
    expect([await healthy.exited, await sick.exited]).toEqual([0, 1]);
  });

  it('knows the other commands', async () => {
    const run = await startContainer(rootFs, config, {
      args: ['migrate'],
      env: { HOST: '127.0.0.1' },
      dataDir: join(scratch.folder, 'm'),
    });
    expect(await run.exited).toBe(0);
    expect(run.output()).toMatch(/Applied /);
  });

  it('says what is missing where sign-in is off and nobody said that this is meant', async () => {
    const run = await startContainer(rootFs, config, { env: { AUTH: 'off' }, dataDir: join(scratch.folder, 'n') });
    expect(await run.exited).toBe(1);
    expect(run.output()).toContain('ALLOW_UNAUTHENTICATED=true');
  });

  it('ends within its drain time and a second after SIGTERM, with exit code 0', async () => {
    const begin = performance.now();
    process.kill(container.pid(), 'SIGTERM');
    expect(await container.exited).toBe(0);
    expect(performance.now() - begin).toBeLessThan(1_500);
  });
});
