import { findDocumentMistakes, type ApiDescription, type Operation } from '../support/api-rules';
import { startScratchServer, type ScratchServer } from '../support/scratch-server';

describe('the API document of the running server', () => {
  let server: ScratchServer;
  let document: ApiDescription;

  beforeAll(async () => {
    server = await startScratchServer();
    document = (await (await fetch(`${server.consoleUrl}/__admin/docs-json`)).json()) as ApiDescription;
  });

  afterAll(async () => {
    await server.remove();
  });

  test('is a valid OpenAPI 3 document, complete for whoever calls it', () => {
    expect(findDocumentMistakes(document)).toEqual([]);
  });

  test('says of whatever changes what a workspace holds that an archived one takes no changes', () => {
    const changes = Object.entries(document.paths)
      .filter(([path]) => !path.startsWith('/__admin/workspaces')) // its name and settings can be changed all the same
      .flatMap(([path, operations]) =>
        Object.entries(operations).map(([method, one]) => ({ path, method, ...(one as Operation) })),
      )
      .filter(({ parameters }) => parameters?.some(({ name }) => name === 'X-Change-Message'));
    expect(changes.length).toBeGreaterThan(20);
    const silent = changes.filter(({ responses }) => !/workspace-archived/.test(responses?.['409']?.description ?? ''));
    expect(silent.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });

  test('describes the admin API, not nothing', () => {
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining([
        '/__admin/mappings',
        '/__admin/mappings/{id}',
        '/__admin/requests',
        '/__admin/scenarios',
      ]),
    );
    expect(Object.keys(document.components?.schemas ?? {})).toEqual(expect.arrayContaining(['Mapping', 'Problem']));
  });
});

describe('a mistake in an API document is found', () => {
  const operation = {
    operationId: 'a',
    summary: 'Does a',
    tags: ['t'],
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: { type: 'object' } } } },
      404: { description: 'None', content: { 'application/problem+json': { schema: { type: 'object' } } } },
    },
  };
  const sound = (): ApiDescription => ({
    openapi: '3.0.0',
    info: { title: 'x', version: '1' },
    tags: [{ name: 't', description: 'About t' }],
    paths: { '/a': { get: { ...operation } } },
  });
  const withOperation = (changes: object, method = 'get'): ApiDescription => ({
    ...sound(),
    paths: { '/a': { [method]: { ...operation, ...changes } } },
  });
  const answer = (status: number, response: object): object => ({
    responses: { ...operation.responses, [status]: response },
  });

  test('none in a sound one', () => {
    expect(findDocumentMistakes(sound())).toEqual([]);
  });

  test.each<[string, ApiDescription, RegExp]>([
    ['no version of OpenAPI 3', { ...sound(), openapi: '2.0' }, /openapi/],
    ['no title', { ...sound(), info: { title: '', version: '1' } }, /info\.title/],
    ['no operationId', withOperation({ operationId: undefined }), /operationId/],
    [
      'an operationId twice',
      { ...sound(), paths: { '/a': { get: operation }, '/b': { get: operation } } },
      /operationId a is taken/,
    ],
    ['no summary', withOperation({ summary: '' }), /summary/],
    ['no tag', withOperation({ tags: [] }), /tag/],
    ['a tag that is not described', withOperation({ tags: ['u'] }), /tag u is not described/],
    ['a body that is not described', withOperation({}, 'post'), /body/],
    [
      'a body without a schema',
      withOperation({ requestBody: { content: { 'application/json': {} } } }, 'put'),
      /application\/json has no schema/,
    ],
    ['no answer', withOperation({ responses: {} }), /no answer that is a success/],
    ['an answer without a description', withOperation(answer(200, { description: '' })), /200 has no description/],
    ['an answer with no schema', withOperation(answer(200, { description: 'Done' })), /200 has neither a schema/],
    [
      'a problem in another type',
      withOperation(answer(400, { description: 'x', content: { 'application/json': { schema: {} } } })),
      /400 is not application\/problem\+json/,
    ],
    [
      'a $ref to nothing',
      withOperation({ parameters: [{ name: 'x', in: 'query', schema: { $ref: '#/components/schemas/No' } }] }),
      /\$ref #\/components\/schemas\/No leads nowhere/,
    ],
    ['a path variable that is not described', { ...sound(), paths: { '/a/{id}': { get: operation } } }, /\{id\}/],
    [
      'a path parameter that is not in the path',
      withOperation({ parameters: [{ name: 'x', in: 'path', required: true, schema: {} }] }),
      /x is not in the path/,
    ],
    [
      'a parameter without a schema',
      withOperation({ parameters: [{ name: 'x', in: 'query' }] }),
      /parameter x has no schema/,
    ],
    [
      'a parameter twice',
      withOperation({
        parameters: [
          { name: 'x', in: 'query', schema: {} },
          { name: 'x', in: 'query', schema: {} },
        ],
      }),
      /parameter x in query is there twice/,
    ],
    [
      'a type that there is not',
      withOperation(answer(201, { description: 'x', content: { 'application/json': { schema: { type: 'text' } } } })),
      /type "text"/,
    ],
    [
      'a list without items',
      withOperation(answer(201, { description: 'x', content: { 'application/json': { schema: { type: 'array' } } } })),
      /items/,
    ],
    [
      'a required member that is not there',
      withOperation(
        answer(201, {
          description: 'x',
          content: { 'application/json': { schema: { type: 'object', properties: {}, required: ['a'] } } },
        }),
      ),
      /requires a/,
    ],
    [
      'a word of OpenAPI 3.1 in a 3.0 document',
      withOperation(
        answer(201, { description: 'x', content: { 'application/json': { schema: { propertyNames: {} } } } }),
      ),
      /propertyNames/,
    ],
    [
      'a word of OpenAPI 3.0 in a 3.1 document',
      {
        ...withOperation(
          answer(201, { description: 'x', content: { 'application/json': { schema: { nullable: true } } } }),
        ),
        openapi: '3.1.0',
      },
      /nullable/,
    ],
  ])('%s', (_, document, message) => {
    expect(findDocumentMistakes(document)).toEqual(expect.arrayContaining([expect.stringMatching(message)]));
  });
});
