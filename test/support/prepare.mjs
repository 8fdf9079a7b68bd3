// `npm test` runs this first: builds, then makes sure that the real services of the tests are there, and says for each
// what it found, started or installed. It never skips: what it cannot provide stops the tests, with what to do.
// `node test/support/prepare.mjs chromium nginx` also provides those, and `image`, `chart`, … what the suite of that name needs.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import pg from 'pg';
import { build } from '../../build.mjs';

const servicesFile = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../node_modules/.cache/mock-server-test-services.json',
);
const isRoot = process.getuid?.() === 0;
const dataFolder = join(tmpdir(), `mock-server-test-services-${process.getuid?.() ?? 0}`);

class CannotPrepare extends Error {}

const postgres = {
  name: 'postgres',
  variable: 'TEST_POSTGRES_URL',
  usual: 'postgresql://postgres@127.0.0.1:5432/postgres',
  packages: ['postgresql'],
  check: checkPostgres,
  isInstalled: () => postgresBinaries() !== undefined,
  start: startPostgres,
};

const redis = {
  name: 'redis',
  variable: 'TEST_REDIS_URL',
  usual: 'redis://127.0.0.1:6379',
  packages: ['redis-server'],
  check: checkRedis,
  isInstalled: () => findProgram(['redis-server']) !== undefined,
  start: startRedis,
};

const programs = {
  chromium: { candidates: ['chromium', 'chromium-browser', 'google-chrome'], packages: ['chromium'] },
  nginx: { candidates: ['nginx', '/usr/sbin/nginx'], packages: ['nginx'] },
  buildah: { candidates: ['buildah'], packages: ['buildah', 'fuse-overlayfs'] },
  debootstrap: { candidates: ['debootstrap', '/usr/sbin/debootstrap'], packages: ['debootstrap'] },
  prometheus: { candidates: ['prometheus'], packages: ['prometheus'] },
};

/** What a suite needs beyond its programs: npm packages of its own, kept out of the project's install. */
const suites = {
  image: { programs: ['buildah', 'debootstrap'] },
  chart: { programs: [], folder: 'test/operations' },
};

/** Returns the url of the service, having started or installed it if need be. */
async function provide(service) {
  const say = text => console.log(`${service.name}: ${text}`);
  const given = process.env[service.variable];
  if (given) {
    const reason = await service.check(given);
    if (reason) throw new CannotPrepare(`${service.variable} is set, but not usable: ${reason}. Correct or unset it.`);
    say(`found, as ${service.variable} says`);
    return given;
  }
  for (const url of [readServices()[service.name], service.usual]) {
    if (url && !(await service.check(url))) {
      say(`found at ${new URL(url).host}`);
      return url;
    }
  }
  const isNew = !service.isInstalled();
  if (isNew) install(service.name, service.packages, service.variable);
  const url = await service.start();
  const reason = await service.check(url);
  if (reason) throw new CannotPrepare(`${service.name} was started, but is not usable: ${reason}. ${orSet(service)}`);
  say(`${isNew ? 'installed and ' : ''}started at ${new URL(url).host}, data in ${join(dataFolder, service.name)}`);
  return url;
}

/** Undefined when the tests can use it, else why not. */
async function checkPostgres(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query(
      'SELECT rolcreatedb OR rolsuper AS may FROM pg_roles WHERE rolname = current_user',
    );
    return rows[0]?.may ? undefined : 'its user may not create databases';
  } catch (error) {
    return error.message || error.code;
  } finally {
    await client.end().catch(() => {});
  }
}

async function checkRedis(url) {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 3_000, retryStrategy: () => null });
  let reason;
  client.on('error', error => (reason = error.message));
  try {
    await client.connect();
    await client.ping();
    return undefined;
  } catch (error) {
    return reason ?? error.message;
  } finally {
    client.disconnect();
  }
}

