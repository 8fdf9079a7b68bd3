import { compileJsonSchema } from './json-schema';
import { compileValuePattern } from './pattern';
import { absentSubject, TextSubject } from './mock-request';
import { compileValueMatcher } from './value-matcher';

function matcherOf(pattern: unknown): (text: string) => boolean {
  const compiled = compileValueMatcher(pattern, '');
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.mistakes));
  return text => compiled.value.matches(new TextSubject(text));
}

function refusalOf(pattern: unknown): string {
  const compiled = compileValueMatcher(pattern, '');
  return compiled.ok ? '' : compiled.mistakes.map(({ message }) => message).join();
}

function msOf(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

describe('a JSON Schema is refused when it', () => {
  const deep = (levels: number): object => (levels === 0 ? {} : { not: deep(levels - 1) });

  test.each<[string, object, string]>([
    ['is 3,000 levels deep', deep(3_000), 'nested deeper'],
    ['has an enum of 50,000 values', { enum: Array.from({ length: 50_000 }, (_, i) => i) }, 'enum of more than'],
    ['is 100 KB long', { description: 'x'.repeat(100_000) }, 'longer than'],
  ])('%s', (_, schema, words) => {
    expect(refusalOf({ matchesJsonSchema: schema })).toContain(words);
  });
});

describe('a JSON Schema takes a bounded time', () => {
  test('to see that 12,000 objects are unique', () => {
    const matches = matcherOf({ matchesJsonSchema: { uniqueItems: true } });
    const list = JSON.stringify(Array.from({ length: 12_000 }, (_, id) => ({ id, name: 'x' })));
    matches('[1]');
    expect(msOf(() => expect(matches(list)).toBe(true))).toBeLessThan(500);
  });

  test('when its references multiply', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [
        `d${i}`,
        { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    );
    const matches = matcherOf({
      matchesJsonSchema: { $ref: '#/$defs/d0', $defs: { ...$defs, d40: { type: 'object' } } },
    });
    expect(msOf(() => expect(matches('{}')).toBe(false))).toBeLessThan(1_000);
  });

  test('when it refers to itself without an end', () => {
    expect(
      matcherOf({ matchesJsonSchema: { $ref: '#/$defs/a', $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } } })('{}'),
    ).toBe(false);
  });

  test('with a pattern that backtracking engines choke on', () => {
    const matches = matcherOf({ matchesJsonSchema: { type: 'string', pattern: '^(a|a)*$' } });
    expect(msOf(() => expect(matches(JSON.stringify(`${'a'.repeat(10_000)}!`))).toBe(false))).toBeLessThan(500);
  });
});

test('format regex compiles nothing that a request sent with the engine that backtracks', () => {
  const matches = matcherOf({ matchesJsonSchema: { type: 'string', format: 'regex' }, schemaVersion: 'V7' });
  expect([matches('"a+"'), matches('"("'), matches('"(?=a)"')]).toEqual([true, false, false]);
});

test('schemas with the same id do not disturb one another', () => {
  const [first, second] = ['string', 'integer'].map(type =>
    compileJsonSchema({ $id: 'http://e.x/s', type }, 'V202012'),
  );
  expect([first?.ok && first.isValid('x'), second?.ok && second.isValid(1), second?.ok && second.isValid('x')]).toEqual(
    [true, true, false],
  );
});

describe('XML takes a bounded time', () => {
  test('in an expression that multiplies its steps', () => {
    const matches = matcherOf({ matchesXPath: '//*//*//*//*//nope' });
    const xml = `${'<a>'.repeat(400)}${'</a>'.repeat(400)}`;
    expect(msOf(() => expect(matches(xml)).toBe(false))).toBeLessThan(2_000);
  });

  test('with many elements, attributes, references and declarations', () => {
    const matches = matcherOf({ equalToXml: '<a/>', ignoreOrderOfSameNode: true });
    const many = (one: (i: number) => string): string => Array.from({ length: 20_000 }, (_, i) => one(i)).join('');
    for (const xml of [
      `<a>${many(i => `<b>${i}</b>`)}</a>`,
      `<a ${many(i => ` k${i}="1"`)}/>`,
      `<a>${many(() => '&lt;')}</a>`,
      `<a ${many(i => ` xmlns:p${i}="u"`)}>${many(() => '<b xmlns="v"/>')}</a>`,
    ])
      expect(msOf(() => expect(matches(xml)).toBe(false))).toBeLessThan(2_000);
  });

  test('and is no XML beyond its limits', () => {
    const matches = matcherOf({ matchesXPath: '/a' });
    expect(matches(`${'<a>'.repeat(600)}${'</a>'.repeat(600)}`)).toBe(false);
    expect(matches(`<a>${'x'.repeat(2_100_000)}</a>`)).toBe(false);
  });
});

test('a value that is absent meets none of them', () => {
  for (const pattern of [
    { equalToXml: '<a/>' },
    { matchesXPath: '/a' },
    { matchesJsonSchema: true },
    { before: '2999-01-01' },
  ]) {
    const compiled = compileValueMatcher(pattern, '');
    expect(compiled.ok && compiled.value.matches(absentSubject)).toBe(false);
  }
});

test('they work on metadata too', () => {
  const compiled = compileValuePattern({ matchesJsonSchema: { required: ['a'] } });
  expect(compiled.ok && [compiled.matches({ a: 1 }), compiled.matches({})]).toEqual([true, false]);
});
