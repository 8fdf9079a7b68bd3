import fc from 'fast-check';
import { type Drift } from './drift';
import { compareReplies, type WholeAnswer } from './drift-reply';
import { adaptResponse } from './drift-response';
import { learnWords } from './drift-text';
import { type ResponseSpec } from './mapping-schema';

const json = ['Content-Type', 'application/json'];
const answer = (body: unknown, { status = 200, headers = json } = {}): WholeAnswer => ({
  status,
  headers,
  body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
});
const told = (drifts: readonly Drift[]): string[] => drifts.map(({ kind, path }) => `${kind} ${path}`.trim());

describe('what is a difference in structure', () => {
  it.each<[string, unknown, unknown, string[]]>([
    ['a value that says something else', { a: 'x', n: 1 }, { a: 'y', n: 2 }, []],
    ['a list that grew', [{ id: 1 }], [{ id: 1 }, { id: 2 }], []],
    ['a list that is empty', { items: [{ id: 1 }] }, { items: [] }, []],
    ['a field that came', { a: 1 }, { a: 1, b: true }, ['added $.b']],
    ['a field that went', { a: 1, b: 'x' }, { a: 1 }, ['removed $.b']],
    ['a field in some items only', [{ a: 1, b: 1 }, { a: 1 }], [{ a: 1 }], []],
    ['another way to write a name', { user_name: 'Ann' }, { userName: 'Bob' }, ['renamed $.user_name']],
    ['another name for the same value', { plz: '10115 Berlin' }, { zip: '10115 Berlin' }, ['renamed $.plz']],
    ['a field that went and another that came', { a: 'x' }, { b: 17 }, ['removed $.a', 'added $.b']],
    ['a number as text', { n: 5 }, { n: '5' }, ['type $.n']],
    ['an object that became a list', { o: { a: 1 } }, { o: [{ a: 1 }] }, ['type $.o']],
    ['null where there was none', { a: 'x' }, { a: null }, ['nullability $.a']],
    ['no null where there was null', { a: null }, { a: 'x' }, ['nullability $.a']],
    ['null in one of several', [{ a: 'x' }, { a: null }], [{ a: 'y' }], []],
    ['another word of a choice', { status: 'open' }, { status: 'OPEN' }, ['enum $.status']],
    ['another CONSTANT', { code: 'NOT_FOUND' }, { code: 'MISSING_ITEM' }, ['enum $.code']],
    ['other words that are no choice', { title: 'open' }, { title: 'closed' }, []],
    ['another time', { at: '2024-01-01T00:00:00Z' }, { at: '2026-05-05T10:00:00.123+02:00' }, []],
    ['a time written in another way', { at: '2024-01-01T00:00:00Z' }, { at: '01.02.2024' }, ['format $.at']],
    ['other ids as names', { 17: { a: 1 }, 18: { a: 2 } }, { 4711: { a: 3 } }, []],
    ['something deep', { a: [{ b: { c: [1] } }] }, { a: [{ b: { c: ['1'] } }] }, ['type $.a[*].b.c[*]']],
    ['a name that is no identifier', { 'a b': 1 }, { 'a b': '1' }, ['type $["a b"]']],
    ['an error in place of a page', '<html>', { error: 'x' }, ['body']],
    ['no body any more', { a: 1 }, '', ['body']],
  ])('%s', (_what, mock, backend, expected) => {
    expect(told(compareReplies(answer(mock), answer(backend)))).toEqual(expected);
  });

  it.each<[string, string[], string[], string[]]>([
    ['a parameter of the type', json, ['content-type', 'application/json; charset=utf-8'], []],
    ['another type', json, ['Content-Type', 'text/html'], ['header-changed Content-Type']],
    ['another age', [...json, 'Cache-Control', 'max-age=1'], [...json, 'Cache-Control', 'max-age=2'], []],
    [
      'no store',
      [...json, 'Cache-Control', 'max-age=1'],
      [...json, 'Cache-Control', 'no-store'],
      ['header-changed Cache-Control'],
    ],
    ['another cookie', [...json, 'Set-Cookie', 'a=1'], [...json, 'Set-Cookie', 'b=1'], ['header-changed Set-Cookie']],
    ['a place', json, [...json, 'Location', '/a/1'], ['header-added Location']],
    ['what the mock had', [...json, 'X-Total-Count', '3'], json, ['header-removed X-Total-Count']],
    ['dates, servers and traces', json, [...json, 'Date', 'x', 'Server', 'y', 'X-Request-Id', 'z', 'ETag', 'e'], []],
  ])('headers: %s', (_what, mock, backend, expected) => {
    expect(told(compareReplies(answer({}, { headers: mock }), answer({}, { headers: backend })))).toEqual(expected);
  });

  it('the status, and nothing of what is ignored', () => {
    const [mock, backend] = [
      answer({ a: 1, m: { x: 1 } }),
      answer({ a: '1', m: { y: 2 } }, { status: 202, headers: [...json, 'Location', '/'] }),
    ];
    const options = { ignoredHeaders: new Set(['location']), ignoredPaths: ['$.m'] };
    expect(told(compareReplies(mock, backend, options))).toEqual(['status', 'type $.a']);
  });
});

