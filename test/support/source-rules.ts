import { dirname, join, normalize } from 'node:path';
import ts from 'typescript';

/** A source file as the rules see it: path from the top of the repository, with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** The lines of the house: a room imports rooms on lower lines only (ARCHITECTURE.md). */
export const lineOfRoom: Readonly<Record<string, number>> = {
  engine: 0,
  formats: 0,
  config: 1,
  migrations: 1,
  database: 2,
  cache: 2,
  http: 2,
  logging: 2,
  metrics: 2,
  outbound: 2,
  workspaces: 3,
  mocks: 4,
  journal: 4,
  auth: 4,
  history: 5,
  proxy: 5,
  ai: 5,
  traffic: 6,
  health: 6,
};
const lineOfApps = 7;
/** A page in a browser: it talks HTTP, and may use what is pure. */
const pureRooms = new Set(['engine', 'formats']);
const alias = /^@mock-server\/([^/]+)(\/.*)?$/;

interface Place {
  /** `libs/mocks`, `apps/server`, `migrations`. */
  readonly room: string;
  readonly line: number;
}

interface Import {
  readonly from: string;
  readonly line: number;
}

/** Every breach of the rules, each with its file and what to do. */
export function findBreaches(sources: readonly Source[]): string[] {
  const paths = new Set(sources.map(({ path }) => path));
  return [...sources.flatMap(source => breachesIn(source, paths)), ...findCircles(sources, paths)];
}

function breachesIn(source: Source, paths: ReadonlySet<string>): string[] {
  const place = placeOf(source.path);
  if (place === undefined)
    return [
      `${source.path}: its room is on no line. Put it into the table of test/support/source-rules.ts and ARCHITECTURE.md.`,
    ];
  const tree = parse(source);
  const breaches: string[] = [];
  for (const { from, line } of importsOf(tree)) {
    const advice = importAdvice({ path: source.path, place, from, paths });
    if (advice !== undefined) breaches.push(`${source.path}:${line} imports '${from}': ${advice}`);
  }
  return [...breaches, ...forbiddenIn(tree, source.path)];
}

interface ImportQuestion {
  readonly path: string;
  readonly place: Place;
  readonly from: string;
  readonly paths: ReadonlySet<string>;
}

function importAdvice({ path, place, from, paths }: ImportQuestion): string | undefined {
  const isSpec = isTest(path);
  const named = alias.exec(from);
  if (named !== null) return roomAdvice(place, named[1]!, named[2], isSpec);
  if (from.startsWith('.')) return relativeAdvice({ path, place, from, paths }, isSpec);
  if (place.room === 'libs/engine' && !isSpec) {
    if (from.startsWith('node:') || nodeModules.has(from))
      return 'the engine is pure, it runs in a browser too. Take what you need as a parameter.';
    if (from.startsWith('@nestjs/'))
      return 'the engine is pure: no Nest. Put what needs Nest into the room that uses the engine.';
  }
  return undefined;
}

function roomAdvice(
  { room, line }: Place,
  target: string,
  beyond: string | undefined,
  isSpec: boolean,
): string | undefined {
  if (beyond !== undefined)
    return `go by the door, '@mock-server/${target}'; what it does not export is none of yours.`;
  const targetLine = lineOfRoom[target];
  if (targetLine === undefined)
    return 'there is no such room on a line. Add it to the table of test/support/source-rules.ts.';
  const name = target === 'migrations' ? target : `libs/${target}`;
  if (name === room) return 'that is its own room: import the file beside it.';
  if (room === 'apps/web-ui' && !pureRooms.has(target)) return 'the page talks HTTP; only the pure rooms are for it.';
  if (room === 'libs/formats' && target === 'engine') return undefined;
  if (targetLine < line || (isSpec && targetLine <= line)) return undefined;
  return `line ${line} may not import line ${targetLine}${targetLine > line ? ', upward' : ', sideways'}. Move the smaller half to a lower room, or hand it in from above.`;
}

function relativeAdvice({ path, place, from, paths }: ImportQuestion, isSpec: boolean): string | undefined {
  const target = normalize(join(dirname(path), from)).replaceAll('\\', '/');
  if (isSpec && (target.startsWith('test/support/') || target === 'test/support')) return undefined;
  const other = placeOf(target);
  if (other?.room === place.room) return undefined;
  const found = resolveFile(target, paths) ?? target;
  return `${found} is another room. Go by its door, '@mock-server/<room>'.`;
}