/** A cluster of our own on a free port: an installed one keeps its data, its settings and its passwords. */
async function startPostgres() {
  const binaries = postgresBinaries();
  const folder = join(dataFolder, 'postgres');
  const data = join(folder, 'data');
  mkdirSync(folder, { recursive: true });
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    runAsPostgres(join(binaries, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C']);
  }
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 -c fsync=off`;
  runAsPostgres(join(binaries, 'pg_ctl'), ['-D', data, '-l', join(folder, 'log'), '-o', options, '-w', 'start']);
  return `postgresql://postgres@127.0.0.1:${port}/postgres`;
}

/** Postgres refuses to run as root. */
function runAsPostgres(program, args) {
  const [command, rest] = isRoot ? ['runuser', ['-u', 'postgres', '--', program, ...args]] : [program, args];
  const { status, error } = spawnSync(command, rest, { stdio: ['ignore', 'ignore', 'inherit'], cwd: '/' });
  if (status !== 0)
    throw new CannotPrepare(`${program} failed${error ? `: ${error.message}` : ''}. ${orSet(postgres)}`);
}

function postgresBinaries() {
  const onPath = findProgram(['initdb']);
  if (onPath) return dirname(onPath);
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map(version => `/usr/lib/postgresql/${version}/bin`)
    .find(folder => existsSync(join(folder, 'initdb')));
}

async function startRedis() {
  const folder = join(dataFolder, 'redis');
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const options = { port, bind: '127.0.0.1', dir: folder, save: '', daemonize: 'yes', logfile: join(folder, 'log') };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stderr } = spawnSync(findProgram(['redis-server']), args, { encoding: 'utf8' });
  if (status !== 0) throw new CannotPrepare(`redis-server does not start: ${stderr}. ${orSet(redis)}`);
  const url = `redis://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 50 && (await checkRedis(url)); attempt++) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return url;
}

function provideProgram(name) {
  const program = programs[name];
  if (!program)
    throw new CannotPrepare(`There is no '${name}' to prepare. Known: ${Object.keys(programs).join(', ')}.`);
  const found = findProgram(program.candidates);
  if (!found) install(name, program.packages);
  const path = findProgram(program.candidates);
  if (!path) throw new CannotPrepare(`${name} was installed, but is not on the PATH.`);
  console.log(`${name}: ${found ? 'found' : 'installed'} at ${path}`);
}

function provideSuite({ programs, folder }) {
  programs.forEach(provideProgram);
  if (folder === undefined) return;
  const cwd = join(dirname(fileURLToPath(import.meta.url)), '../..', folder);
  const installed = join(cwd, 'node_modules/.package-lock.json');
  const isCurrent =
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(cwd, 'package-lock.json')).mtimeMs;
  if (!isCurrent) {
    const { status, stderr } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd, encoding: 'utf8' });
    if (status !== 0) throw new CannotPrepare(`npm ci failed in ${folder}:\n${stderr}`);
  }
  console.log(`${folder}: packages ${isCurrent ? 'found' : 'installed'}`);
}

function install(name, packages, variable) {
  const byHand = `Install it (Debian, Ubuntu: apt-get install ${packages.join(' ')})${variable ? `, or set ${variable}` : ''}.`;
  if (!findProgram(['apt-get']) || !isRoot) throw new CannotPrepare(`${name} is not there. ${byHand}`);
  console.log(`${name}: installing with apt-get, which can take a minute`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
    const { status, stdout, stderr } = spawnSync('apt-get', ['-q', ...args], { encoding: 'utf8', env });
    if (status !== 0) throw new CannotPrepare(`apt-get ${args.join(' ')} failed. ${byHand}\n${stdout}${stderr}`);
  }
}

function findProgram(candidates) {
  const folders = (process.env.PATH ?? '').split(':').filter(Boolean);
  return candidates
    .flatMap(name => (name.startsWith('/') ? [name] : folders.map(folder => join(folder, name))))
    .find(file => existsSync(file));
}

function freePort() {
  return new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function readServices() {
  try {
    return JSON.parse(readFileSync(servicesFile, 'utf8'));
  } catch {
    return {};
  }
}

const orSet = service => `Start one yourself and set ${service.variable}.`;

try {
  const { compiled, unchanged } = await build();
  console.log(`build: ${compiled} files compiled, ${unchanged} unchanged`);
  const urls = { postgres: await provide(postgres), redis: await provide(redis) };
  mkdirSync(dirname(servicesFile), { recursive: true });
  writeFileSync(servicesFile, JSON.stringify(urls));
  process.argv.slice(2).forEach(name => (name in suites ? provideSuite(suites[name]) : provideProgram(name)));
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  console.error(`The tests cannot run: ${error.message}`);
  process.exit(1);
}