it('a word that is known in another field of that name is none that the mocks do not know', () => {
  const words = new Map<string, Set<string>>();
  learnWords({ items: [{ status: 'paid', title: 'sent' }], type: ['a', 'b'], note: { status: 'not a word' } }, words);
  expect(words).toEqual(
    new Map([
      ['status', new Set(['paid'])],
      ['type', new Set(['a', 'b'])],
    ]),
  );
  const told = (status: string): string[] =>
    compareReplies(answer({ status: 'open' }), answer({ status }), { words }).map(({ kind }) => kind);
  expect(told('paid')).toEqual([]);
  expect(told('sent')).toEqual(['enum']);
});

describe('a response is changed so that it fits', () => {
  function fit(spec: ResponseSpec, mock: unknown, backend: WholeAnswer) {
    const before = answer(mock, { status: spec.status ?? 200 });
    const drifts = compareReplies(before, backend);
    return adaptResponse({ spec, mock: before, backend, drifts });
  }

  it('values that still fit stay; what came is taken over, what went goes, a new name keeps the value', () => {
    const jsonBody = { id: 7, name: 'Ann', old: true, tags: ['a'], items: [{ price: 1 }, { price: 2 }] };
    const backend = { id: 9, fullName: 'Bob', tags: ['b'], items: [{ price: '3' }], added: null };
    expect(fit({ jsonBody, headers: { 'Content-Type': 'application/json' } }, jsonBody, answer(backend))).toEqual({
      spec: {
        headers: { 'Content-Type': 'application/json' },
        jsonBody: { id: 7, fullName: 'Ann', tags: ['a'], items: [{ price: '3' }, { price: '3' }], added: null },
      },
      reasons: [],
    });
  });

  it('a text body keeps its layout, and base64 becomes text', () => {
    expect(fit({ body: '{\n  "a": 1\n}' }, '{"a":1}', answer({ a: 2, b: 3 })).spec).toEqual({
      body: '{\n  "a": 1,\n  "b": 3\n}',
    });
    expect(fit({ base64Body: btoa('{"a":1}') }, '{"a":1}', answer({ a: 'x' })).spec).toEqual({ body: '{"a":"x"}' });
  });

  it('templates stay: in values, without quotes, under a new name, in and out of quotes', () => {
    const body = '{"id": {{request.path.id}}, "n": "{{request.query.n}}", "name": "Mr {{request.query.q}}", "gone": 1}';
    const spec: ResponseSpec = { body, transformers: ['response-template'] };
    const backend = answer({ id: '7', n: 5, fullName: 'Mr Bob', extra: true });
    expect(fit(spec, { id: 7, n: '5', name: 'Mr Bob', gone: 1 }, backend)).toEqual({
      spec: {
        ...spec,
        body: '{"id":"{{request.path.id}}","n":{{request.query.n}},"fullName":"Mr {{request.query.q}}","extra":true}',
      },
      reasons: [],
    });
  });

  it('a template that makes structure, or that does not fit, is left to a person', () => {
    const loop = '[{{#each request.query.ids}}{"id":"{{this}}"}{{/each}}]';
    const transformers = ['response-template'];
    expect(fit({ body: loop, transformers }, [{ id: '1' }], answer([{ id: '1', a: 1 }]))).toMatchObject({
      spec: { body: loop },
      reasons: [expect.stringMatching(/loop/) as string],
    });
    const body = '{"a": "{{now}}", "b": 1}';
    expect(fit({ body, transformers }, { a: '2024-01-01T00:00:00Z', b: 1 }, answer({ a: { at: 1 }, b: '1' }))).toEqual({
      spec: { body: '{"a":"{{now}}","b":"1"}', transformers },
      reasons: ['$.a is made by a template that gives something else than the backend: change it by hand'],
    });
  });

  it('another kind of answer takes the whole place of the body', () => {
    const gone = answer({ error: 'gone' }, { status: 410 });
    expect(fit({ status: 200, jsonBody: { a: 1 } }, { a: 1 }, gone).spec).toEqual({
      status: 410,
      body: '{"error":"gone"}',
    });
    const image = { status: 200, headers: ['Content-Type', 'image/png'], body: new Uint8Array([0, 255]) };
    expect(fit({ jsonBody: { a: 1 } }, { a: 1 }, image).spec).toEqual({
      headers: { 'Content-Type': 'image/png' },
      base64Body: 'AP8=',
    });
  });

  it('a number that a patch would round is left to a person', () => {
    const body = '{"id": 12345678901234567890, "a": 1}';
    expect(fit({ body }, body, answer('{"id": 12345678901234567890, "a": "1"}'))).toMatchObject({
      spec: { body },
      reasons: [expect.stringMatching(/16 digits/) as string],
    });
  });
});

