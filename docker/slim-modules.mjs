// Takes out of node_modules what no running server reads. What is inside the bundles (build.mjs says what is not) keeps its licence and
// its package.json alone; of the rest go type declarations, source maps, sources in C, and what is for other machines.
// Used by the Dockerfile: node docker/slim-modules.mjs node_modules
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { unbundled } from '../build.mjs';

const root = resolve(process.argv[2] ?? 'node_modules');

const unreadFiles = /\.(d\.[cm]?ts|ts|map|md|markdown|flow|tsbuildinfo|c|cc|cpp|h|hpp|gyp|gypi|o|a|d)$/i;
/** Sources in C, tests, and builds for browsers and bundlers. */
const unreadFolders = new RegExp(
  `^(${[
    'bintrees/test',
    '@opentelemetry/[^/]+/build/(esm|esnext)',
    'better-sqlite3-node22/(deps|src)',
    'luxon/build/(amd|cjs-browser|global)',
    'typeorm/browser',
  ].join('|')})$`,
);
const unreadInPlace = new RegExp(
  `^swagger-ui-dist/(swagger-ui-es|swagger-ui\\.js)|^better-sqlite3-node22/prebuilds/(?!linux-${process.arch}\\.)`,
);
const licence = /^(licen[cs]e|notice|copying)/i;

/** The folders of the packages below a node_modules folder, those inside of others too. */
function packagesIn(modules) {
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) => (name.startsWith('@') ? readdirSync(join(modules, name)).map(one => join(name, one)) : name))
    .flatMap(name => [join(modules, name), ...packagesIn(join(modules, name, 'node_modules'))]);
}

/** The folder that `require(name)` in a file of `from` finds, or undefined for what is not installed. */
function installed(name, from) {
  const candidate = join(from, 'node_modules', name);
  if (existsSync(join(candidate, 'package.json'))) return candidate;
  return from === dirname(root) ? undefined : installed(name, dirname(from));
}

/** Adds the package in the folder, and all that it may ask for. */
function addNeeded(folder, needed) {
  if (folder === undefined || needed.has(folder)) return;
  needed.add(folder);
  const described = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta = {} } = described;
  const peers = Object.keys(peerDependencies ?? {}).filter(name => peerDependenciesMeta[name]?.optional !== true);
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).concat(peers))
    addNeeded(installed(name, folder), needed);
}

function slim(folder, isUnread, inside = '') {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    const place = join(inside, entry.name);
    if (isUnread(place, entry)) rmSync(path, { recursive: true });
    else if (entry.isDirectory()) slim(path, isUnread, place);
  }
}

const isUnread = (place, entry) =>
  entry.isDirectory()
    ? unreadFolders.test(place)
    : (unreadFiles.test(entry.name) && !licence.test(entry.name)) || unreadInPlace.test(place);
const isBundled = (place, entry) => !licence.test(entry.name) && place !== 'package.json';

const needed = new Set();
for (const name of unbundled) addNeeded(installed(name, dirname(root)), needed);
for (const folder of packagesIn(root)) {
  if (needed.has(folder)) slim(folder, isUnread, relative(root, folder));
  else slim(folder, isBundled);
}
