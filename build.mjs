// Compiles apps/server, apps/cli, libs and migrations to dist/ with swc, a file at a time and only what changed,
// and copies the console's page. `npm run build` says what it did; `npm start` calls it quietly.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync, cpSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const dist = join(root, 'dist');
const sourceRoots = ['apps/server', 'apps/cli', 'libs', 'migrations'];
const recipeFiles = ['build.mjs', '.swcrc', 'tsconfig.json'];

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
  removeOrphans(new Set(sources.map(outputOf)));
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

function removeOrphans(wanted) {
  for (const file of filesBelow(dist)) {
    if (file.startsWith(join(dist, 'web-ui'))) continue;
    if (!wanted.has(file.replace(/\.map$/, ''))) rmSync(file);
  }
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
