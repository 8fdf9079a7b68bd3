import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compileRegex, type LinearRegex, type RegexOptions } from './linear-regex';
import { nativeSource } from './regex-native';
import { parseRegex } from './regex-parser';
import { toRe2 } from './regex-program';

function regexOf(pattern: string, options?: RegexOptions): LinearRegex {
  const reading = compileRegex(pattern, options);
  if (!reading.ok) throw new Error(`${pattern}: ${reading.message}`);
  return reading.regex;
}

function isNative(pattern: string): boolean {
  return nativeSource(parseRegex(pattern, { flags: '', allowBacktracking: false })) !== undefined;
}

// The answers are those of java.util.regex.Pattern.matches (Java 17).
describe('a pattern matches the whole text', () => {
  test.each<[string, string[], string[]]>([
    ['/api/v[0-9]+/x', ['/api/v1/x', '/api/v12/x'], ['/api/v/x', '/api/v1/x/', 'a/api/v1/x']],
    ['abc', ['abc'], ['abcd', 'xabc', 'abc\n']],
    ['^a$', ['a'], ['a\n', 'b']],
    ['a|bc', ['a', 'bc'], ['ac', 'abc']],
    ['a|', ['a', ''], ['b']],
    ['.*', ['', 'abc', 'é😀'], ['a\nb', 'a\rb', 'a\u0085', 'a\u2028']],
    ['(?s).*', ['a\nb'], []],
    ['(?d).', ['\r'], ['\n']],
    ['.', ['😀'], ['ab']],
    ['(?i)abc', ['ABC', 'aBc'], ['abd']],
    ['a(?i)b(?-i)c', ['aBc'], ['ABc', 'aBC']],
    ['(?i:a)b', ['Ab'], ['AB']],
    ['(?i)é', ['é'], ['É']],
    ['(?iu)é', ['É'], []],
    ['(?i)[^a]', ['b'], ['A']],
    ['(?i)\\p{Lu}', ['A', 'a'], ['1']],
    ['(?x) a b # comment\n c', ['abc'], ['a b']],
    ['(?m)a\\n^b$', ['a\nb'], []],
    ['\\Qa.b*\\E+', ['a.b*', 'a.b**'], ['axb']],
    ['\\Qa.b', ['a.b'], ['axb']],
    ['[\\Q^]\\E]', [']', '^'], ['Q']],
    ['\\x61\\u0062\\x{63}\\060\\t', ['abc0\t'], []],
    ['\\uD83D\\uDE00', ['😀'], []],
    ['\\d\\w\\s', ['1a\x0B', '1_ '], ['١a ', '1é ']],
    ['\\D\\W\\S', ['a-b'], ['1-b']],
    ['\\h\\v', ['\u00a0\u2028', '\t\n'], ['\n\t']],
    ['a\\Rb', ['a\r\nb', 'a\nb', 'a\u2028b'], ['a\n\nb']],
    ['\\p{Alpha}\\p{Punct}', ['a.', 'Z~'], ['é.', '1.']],
    ['\\p{L}\\pN\\P{L}', ['é5-'], ['é55x']],
    ['\\p{IsLatin}\\p{IsAlphabetic}\\p{javaLowerCase}', ['éÉé', 'aßª'], ['aaA']],
    ['[^\\p{L}a-c]', ['5'], ['d', 'é']],
    ['[a-c&&[^b]]', ['a', 'c'], ['b', 'd']],
    ['[\\w&&[^\\d]&&[^_]]', ['x'], ['1', '_']],
    ['[a[bc]]', ['a', 'b', 'c'], ['[', ']']],
    ['[]a]', [']', 'a'], ['b']],
    ['[^]a]', ['b'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[a&&b]', [], ['a', 'b', '']],
    ['a{2,3}', ['aa', 'aaa'], ['a', 'aaaa']],
    ['(ab){2}', ['abab'], ['ab']],
    ['a+?b??', ['a', 'ab', 'aab'], ['b']],
    ['[a-z]++[0-9]*+', ['ab', 'ab12'], ['12']],
    ['"[^"]*+"', ['"a"', '""'], ['"a']],
    ['a{3}+a', ['aaaa'], ['aaa']],
    ['(?>abc)d', ['abcd'], ['abc']],
    ['(?>a*)b', ['aab'], ['aa']],
    ['(?<year>[0-9]{4})-x', ['2024-x'], ['24-x']],
    ['foo\\b.*', ['foo', 'foo bar'], ['foobar']],
    ['\\/a\\-b\\.', ['/a-b.'], ['/a-bx']],
    ['a}]', ['a}]'], []],
  ])('%s', (pattern, matching, others) => {
    const regex = regexOf(pattern);
    expect(matching.filter(text => !regex.matchesWhole(text))).toEqual([]);
    expect(others.filter(text => regex.matchesWhole(text))).toEqual([]);
  });

  test('in any case where asked', () => {
    expect(regexOf('fo+', { caseInsensitive: true }).matchesWhole('FOo')).toBe(true);
    expect(regexOf('f.o', { flags: 'is' }).matchesWhole('F\nO')).toBe(true);
  });
});

describe('a pattern is refused', () => {
  test.each<[string, RegExp]>([
    ['(a)\\1', /backreference \\1.*column 4/],
    ['(?<n>a)\\k<n>', /backreference.*column 8/],
    ['(?=a)b', /lookahead.*column 1/],
    ['a(?!b)', /lookahead.*column 2/],
    ['(?<=a)b', /lookbehind.*column 1/],
    ['a(?<!b)', /lookbehind.*column 2/],
    ['a*+a', /possessive.*column 2/],
    ['(?:ab)*+c', /possessive.*column 7/],
    ['x(?>a|ab)c', /atomic.*column 2/],
    ['a{1,1001}', /more than 1000/],
    ['(a{0,1000}){0,1000}', /more than 1000 times, counters multiplied/],
    ['((a{10}){10}){11}', /counters multiplied/],
    ['(?:[a-z]{900}-){1}(?:[a-z]{900}-){1}(?:[a-z]{900}-){1}', /too large/],
    ['a'.repeat(4_097), /longer than 4096/],
    ['('.repeat(200), /deeper than 100/],
    ['/users/{id}', /no repetition such as.*column 8/],
    ['*a', /nothing to repeat.*column 1/],
    ['a**', /quantifier on a quantifier.*column 3/],
    ['a{3,2}', /column/],
    ['(a', /not closed.*column 1/],
    ['a)', /closes nothing.*column 2/],
    ['[a', /not closed.*column 1/],
    ['[z-a]', /range.*column 2/],
    ['a\\', /lone backslash.*column 2/],
    ['\\y', /\\y, which is not supported.*column 1/],
    ['\\X', /not supported/],
    ['\\p{InGreek}', /unknown class/],
    ['\\p{Nonsense}', /./],
    ['(?U)a', /flag U.*column 3/],
    ['(?q)a', /unknown flag/],
    ['(?<n>a)(?<n>b)', /two groups "n"/],
  ])('%s', (pattern, message) => {
    expect(compileRegex(pattern)).toEqual({ ok: false, message: expect.stringMatching(message) });
  });
});

test.each<[string, string]>([
  ['/plus/a\\+b', '/plus/a+b'],
  ['/api/v[0-9]+', '/api/v'],
  ['^/a/b$', '/a/b'],
  ['/a(/b)c.*', '/a/bc'],
  ['/a/(b|c)/d', '/a/'],
  ['/ab|/ac', '/a'],
  ['/a|b', ''],
  ['/ab+', '/a'],
  ['/ab?', '/a'],
  ['/a(bc)*', '/a'],
  ['\\Q/a.b\\E.*', '/a.b'],
  ['/(?i)ab', '/'],
  ['(?i)ab', ''],
  ['/a.b', '/a'],
  ['', ''],
])('every match of %s begins with "%s"', (pattern, prefix) => {
  expect(regexOf(pattern).literalPrefix).toBe(prefix);
});

describe('find', () => {
  test.each<[string, string, unknown]>([
    ['[0-9]+', 'ab12c3', { groups: ['12'], index: 2 }],
    ['(?<a>x)(y)?', '-x', { groups: ['x', 'x', undefined], index: 1 }],
    ['z', 'abc', undefined],
  ])('%s in "%s" gives %j', (pattern, text, match) => {
    expect(regexOf(pattern).find(text)).toEqual(match);
  });
});

describe('the native engine', () => {
  test.each<[string, boolean]>([
    ['/api/v[0-9]+/x', true],
    ['/users/[^/]+/orders/[0-9]+', true],
    ['/a/(users|orders)/[0-9]{1,5}', true],
    ['[^/]*\\.json', true],
    ['(?i)/Ab[a-z]*', true],
    ['.*', true],
    ['.*foo.*', false],
    ['a*a*', false],
    ['a*b?a*', false],
    ['[ab]*[bc]+d', false],
    ['(a+)+', false],
    ['(a|ab)c', false],
    ['(a|b)*', false],
    ['/x(\\?.*)?', false],
    ['[a-z]*a{33}', false],
    ['.', false],
    ['[^a]{2,}', false],
    ['\\p{L}', false],
    ['a\\b', false],
    ['(^a)', false],
  ])('takes %s: %j', (pattern, isTaken) => {
    expect(isNative(pattern)).toBe(isTaken);
  });

  const sets = [
    'a',
    'b',
    'c',
    '/',
    '[ab]',
    '[^a]',
    '[^/]',
    '\\d',
    '\\w',
    '\\W',
    '.',
    '(?i:b)',
    '\\.',
    '(?:ab|c)',
    '(a|b)',
    '[a-c&&[^b]]',
    '(?s:.)',
  ];
  const quantifiers = ['', '', '', '*', '+', '?', '{2}', '{1,2}', '{2,}', '*?', '+?'];
  const flatPattern = fc
    .array(fc.tuple(fc.constantFrom(...sets), fc.constantFrom(...quantifiers)), { maxLength: 6 })
    .map(parts => parts.map(part => part.join('')).join(''));
  const text = fc
    .array(fc.constantFrom('a', 'b', 'c', '/', '1', 'B', '.', '\n', '\u2028', 'é', '😀'), { maxLength: 9 })
    .map(chars => chars.join(''));

  test('answers as the linear engine wherever it is used', () => {
    let compared = 0;
    fc.assert(
      fc.property(flatPattern, fc.array(text, { minLength: 5, maxLength: 20 }), (pattern, texts) => {
        const tree = parseRegex(pattern, { flags: '', allowBacktracking: false });
        const source = nativeSource(tree);
        if (source === undefined) return;
        compared++;
        const native = new RegExp(source);
        const linear = RE2JS.compile(toRe2(tree));
        for (const each of texts)
          expect([pattern, each, native.test(each)]).toEqual([pattern, each, linear.testExact(each)]);
      }),
      { numRuns: 3_000 },
    );
    expect(compared).toBeGreaterThan(200);
  });

  test('needs no more than linear time wherever it is used', () => {
    const subjects = ['a', 'ab', 'abc', '/', 'a/', '1'].map(unit => `${unit.repeat(60_000 / unit.length)}\u0001`);
    fc.assert(
      fc.property(flatPattern, pattern => {
        const regex = regexOf(pattern);
        if (!isNative(pattern)) return;
        for (const subject of subjects) expect(bestMs(() => regex.matchesWhole(subject))).toBeLessThan(50);
      }),
      { numRuns: 300 },
    );
  });
});

/** The least of three runs: what the work costs when nothing else disturbs it. */
function bestMs(work: () => unknown): number {
  const times = [1, 2, 3].map(() => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

describe('100 KB of the worst text', () => {
  const a = 'a'.repeat(100_000);
  /** What a machine takes for 100 KB of plain work, many times. */
  const usualMs = bestMs(() => {
    const plain = /^(?:[a-y]|!)*$/;
    for (let i = 0; i < 50; i++) plain.test(a);
  });
  test.each<[string, string]>([
    ['^(a|a)*$', `${a}!`],
    ['(a+)+$', `${a}!`],
    ['([a-zA-Z]+)*$', `${a}!`],
    ['^(\\w+\\s?)*$', `${'aaaa '.repeat(20_000)}!`],
    ['(.*)*x', a],
    ['[^/]*a{32}', `${a}b`],
    ['a*b*c*d*e*f*g*h*', `${a}!`],
  ])('%s decides it at once', (pattern, text) => {
    const regex = regexOf(pattern);
    expect(regex.matchesWhole(text)).toBe(false);
    expect(bestMs(() => regex.matchesWhole(text))).toBeLessThan(Math.max(50, 10 * usualMs));
  });

  test('a large program on a very long text does not match instead of taking seconds', () => {
    const regex = regexOf('(a|b)*a(a|b){250}');
    expect(regex.matchesWhole('a'.repeat(1_000))).toBe(true);
    expect(regex.matchesWhole('a'.repeat(1_000_000))).toBe(false);
  });
});
