import { Agent } from 'node:http';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { startServer, type TestServer } from '../support/server';

// Row A-19 of the table of bad input: thousands of requests made from the API's own document.

let scratch: Scratch;
let server: TestServer;
beforeAll(async () => {
  scratch = await makeScratch();
  const DATABASE_URL = `sqlite:${join(scratch.folder, 'mock-server.db')}`;
  server = await startServer({ DATABASE_URL, DATA_DIR: scratch.folder, LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await server.stop();
  await scratch.remove();
});

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: Schema | boolean;
  readonly example?: unknown;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -1,
    1e308,
    2 ** 53,
    true,
    [],
    {},
    [[]],
    'a'.repeat(10_000),
    '\u202e',
    '💩',
    '(',
    '$[',
    '../x',
  ),
  fc.constantFrom<unknown>(
    { equalTo: 'x' },
    { matches: '(' },
    { matchesJsonPath: '$..a' },
    { and: [{}] },
    { absent: 'x' },
  ),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that fit a schema, now and then spoilt in one place. */
function valueOf(schema: Schema, document: Document, depth = 0): fc.Arbitrary<unknown> {
  const fitting = fittingOf(schema, document, depth);
  return fc.oneof({ weight: 9, arbitrary: fitting }, { weight: 1, arbitrary: odd });
}

function fittingOf(schema: Schema, document: Document, depth: number): fc.Arbitrary<unknown> {
  if (depth > 6) return odd;
  const nested = (one: Schema): fc.Arbitrary<unknown> => valueOf(one, document, depth + 1);
  if (schema.$ref !== undefined) return nested(document.components.schemas[schema.$ref.split('/').at(-1)!] ?? {});
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return fc.oneof(...branches.map(nested));
  if (schema.example !== undefined) return fc.constant(schema.example);
  switch (schema.type) {
    case 'string':
      return fc.oneof(
        fc.string(),
        fc.webPath(),
        fc.uuid(),
        fc.constantFrom('GET', 'Started', '/a', '.*', '2026-01-01T00:00:00Z'),
      );
    case 'integer':
      return fc.oneof(fc.integer(), fc.constantFrom(0, 1, 200, 2 ** 31, -(2 ** 31)));
    case 'number':
      return fc.double();
    case 'boolean':
      return fc.boolean();
    case 'array':
      return fc.array(nested(schema.items ?? {}), { maxLength: 3 });
    case 'object': {
      const rest = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      const properties = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, one]) => [key, nested(one)]),
      );
      const own = fc.record(properties, { requiredKeys: [] });
      if (rest === undefined) return own;
      const extra = fc.dictionary(
        fc.constantFrom('equalTo', 'X-A', 'id', 'matches', 'not', 'a b', 'constructor'),
        nested(rest),
        { maxKeys: 2 },
      );
      return fc.tuple(own, extra).map(([a, b]) => ({ ...a, ...b }));
    }
    default:
      return odd;
  }
}

interface Made {
  readonly line: string;
  readonly body: string | undefined;
}

function requestsOf(path: string, [method, operation]: [string, Operation], document: Document): fc.Arbitrary<Made> {
  const text = (schema: Schema = {}): fc.Arbitrary<string> =>
    valueOf(schema, document).map(value =>
      encodeURIComponent((typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 2_000)),
    );
  const parameters = operation.parameters ?? [];
  const ids = fc.oneof(fc.uuid(), fc.constantFrom('default', 'x', '..', '%00', 'a/b'));
  const inPath = fc.record(
    Object.fromEntries(
      [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => [name!, fc.oneof(ids, text({ type: 'string' }))]),
    ),
  );
  const inQuery = fc.record(
    Object.fromEntries(parameters.filter(one => one.in === 'query').map(one => [one.name, text(one.schema)])),
    { requiredKeys: [] },
  );
  const schema = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  const whole =
    schema === undefined ? fc.constant(undefined) : valueOf(schema, document).map(value => JSON.stringify(value));
  const body = fc.oneof(
    { weight: 19, arbitrary: whole },
    { weight: 1, arbitrary: fc.constantFrom('{', '', '\u0000', '[]', 'null') },
  );
  return fc.tuple(inPath, inQuery, body).map(([names, query, made]) => ({
    line: `${method.toUpperCase()} ${path.replace(/\{([^}]+)\}/g, (_, name: string) => names[name] || 'x')}?${Object.entries(
      query,
    )
      .map(([name, value]) => `${name}=${value}`)
      .join('&')}`,
    body: made,
  }));
}

/** A stream of events is answered for as long as the client stays. */
function isEndless({ responses }: Operation): boolean {
  return JSON.stringify(responses).includes('text/event-stream');
}

/** A call that may wait for something is let wait for a moment only. */
function withoutPatience(body: string | undefined): string | undefined {
  return body
    ?.replace(/"(timeoutMs|quietMs)":\d+/g, '"$1":1')
    .replace(/^\{(?="request"|"atLeast"|"exactly")/, '{"timeoutMs":1,');
}

it('A-19: 5,000 requests made from the API document get no 5xx, and only answers that the document names', async () => {
  const document = (await call(server.consoleUrl, 'GET /__admin/docs-json')).json as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([, operation]) => !isEndless(operation))
      .map(entry => ({ path, entry })),
  );
  expect(operations.length).toBeGreaterThan(30);
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const wrong: string[] = [];
  const each = Math.ceil(5_000 / operations.length);
  const seed = Date.now();
  const made = operations.flatMap(({ path, entry }) =>
    fc
      .sample(requestsOf(path, entry, document), { numRuns: each, seed })
      .map(one => ({ ...one, body: withoutPatience(one.body), path, operation: entry[1] })),
  );
  const next = made.sort((a, b) => a.line.length - b.line.length).values();
  const worker = async (): Promise<void> => {
    for (const { line, body, path, operation } of next) {
      const { status, text } = await call(server.consoleUrl, line, { body, agent });
      const isKnown = status in operation.responses || [400, 404, 405, 414, 422, 431].includes(status);
      if (status >= 500 || !isKnown)
        wrong.push(`${line.slice(0, 300)} (${path}) ${body?.slice(0, 300)} -> ${status} ${text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  agent.destroy();
  expect(made.length).toBeGreaterThanOrEqual(5_000);
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(server.output()).not.toContain('"level":"error"');
  expect((await call(server.consoleUrl, 'GET /health/ready')).status).toBe(200);
}, 60_000);
