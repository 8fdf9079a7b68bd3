import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findBreaches, lineOfRoom, type Source } from './support/source-rules';

const root = join(__dirname, '..');

function sourcesBelow(folder: string): Source[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter(entry => entry.isFile() && /\.(?:ts|tsx|js|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => !file.includes('node_modules'))
    .map(file => ({ path: relative(root, file).replaceAll('\\', '/'), text: readFileSync(file, 'utf8') }));
}

describe('the house', () => {
  const sources = ['apps', 'libs', 'migrations'].flatMap(sourcesBelow);

  test('is read whole: every room that is there', () => {
    const rooms = readdirSync(join(root, 'libs'));
    expect(rooms.filter(room => lineOfRoom[room] === undefined)).toEqual([]);
    for (const room of rooms) expect(sources.map(({ path }) => path)).toContain(`libs/${room}/src/index.ts`);
  });

  test('keeps its rules', () => {
    expect(findBreaches(sources)).toEqual([]);
  });
});

describe('a breach is found, with its file and what to do', () => {
  const engineDoor = { path: 'libs/engine/src/index.ts', text: '' };

  test.each<[string, string, string, RegExp]>([
    [
      'an import upward',
      'libs/mocks/src/a.ts',
      `import { x } from '@mock-server/traffic';`,
      /^libs\/mocks\/src\/a\.ts:1 .*upward.*Move the smaller half/,
    ],
    [
      'a type imported upward',
      'libs/config/src/a.ts',
      `\nimport type { X } from '@mock-server/mocks';`,
      /a\.ts:2 .*upward/,
    ],
    ['an import sideways', 'libs/mocks/src/a.ts', `import '@mock-server/journal';`, /sideways/],
    ['a re-export sideways', 'libs/cache/src/a.ts', `export * from '@mock-server/http';`, /sideways/],
    [
      'a re-export of a type upward',
      'libs/cache/src/a.ts',
      `export type { X } from '@mock-server/workspaces';`,
      /upward/,
    ],
    ['a load at run time', 'libs/http/src/a.ts', `const load = () => import('@mock-server/health');`, /upward/],
    ['a require', 'libs/http/src/a.ts', `const { x } = require('@mock-server/proxy');`, /upward/],
    ['an old-style import', 'libs/http/src/a.ts', `import x = require('@mock-server/proxy');`, /upward/],
    ['a type written inline', 'libs/http/src/a.ts', `let x: import('@mock-server/proxy').X;`, /upward/],
    ['an app imported by a room', 'libs/health/src/a.ts', `import '../../../apps/server/src/main';`, /another room/],
    ['an app imported by its neighbour', 'apps/cli/src/a.ts', `import '../../server/src/main';`, /another room/],
    ['the engine asking another pure room', 'libs/engine/src/a.ts', `import '@mock-server/formats';`, /sideways/],
    ['the page asking a room that is not pure', 'apps/web-ui/src/a.ts', `import '@mock-server/http';`, /talks HTTP/],
    [
      'an import past the door',
      'libs/mocks/src/a.ts',
      `import '@mock-server/engine/src/catalog';`,
      /by the door, '@mock-server\/engine'/,
    ],
    [
      'a relative import past the door',
      'libs/mocks/src/a.ts',
      `import '../../engine/src/index';`,
      /engine\/src\/index\.ts is another room/,
    ],
    ['its own door', 'libs/mocks/src/a.ts', `import { x } from '@mock-server/mocks';`, /import the file beside it/],
    ['a room that is not there', 'libs/mocks/src/a.ts', `import '@mock-server/tools';`, /no such room/],
    ['a file in a room on no line', 'libs/tools/src/a.ts', ``, /on no line/],
    [
      'the environment',
      'libs/mocks/src/a.ts',
      `const x = process.env.HOME;`,
      /a\.ts:1 reads process\.env: only libs\/config/,
    ],
    ['the environment by index', 'libs/mocks/src/a.ts', `const x = process['env']['HOME'];`, /reads process\.env/],
    ['the environment taken apart', 'libs/mocks/src/a.ts', `const { env } = process;`, /reads process\.env/],
    [
      'the environment under another name',
      'libs/mocks/src/a.ts',
      `const { env: e } = globalThis.process;`,
      /reads process\.env/,
    ],
    [
      'the environment imported',
      'libs/mocks/src/a.ts',
      `import { env as e } from 'node:process';`,
      /reads process\.env/,
    ],
    ['forwardRef', 'libs/mocks/src/a.ts', `import { forwardRef } from '@nestjs/common';`, /says forwardRef/],
    [
      'synchronize as a key',
      'libs/database/src/a.ts',
      `const o = { synchronize: true };`,
      /says synchronize.*migrations/,
    ],
    ['synchronize as a call', 'libs/database/src/a.ts', `await source.synchronize();`, /says synchronize/],
    ['synchronize as a text', 'libs/database/src/a.ts', `o['synchronize'] = true;`, /says synchronize/],
    ['Nest in the engine', 'libs/engine/src/a.ts', `import { Injectable } from '@nestjs/common';`, /no Nest/],
    ['node: in the engine', 'libs/engine/src/a.ts', `import { createHash } from 'node:crypto';`, /pure/],
    ['a Node module by its old name in the engine', 'libs/engine/src/a.ts', `import fs from 'fs';`, /pure/],
  ])('%s', (_, path, text, message) => {
    const breaches = findBreaches([engineDoor, { path, text }]);
    expect(breaches.filter(breach => message.test(breach))).toHaveLength(1);
    expect(breaches[0]).toContain(path);
  });

  test('a circle between files of a room, through types too', () => {
    const breaches = findBreaches([
      { path: 'libs/mocks/src/a.ts', text: `import { b } from './b';` },
      { path: 'libs/mocks/src/b.ts', text: `export { c } from './c';` },
      { path: 'libs/mocks/src/c.ts', text: `import type { A } from './a';` },
    ]);
    expect(breaches).toEqual([
      'libs/mocks/src/a.ts -> libs/mocks/src/b.ts -> libs/mocks/src/c.ts -> libs/mocks/src/a.ts: an import circle. Move what both need into a file of its own that imports neither.',
    ]);
  });

  test('a circle through a door', () => {
    const door = { path: 'libs/mocks/src/index.ts', text: `export * from './a';` };
    expect(findBreaches([door, { path: 'libs/mocks/src/a.ts', text: `import { x } from '.';` }])).toHaveLength(1);
  });
});

describe('what is allowed is not reported', () => {
  test.each<[string, string, string]>([
    ['an import downward', 'libs/traffic/src/a.ts', `import '@mock-server/engine'; import '@mock-server/mocks';`],
    ['an app asking any room', 'apps/server/src/a.ts', `import '@mock-server/traffic';`],
    ['formats asking the engine', 'libs/formats/src/a.ts', `import '@mock-server/engine';`],
    ['the environment in libs/config', 'libs/config/src/a.ts', `const x = process.env;`],
    ['the environment in a spec', 'libs/mocks/src/a.spec.ts', `const x = process.env;`],
    ['node: in a spec of the engine', 'libs/engine/src/a.spec.ts', `import 'node:fs';`],
    ['test support in a spec', 'libs/mocks/src/a.spec.ts', `import '../../../test/support/scratch';`],
    [
      'words in comments and texts',
      'libs/mocks/src/a.ts',
      `// process.env, forwardRef, from '@mock-server/traffic'\nconst x = "import '@mock-server/traffic'";`,
    ],
    ['two files of a room, one way', 'libs/mocks/src/a.ts', `import './b'; import './b';`],
  ])('%s', (_, path, text) => {
    expect(
      findBreaches([
        { path, text },
        { path: 'libs/mocks/src/b.ts', text: '' },
      ]),
    ).toEqual([]);
  });
});
