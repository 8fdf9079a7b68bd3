// Compiles apps/server, apps/cli, libs and migrations to dist/ with swc, a file at a time and only what changed,
// puts the server and the command line into one file each, dist/server.js and dist/cli.js, which is what runs (docs/adr/0034),
// beside what only some servers load,
// and copies the console's page. `npm run build` says what it did; `npm start` calls it quietly.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, cpSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const sourceRoots = ['apps/server', 'apps/cli', 'libs', 'migrations'];
const recipeFiles = ['build.mjs', '.swcrc', 'tsconfig.json'];
const bundles = { server: 'apps/server/src/main.js', cli: 'apps/cli/src/main.js' };
/** Modules with much behind them that are required only when somebody uses them: a file of its own each, beside the bundles. */
const loadedLate = { 'claude-sdk': 'libs/ai/src/claude-sdk.js' };

/**
 * Packages that stay out of the bundles: what is compiled for a machine, what looks for files of its own or is asked for by a name made
 * while running (typeorm's drivers, Nest's look at typeorm), what must be there once for everybody (reflect-metadata), and what is big
 * and only loaded when somebody uses it.
 */
export const unbundled = new Set([
  '@faker-js/faker',
  '@opentelemetry/api',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
  'better-sqlite3',
  'better-sqlite3-node22',
  'cache-manager-ioredis-yet',
  'chokidar',
  'ioredis',
  'luxon',
  'openid-client',
  'pg',
  'reflect-metadata',
  'swagger-ui-dist',
  'typeorm',
  'undici',
]);

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name));
}

const isSource = file => file.endsWith('.ts') && !/\.(spec|e2e|d)\.ts$/.test(file);
const outputOf = source => join(dist, relative(root, source)).replace(/\.ts$/, '.js');
const changedAt = file => (existsSync(file) ? statSync(file).mtimeMs : 0);

/** Brings dist/ up to date. Returns how many files were compiled and how many were already right. */
export async function build() {
  const recipeAt = Math.max(...recipeFiles.map(file => changedAt(join(root, file))));
  const sources = sourceRoots.flatMap(folder => filesBelow(join(root, folder))).filter(isSource);
  const stale = sources.filter(source => changedAt(outputOf(source)) < Math.max(changedAt(source), recipeAt));
  if (stale.length > 0) await compile(stale);
  const orphans = removeOrphans(new Set(sources.map(outputOf)));
  if (stale.length > 0 || orphans > 0 || areBundlesOlderThanPackages()) await bundle();
  buildWebUi();
  return { compiled: stale.length, unchanged: sources.length - stale.length };
}

async function compile(sources) {
  const { transformSync } = await import('@swc/core');
  const options = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
  const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions;
  for (const source of sources) {
    const output = outputOf(source);
    const { code, map } = transformSync(readFileSync(source, 'utf8'), {
      ...options,
      swcrc: false,
      filename: source,
      sourceFileName: relative(dirname(output), source),
      jsc: { ...options.jsc, baseUrl: root, paths },
    });
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(`${output}.map`, map);
    writeFileSync(output, `${code}\n//# sourceMappingURL=${relative(dirname(output), `${output}.map`)}\n`);
  }
}

/** Takes out of dist/ what no source made, and returns how many files that were. */
function removeOrphans(wanted) {
  const orphans = sourceRoots
    .flatMap(folder => filesBelow(join(dist, folder)))
    .filter(file => !wanted.has(file.replace(/\.map$/, '')));
  for (const file of orphans) rmSync(file);
  return orphans.length;
}

const bundleOf = name => join(dist, `${name}.js`);

function areBundlesOlderThanPackages() {
  const installedAt = changedAt(join(root, 'node_modules/.package-lock.json'));
  return Object.keys({ ...bundles, ...loadedLate }).some(name => changedAt(bundleOf(name)) <= installedAt);
}

async function bundle() {
  const esbuild = await import('esbuild');
  const { outputFiles } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries({ ...bundles, ...loadedLate }).map(([name, main]) => [name, join(dist, main)]),
    ),
    outdir: dist,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    write: false,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // Licences stand in node_modules, also in the image.
    legalComments: 'none',
    logLevel: 'error',
    define: { 'import.meta.url': 'bundleUrl' },
    banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
    plugins: [leaveForLater(loadedLate), leaveOut(unbundled)],
  });
  const { decode, encode } = await import('@jridgewell/sourcemap-codec');
  for (const { path, text } of outputFiles)
    writeFileSync(path, path.endsWith('.map') ? mapOfLines(text, { decode, encode }) : keepClassNames(text));
}

/**
 * esbuild keeps names by a call for each function that is made, also for those made anew with every request. Only classes need
 * theirs: Nest, Swagger and the logs go by them.
 */
function keepClassNames(code) {
  const call = 'var __name = (target, value) => ';
  if (!code.includes(call)) throw new Error('esbuild keeps names in another way now: see keepClassNames in build.mjs');
  return code.replace(call, `${call}target.prototype === undefined || target.name === value ? target : `);
}

/** Lines of our own sources only: Node reads the whole map, and keeps it, when it first prints a stack. */
function mapOfLines(text, { decode, encode }) {
  const map = JSON.parse(text);
  const isOurs = map.sources.map(source => !source.includes('node_modules/'));
  const lines = decode(map.mappings).map(segments => segments.filter(([, source]) => isOurs[source]).slice(0, 1));
  const mappings = encode(lines.map(segments => segments.map(([, source, line, column]) => [0, source, line, column])));
  return JSON.stringify({ ...map, names: [], mappings });
}

/** Leaves modules to the files that are made of them. */
function leaveForLater(modules) {
  return {
    name: 'leave-for-later',
    setup(esbuild) {
      for (const name of Object.keys(modules))
        esbuild.onResolve({ filter: new RegExp(`^\\./${name}$`) }, ({ kind }) =>
          kind === 'entry-point' ? undefined : { path: `./${name}.js`, external: true },
        );
    },
  };
}

/** Leaves packages to be loaded while running: those named, and those that are not installed, which Nest asks for on the off chance. */
function leaveOut(names) {
  const resolving = Symbol('resolving');
  return {
    name: 'leave-out',
    setup(esbuild) {
      esbuild.onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...rest }) => {
        if (pluginData === resolving || isBuiltin(path)) return undefined;
        const [name] = /^(@[^/]+\/)?[^/]+/.exec(path) ?? [];
        if (names.has(name)) return { path, external: true };
        const { kind, importer, resolveDir } = rest;
        const found = await esbuild.resolve(path, { kind, importer, resolveDir, pluginData: resolving });
        return found.errors.length > 0 ? { path, external: true } : found;
      });
    },
  };
}

/** Until the single-page app comes, the console is a plain page: copied as it is. */
export function buildWebUi() {
  const from = join(root, 'apps/web-ui/public');
  if (existsSync(from)) cpSync(from, join(dist, 'web-ui'), { recursive: true });
}

if (process.argv[1] && pathToFileURL(resolve(process.argv[1])).href === import.meta.url) {
  if (process.argv.includes('--web-ui')) {
    buildWebUi();
    console.log('web-ui: copied to dist/web-ui');
  } else {
    const { compiled, unchanged } = await build();
    console.log(`build: ${compiled} files compiled, ${unchanged} unchanged, in dist/`);
  }
}