describe('whatever the two answers', () => {
  const name = fc.constantFrom(
    'id',
    'name',
    'fullName',
    'full_name',
    'status',
    'items',
    'a b',
    '__proto__',
    '17',
    'at',
  );
  const text = fc.constantFrom(
    '',
    'x',
    'open',
    'OPEN',
    'NOT_FOUND',
    '2024-01-01',
    '2024-01-01T00:00:00Z',
    '5',
    '{{x}}',
  );
  const { value: json } = fc.letrec(tie => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(name, tie('value'), { maxKeys: 5 }),
    ),
  }));
  const root = fc.oneof(fc.array(json, { maxLength: 4 }), fc.dictionary(name, json, { maxKeys: 5 }));

  it('the same has no differences', () => {
    fc.assert(fc.property(root, value => void expect(compareReplies(answer(value), answer(value))).toEqual([])));
  });

  it('a response that was changed to fit has none either, where its body is no template', () => {
    const status = fc.constantFrom(200, 201, 404);
    fc.assert(
      fc.property(root, root, status, fc.constantFrom('body', 'jsonBody'), (mock, backend, now, field) => {
        const spec = { [field]: field === 'body' ? JSON.stringify(mock) : mock } as ResponseSpec;
        const [before, after] = [answer(mock), answer(backend, { status: now })];
        const drifts = compareReplies(before, after);
        const fitted = adaptResponse({ spec, mock: before, backend: after, drifts });
        expect(fitted.reasons).toEqual([]);
        const body = fitted.spec.body ?? JSON.stringify(fitted.spec.jsonBody);
        expect(compareReplies(answer(body, { status: fitted.spec.status ?? 200 }), after)).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });

  it('a body with templates renders to JSON after the change too, and no template was cut', () => {
    const transformers = ['response-template'];
    fc.assert(
      fc.property(root, root, (mock, backend) => {
        const spec: ResponseSpec = { body: JSON.stringify(mock), transformers };
        const before = answer(JSON.stringify(mock).replaceAll('{{x}}', '7'));
        const drifts = compareReplies(before, answer(backend));
        const { body = '' } = adaptResponse({ spec, mock: before, backend: answer(backend), drifts }).spec;
        const rendered = body.replaceAll('{{x}}', '7');
        expect(rendered).not.toMatch(/\{\{|\ue000/);
        expect(() => void JSON.parse(rendered)).not.toThrow();
      }),
      { numRuns: 1_000 },
    );
  });
});
