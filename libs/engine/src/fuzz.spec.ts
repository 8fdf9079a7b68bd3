import fc from 'fast-check';
import { Catalog } from './catalog';
import { plainHost, setEngineHost } from './engine-host';
import { readGraphqlDocument } from './graphql-document';
import { compileJsonPath } from './json-path';
import { readToken } from './jwt';
import { compileRegex } from './linear-regex';
import { readMapping } from './mapping';
import { requestFrom } from './mock-request';
import { compileBacktracking } from './regex-backtrack';
import { parseRegex, RegexSyntaxError } from './regex-parser';
import { freshScenarios } from './scenario';
import { compileTemplate } from './template';
import { templateModel } from './template-model';
import { readXml } from './xml-parser';

// The engine returns, it does not throw: whatever a user writes, and whatever a request says.

afterEach(() => setEngineHost(plainHost));

/** Texts of a language: mostly its own words, sometimes anything. */
function textOf(...words: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...words) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 3 }) },
  );
  return fc.array(piece, { maxLength: 24 }).map(pieces => pieces.join(''));
}

const regexText = textOf(
  ...['a', 'b', '.', '*', '+', '?', '|', '(', ')', '(?:', '(?=', '(?!', '(?<=', '(?<!', '(?>', '(?<n>', '(?i)'],
  ...[
    '[',
    ']',
    '[^',
    '-',
    '&&',
    '{2}',
    '{1,3}',
    '{,',
    '\\',
    '\\1',
    '\\k<n>',
    '\\d',
    '\\p{L}',
    '\\Q',
    '\\E',
    '\\b',
    '^',
    '$',
  ],
);
const templateText = textOf(
  ...[
    '{{',
    '}}',
    '{{{',
    '}}}',
    '{{#',
    '{{/',
    '{{else}}',
    '{{!',
    '~',
    '#if',
    'each',
    'request.',
    'query',
    'body',
    'this',
    '../',
  ],
  ...[
    '.0',
    '[0]',
    ' ',
    '"',
    "'",
    '(',
    ')',
    '=',
    '|',
    'as |x|',
    'jsonPath',
    'math',
    'range',
    '1',
    'eq',
    'jwt',
    '\\',
    '\n',
    '@index',
  ],
);
const jsonPathText = textOf(
  '$',
  '.',
  '..',
  '*',
  '[',
  ']',
  '?(',
  ')',
  '@',
  'a',
  "'b'",
  '==',
  '&&',
  '||',
  '!',
  '=~',
  '/x/i',
  '0',
  ':',
  ',',
  '-1',
  'length()',
  'in',
);
const xmlText = textOf(
  '<',
  '>',
  '</',
  '/>',
  'a',
  ' b="1"',
  '&amp;',
  '&#',
  ';',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<?xml',
  '?>',
  '<!DOCTYPE',
  'xmlns:n="u"',
  'n:a',
  '\n',
);
const graphqlText = textOf(
  'query ',
  'mutation ',
  '{',
  '}',
  '(',
  ')',
  ':',
  '$',
  '!',
  '[',
  ']',
  '...',
  'on ',
  'a',
  'B',
  '@if',
  '"',
  '"""',
  '1',
  '#',
  '\n',
  'fragment ',
  '=',
);

