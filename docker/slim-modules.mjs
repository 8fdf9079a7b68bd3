// Takes out of node_modules what no running server reads: type declarations, source maps, sources in C, build leftovers.
// Licences stay. Used by the Dockerfile: node slim-modules.mjs node_modules
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const [root = 'node_modules'] = process.argv.slice(2);

const unreadFiles = /\.(d\.[cm]?ts|ts|map|md|markdown|flow|tsbuildinfo|c|cc|cpp|h|hpp|gyp|gypi|o|a|d)$/i;
/** What the compiler left behind, tests, builds for browsers and bundlers, and a compiler that came only as somebody's peer. */
const unreadFolders = new RegExp(
  `^(${[
    '(bintrees|fastify)/test',
    '@opentelemetry/[^/]+/build/(esm|esnext)',
    'better-sqlite3/(deps|src|build/deps|build/Release/obj\\.target)',
    'luxon/build/(amd|cjs-browser|global)',
    'rxjs/(src|dist/(bundles|esm|esm5|types))',
    'typeorm/browser',
    'typescript',
  ].join('|')})$`,
);
const unreadInPlace =
  /^swagger-ui-dist\/(swagger-ui-es|swagger-ui\.js)|^better-sqlite3\/build\/(.*Makefile|.*\.mk|Release\/test_)/;
const keptFiles = /^(licen[cs]e|notice|copying)/i;

function slim(folder, inside) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const place = inside === '' ? entry.name : `${inside}/${entry.name}`;
    if (entry.isDirectory()) {
      if (unreadFolders.test(place)) rmSync(path, { recursive: true });
      else slim(path, place);
    } else if (isUnread(place, entry.name)) rmSync(path);
  }
}

const isUnread = (place, name) => (unreadFiles.test(name) && !keptFiles.test(name)) || unreadInPlace.test(place);

slim(root, '');