const nodeModules = new Set([
  'fs',
  'path',
  'os',
  'crypto',
  'buffer',
  'util',
  'events',
  'stream',
  'http',
  'https',
  'net',
  'url',
  'child_process',
  'worker_threads',
  'vm',
  'zlib',
  'dns',
  'process',
  'timers',
  'assert',
  'module',
]);

function forbiddenIn(tree: ts.SourceFile, path: string): string[] {
  const found: string[] = [];
  const isSpec = isTest(path);
  const report = (node: ts.Node, what: string): void => {
    const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
    found.push(`${path}:${line + 1} ${what}`);
  };
  const visit = (node: ts.Node): void => {
    if (!isSpec && !path.startsWith('libs/config/') && isProcessEnv(node))
      report(node, 'reads process.env: only libs/config does. Add a setting there and inject CONFIG.');
    if (ts.isIdentifier(node) && node.text === 'forwardRef')
      report(node, 'says forwardRef: the smaller half is in the wrong room, move it down.');
    if ((ts.isIdentifier(node) || ts.isStringLiteral(node)) && node.text === 'synchronize')
      report(node, 'says synchronize: the schema changes by migrations alone. Write one in migrations/.');
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** `process.env`, `process['env']`, `const { env } = process`, and `import { env } from 'node:process'`. */
function isProcessEnv(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return isProcess(node.expression) && node.name.text === 'env';
  if (ts.isElementAccessExpression(node))
    return (
      isProcess(node.expression) &&
      ts.isStringLiteral(node.argumentExpression) &&
      node.argumentExpression.text === 'env'
    );
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined && isProcess(node.initializer))
    return ts.isObjectBindingPattern(node.name) && node.name.elements.some(one => nameOf(one) === 'env');
  return (
    ts.isImportSpecifier(node) &&
    (node.propertyName ?? node.name).text === 'env' &&
    /^(?:node:)?process$/.test(specifierOf(node.parent.parent.parent) ?? '')
  );
}

function nameOf({ propertyName, name }: ts.BindingElement): string | undefined {
  const key = propertyName ?? name;
  return ts.isIdentifier(key) ? key.text : undefined;
}

function isProcess(node: ts.Expression): boolean {
  if (ts.isIdentifier(node)) return node.text === 'process';
  return ts.isPropertyAccessExpression(node) && node.name.text === 'process';
}

/** Circles between files of one room; a type that is imported counts, for the reader must hold both files in mind. */
function findCircles(sources: readonly Source[], paths: ReadonlySet<string>): string[] {
  const edges = new Map<string, string[]>();
  for (const source of sources) {
    const targets = importsOf(parse(source))
      .filter(({ from }) => from.startsWith('.'))
      .map(({ from }) => resolveFile(normalize(join(dirname(source.path), from)), paths))
      .filter(
        (target): target is string => target !== undefined && placeOf(target)?.room === placeOf(source.path)?.room,
      );
    edges.set(source.path, targets);
  }
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      const circle = [...trail.slice(start), path].join(' -> ');
      circles.push(`${circle}: an import circle. Move what both need into a file of its own that imports neither.`);
      return;
    }
    if (done.has(path)) return;
    for (const target of edges.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return circles;
}

function parse({ path, text }: Source): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** All ways to name another module: import, export … from, import(), import type, import x = require(), require(), jest.mock(). */
function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = [];
  const visit = (node: ts.Node): void => {
    const from = specifierOf(node);
    if (from !== undefined)
      found.push({ from, line: tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1 });
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function specifierOf(node: ts.Node): string | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return textOf(node.moduleSpecifier);
  if (ts.isExternalModuleReference(node)) return textOf(node.expression);
  if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? textOf(node.argument.literal) : undefined;
  if (!ts.isCallExpression(node)) return undefined;
  const { expression } = node;
  const loads =
    expression.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(expression) && expression.text === 'require');
  return loads ? textOf(node.arguments[0]) : undefined;
}

function textOf(node: ts.Node | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function placeOf(path: string): Place | undefined {
  const [top, name = ''] = path.split('/');
  if (top === 'migrations') return { room: 'migrations', line: lineOfRoom['migrations']! };
  if (top === 'apps') return { room: `apps/${name}`, line: lineOfApps };
  const line = top === 'libs' ? lineOfRoom[name] : undefined;
  return line === undefined ? undefined : { room: `libs/${name}`, line };
}

function resolveFile(target: string, paths: ReadonlySet<string>): string | undefined {
  return [target, `${target}.ts`, `${target}.tsx`, `${target}/index.ts`, target.replace(/\.js$/, '.ts')].find(path =>
    paths.has(path),
  );
}

function isTest(path: string): boolean {
  return /\.(?:spec|e2e)\.tsx?$/.test(path);
}