const matcher = fc.oneof(
  fc.record({ equalTo: fc.anything() }),
  fc.record({ matches: regexText }),
  fc.record({ matchesJsonPath: jsonPathText }),
  fc.record({ equalToXml: xmlText }),
  fc.record({ matchesXPath: fc.string() }),
  fc.record({ equalToJson: fc.anything() }),
  fc.record({ before: fc.string() }),
  fc.record({ jwt: fc.anything() }),
  fc.record({ matchesJsonSchema: fc.anything() }),
  fc.record({ and: fc.array(fc.anything(), { maxLength: 3 }) }),
  fc.dictionary(fc.string({ maxLength: 8 }), fc.anything(), { maxKeys: 3 }),
);
const mapping = fc.oneof(
  fc.anything(),
  fc.record(
    {
      priority: fc.anything(),
      weight: fc.anything(),
      scenarioName: fc.anything(),
      request: fc.record(
        {
          method: fc.oneof(fc.constant('GET'), fc.anything()),
          urlPathPattern: regexText,
          urlPathTemplate: textOf('/', '{', '}', 'a', '**'),
          headers: fc.dictionary(fc.string({ maxLength: 6 }), matcher, { maxKeys: 2 }),
          bodyPatterns: fc.array(matcher, { maxLength: 2 }),
          multipartPatterns: fc.array(fc.anything(), { maxLength: 2 }),
          graphql: fc.oneof(fc.anything(), fc.record({ query: graphqlText })),
          customMatcher: fc.anything(),
        },
        { requiredKeys: [] },
      ),
      response: fc.record(
        {
          status: fc.anything(),
          body: templateText,
          transformers: fc.constant(['response-template']),
          headers: fc.dictionary(fc.string({ maxLength: 6 }), templateText, { maxKeys: 2 }),
          bodyFileName: fc.oneof(templateText, fc.anything()),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  ),
);

const environment = { now: 0, random: () => 0.5 };
const request = requestFrom({
  method: 'POST',
  url: '/a/b?query=x&query=y',
  rawHeaders: ['Content-Type', 'application/json', 'X', 'eyJhbGciOiJIUzI1NiJ9.e30.'],
  body: Buffer.from('{"a":[{"b":1},{"b":"x"}],"query":"query Q { a }"}'),
});

describe('whatever a user writes', () => {
  test('a mapping is accepted or refused with pointers; what is accepted can be served', () => {
    fc.assert(
      fc.property(mapping, given => {
        const reading = readMapping(given);
        if (!reading.ok) return expect(reading.mistakes.every(({ message }) => message !== '')).toBe(true);
        const catalog = new Catalog();
        const json = JSON.stringify(given);
        expect(catalog.apply({ upserts: [{ id: 'm', position: 0, enabled: true, json }], removals: [] })).toEqual([]);
        catalog.find(request, freshScenarios)?.reply.template?.render(request, environment);
        catalog.nearest(request, 1, freshScenarios);
        return undefined;
      }),
      { numRuns: 1_000 },
    );
  });

  test('a template is refused with its place, or makes text, or says what fails', () => {
    fc.assert(
      fc.property(templateText, text => {
        const reading = compileTemplate(text);
        const result = reading.ok
          ? reading.template.render(templateModel({ request }, environment), environment)
          : reading;
        if (!result.ok) expect(result).toMatchObject({ line: expect.any(Number), column: expect.any(Number) });
      }),
      { numRuns: 1_000 },
    );
  });

  test('a JSONPath is refused with its column, or finds something, or nothing', () => {
    fc.assert(
      fc.property(jsonPathText, fc.jsonValue(), (text, json) => {
        const reading = compileJsonPath(`$${text}`);
        if (reading.ok) reading.path.evaluate(json);
        else expect(reading.column).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  test('XML is read or is none', () => {
    fc.assert(
      fc.property(xmlText, text => void readXml(text, { names: 'aware', keepComments: true, joinCData: false })),
      { numRuns: 1_000 },
    );
  });

  test('a GraphQL document is read or is none', () => {
    fc.assert(
      fc.property(graphqlText, text => void readGraphqlDocument(text)),
      { numRuns: 1_000 },
    );
  });

  test('a token is read or is none', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), textOf('e30', '.', 'Bearer ', 'eyJhIjoxfQ', '_', '=')),
        text => void readToken(text),
      ),
      { numRuns: 1_000 },
    );
  });

  test.each([true, false])('a regular expression is refused or answers (backtracking allowed: %s)', allow => {
    setEngineHost({ allowBacktrackingRegex: allow });
    fc.assert(
      fc.property(regexText, fc.string({ unit: fc.constantFrom('a', 'b', '1', '\n', '😀') }), (pattern, text) => {
        const reading = compileRegex(pattern);
        if (!reading.ok) return expect(reading.message).not.toBe('');
        reading.regex.matchesWhole(text);
        reading.regex.find(text);
        return undefined;
      }),
      { numRuns: 1_000 },
    );
  });
});

test('the matcher that backtracks agrees with the linear one, where that can say', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', '\n'), maxLength: 10 });
  fc.assert(
    fc.property(regexText, text, (pattern, given) => {
      const linear = compileRegex(pattern);
      fc.pre(linear.ok);
      const backtracking = compileBacktracking(parse(pattern));
      expect([pattern, given, backtracking.matchesWhole(given)]).toEqual([
        pattern,
        given,
        linear.ok && linear.regex.matchesWhole(given),
      ]);
    }),
    { numRuns: 1_000 },
  );
});

function parse(pattern: string): ReturnType<typeof parseRegex> {
  try {
    return parseRegex(pattern, { flags: '', allowBacktracking: false });
  } catch (error) {
    if (error instanceof RegexSyntaxError) throw new Error(`${pattern} was accepted before`, { cause: error });
    throw error;
  }
}
