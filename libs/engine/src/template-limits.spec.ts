import fc from 'fast-check';
import { requestFrom } from './mock-request';
import { compileTemplate } from './template';
import { helperNames } from './template-helpers';
import { templateModel } from './template-model';

const environment = { now: 0, random: () => 0.5 };
const model = templateModel(
  { request: requestFrom({ url: '/a?q=x', body: Buffer.from('{"a":[1,{"b":"c"}],"__proto__":{"x":1}}') }) },
  environment,
);

function render(text: string): string {
  const reading = compileTemplate(text);
  if (!reading.ok) return `refused: ${reading.message}`;
  const rendering = reading.template.render(model, environment);
  return rendering.ok ? rendering.text : `failed: ${rendering.message}`;
}

describe('a template reaches nothing but its model', () => {
  test.each([
    '{{constructor}}',
    '{{constructor.constructor}}',
    '{{request.constructor.constructor}}',
    '{{this.constructor.name}}',
    '{{__proto__}}{{request.__proto__.x}}{{parameters.__proto__.constructor}}',
    '{{toString}}{{request.toString}}{{valueOf}}{{hasOwnProperty}}',
    '{{request.body.constructor.prototype}}{{request.query.q.constructor}}{{request.headers.__proto__}}',
    '{{#with "s" as |string|}}{{#with "e"}}{{string.sub.constructor}}{{/with}}{{/with}}',
    '{{#each (array 1)}}{{constructor}}{{@constructor}}{{@__proto__}}{{/each}}',
    "{{#with (array 'x')}}{{pop}}{{push}}{{split}}{{constructor}}{{/with}}",
    '{{request.environment}}{{request.parts.constructor}}{{request.path.constructor}}',
  ])('%s is empty', text => expect(render(text)).toBe(''));

  test.each([
    'constructor 1',
    '__proto__ 1',
    'toString 1',
    'valueOf 1',
    'env "PATH"',
    "getEnvVar 'DATABASE_URL'",
    "file '../../etc/passwd'",
  ])('{{%s}} is no helper', call => expect(render(`{{${call}}}`)).toContain('refused: there is no helper'));

  test("`lookup this '__proto__'` gives nothing of it", () => {
    expect(render("{{#with parameters}}{{lookup this '__proto__'}}{{/with}}")).toBe('{}');
  });

  test('a member named __proto__ is a member, and changes no object', () => {
    expect(render("{{#with (parseJson request.body)}}{{lookup this '__proto__'}}{{/with}}")).toBe('{x=1}');
    expect(render('{{jsonMerge request.body \'{"__proto__":{"y":1.0}}\'}}')).toContain('"__proto__":{"x":1,"y":1.0}');
    expect(({} as Record<string, unknown>)['y']).toBeUndefined();
  });
});

describe('a template stops at its budget', () => {
  const loops = '{{#each (range 1 60)}}'.repeat(6) + 'x' + '{{/each}}'.repeat(6);
  const doubling = "{{#assign 'x'}}0123456789{{/assign}}" + "{{#assign 'x'}}{{x}}{{x}}{{/assign}}".repeat(40);
  test.each([
    [loops, /template budget: more than 100000 steps/],
    ['{{#*inline "p"}}{{> p}}{{> p}}{{/inline}}{{> p}}', /template budget: partials nested deeper than 32/],
    [doubling, /template budget: more than 16000000 characters/],
    ['{{range 0 1000000000000}}', /the length of range must be 100000 at most/],
    ['{{randomValue length=1000000000}}', /length must be 100000 at most/],
    ["{{ljust 'a' size=1000000000}}", /size must be 100000 at most/],
    ["{{faker 'lorem.words' count=10000000}}", /count must be 1000 at most/],
    [
      "{{#each (range 1 1000)}}{{regexExtract 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!' '^(a|a)*$' default='no'}}{{/each}}",
      /^(no)+$/,
    ],
    ['('.repeat(10), /^\({10}$/],
    [`{{upper ${'(upper '.repeat(5_000)}'a'${')'.repeat(5_000)}}}`, /refused/],
    ['{{#if a}}'.repeat(3_000) + '{{/if}}'.repeat(3_000), /refused/],
    [`{{x}}${'a'.repeat(1_000_000)}`, /refused: is longer than 1000000 characters/],
  ])('%.60s', (text, expected) => {
    expect(render(text)).toMatch(expected);
  });

  test('loops within loops end soon', () => {
    render(loops);
    const start = performance.now();
    render(loops);
    // 50 ms is the aim; a busy machine gets five times that.
    expect(performance.now() - start).toBeLessThan(250);
  });
});

describe('whatever the text', () => {
  const expression = fc.letrec<{ value: string; call: string }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(
        'request.body',
        'request.query.q',
        'this',
        '../x',
        '@index',
        'nope',
        '1',
        '-1',
        '1.5',
        "'a'",
        "''",
        'true',
        'null',
        "'$.a'",
        "'//a'",
        "'['",
        "'3 days'",
      ),
      tie('call').map(call => `(${call})`),
    ),
    call: fc
      .tuple(
        fc.constantFrom(...helperNames),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(
          fc.tuple(
            fc.constantFrom(
              'default',
              'format',
              'offset',
              'length',
              'type',
              'size',
              'position',
              'locale',
              'upper',
              'lower',
              'jsonPath',
              'timezone',
              'decode',
            ),
            tie('value'),
          ),
          { maxLength: 2 },
        ),
      )
      .map(([name, args, hash]) => [name, ...args, ...hash.map(([key, value]) => `${key}=${value}`)].join(' ')),
  }));
  const piece = fc.oneof(
    fc.string({ maxLength: 10 }),
    expression.call.map(call => `{{${call}}}`),
    fc
      .tuple(fc.constantFrom(...helperNames), expression.value, fc.string({ maxLength: 5 }))
      .map(([name, value, inner]) => `{{#${name} ${value}}}${inner}{{else}}b{{/${name}}}`),
    fc.constantFrom(
      '{{',
      '}}',
      '{{#if',
      '{{/if}}',
      '{{{',
      '{{!--',
      '{{> p}}',
      '{{else}}',
      '\\{{',
      '{{~',
      '|',
      '{{#*inline "p"}}',
    ),
  );

  test('compiling and rendering never throw, and always say where', () => {
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }).map(pieces => pieces.join('')),
        text => {
          const reading = compileTemplate(text);
          const outcome = reading.ok ? reading.template.render(model, environment) : reading;
          if (outcome.ok) expect(typeof outcome.text).toBe('string');
          else {
            expect(outcome.line).toBeGreaterThanOrEqual(1);
            expect(outcome.column).toBeGreaterThanOrEqual(1);
            // A helper's own check speaks, not an error of the language it is written in.
            expect(outcome.message).not.toMatch(/undefined|is not a function|Cannot read|cannot be rendered/);
          }
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
