import { requestFrom } from './mock-request';
import { compilePathTemplate } from './path-template';
import { compileTemplate } from './template';
import { templateModel } from './template-model';
import { type TemplateEnvironment } from './template-run';

const body = '{"name":"Ann","l":[1,2,3],"o":{"a":1,"b":"x"},"n":1.50,"big":12345678901234567890,"z":null}';
const parameters = { n: 7, s: 'str', l: ['a', 'b'], o: { k: 'v' }, f: false, zero: 0, e: '', d: 1.5 };
const pathTemplate = compilePathTemplate('/users/{id}/b');

const request = requestFrom({
  method: 'POST',
  url: '/users/7/b?q=1&q=2&s=solo&empty=',
  rawHeaders: ['Host', 'shop.test:8080', 'X-Id', '9', 'X-Multi', 'a', 'x-multi', 'b', 'Cookie', 'sid=abc; t=1'],
  body: Buffer.from(body),
});

/** 2021-06-15T14:30:45.123Z, and a chance that counts in steps of a tenth. */
function anEnvironment(change: Partial<TemplateEnvironment> = {}): TemplateEnvironment {
  let drawn = 0;
  return { now: 1_623_767_445_123, random: () => (drawn++ % 10) / 10, ...change };
}

function render(text: string, change: Partial<TemplateEnvironment> = {}): string {
  const environment = anEnvironment(change);
  const reading = compileTemplate(text);
  if (!reading.ok) return `refused: ${reading.message} ${reading.line}:${reading.column}`;
  const model = templateModel(
    { request, parameters, pathTemplate: pathTemplate.ok ? pathTemplate.template : undefined },
    environment,
  );
  const rendering = reading.template.render(model, environment);
  return rendering.ok ? rendering.text : `failed: ${rendering.message} ${rendering.line}:${rendering.column}`;
}

describe('the model of a template', () => {
  test.each([
    ['{{request.url}}', '/users/7/b?q=1&q=2&s=solo&empty='],
    ['{{request.path}} {{request.path.id}} {{request.path.[0]}} {{request.pathSegments.2}}', '/users/7/b 7 users b'],
    ['{{request.method}} {{request.scheme}} {{request.host}} {{request.port}}', 'POST http shop.test 8080'],
    ['{{request.baseUrl}} {{request.clientIp}}', 'http://shop.test:8080 127.0.0.1'],
    ['{{request.query.q}} {{request.query.q.[1]}} {{request.query.q.1}} {{request.query.none}}', '1 2 2 '],
    ['{{request.headers.x-ID}} {{request.headers.X-Multi.1}} {{request.headers.[X-Id]}}', '9 b 9'],
    ['{{request.cookies.sid}}', 'abc'],
    ['{{{request.body}}}', body],
    ['{{request.bodyAsBase64}}', Buffer.from(body).toString('base64')],
    ['{{#eq request.id request.id}}one{{/eq}} {{size request.id}}', 'one 36'],
    ['{{parameters.n}} {{parameters.o.k}} {{parameters.l.[1]}} {{parameters.none}}', '7 v b '],
    ['{{request.requestLine.path}} {{request.multipart}}', '/users/7/b false'],
    ['{{parameters}}', '{n=7, s=str, l=[a, b], o={k=v}, f=false, zero=0, e=, d=1.5}'],
  ])('%s is %s', (text, expected) => expect(render(text)).toBe(expected));

  test('has the parts of a multipart body', () => {
    const parts =
      '--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain\r\n\r\nhi\r\n' +
      '--x\r\nContent-Disposition: form-data; name="b"; filename="b.bin"\r\nContent-Type: application/octet-stream\r\n\r\n\0\x01\r\n--x--\r\n';
    const model = templateModel(
      {
        request: requestFrom({
          url: '/',
          rawHeaders: ['Content-Type', 'multipart/form-data; boundary=x'],
          body: Buffer.from(parts),
        }),
      },
      anEnvironment(),
    );
    const reading = compileTemplate(
      '{{request.multipart}} {{request.parts.a.body}} {{request.parts.a.binary}} {{request.parts.b.bodyAsBase64}} {{request.parts.b.binary}} {{request.parts.b.headers.content-type}}',
    );
    expect(reading.ok && reading.template.render(model, anEnvironment())).toEqual({
      ok: true,
      text: 'true hi false AAE= true application/octet-stream',
    });
  });
});

describe('the language', () => {
  test.each([
    ['{{#if parameters.n}}a{{else}}b{{/if}}{{#if parameters.zero}}a{{else if parameters.s}}c{{else}}b{{/if}}', 'ac'],
    ['{{#unless nope}}a{{else}}b{{/unless}}', 'a'],
    ['{{#each parameters.l}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}', '0a,1b'],
    ['{{#each parameters.o}}{{@key}}={{this}}{{/each}}{{#each nope}}x{{else}}none{{/each}}', 'k=vnone'],
    ['{{#each parameters.l as |v i|}}{{i}}{{v}}{{/each}}', '0a1b'],
    [
      '{{#each parameters.l}}{{#each ../parameters.l}}{{@../index}}{{@index}}{{../this}} {{/each}}{{/each}}',
      '00a 01a 10b 11b ',
    ],
    ['{{#each parameters.l}}{{parameters.n}}{{@root.parameters.s}}{{/each}}', '7str7str'],
    ['{{#with parameters.o}}{{k}}{{../parameters.n}}{{/with}}{{#with nope}}x{{else}}y{{/with}}', 'v7y'],
    ['{{#parameters.l}}<{{this}}>{{/parameters.l}}{{^nope}}!{{/nope}}', '<a><b>!'],
    ["{{lookup parameters.l 1}}{{lookup parameters.o 'k'}}", 'bv'],
    ["{{#if (eq (upper 'a') 'A')}}yes{{/if}}", 'yes'],
    ['{{#if true}}a  {{~ parameters.n ~}}  b{{/if}}', 'a7b'],
    ['a {{~ parameters.n ~}} b', 'a 7 b'],
    ['a\n{{#if true}}\nb\n{{/if}}\nc', 'a\n\nb\n\nc'],
    ['{{! gone }}{{!-- also }} --}}x \\{{y}}', 'x {{y}}'],
    ["{{&parameters.s}}{{{parameters.s}}}{{trim '<&\"'}}", 'strstr<&"'],
    ['{{{{if true}}}}{{x}}{{{{/if}}}}', '{{x}}'],
    ["{{#assign 'v'}} {{parameters.n}}! {{/assign}}[{{v}}]", '[7!]'],
    ['{{#*inline "p"}}({{v}}{{n}}){{/inline}}{{> p v=1}}{{> p parameters}}', '(1)(7)'],
    ['{{upper "a.0"}}{{math 1.5 \'+\' 1}}', 'A.02.5'],
  ])('%s gives %j', (text, expected) => expect(render(text)).toBe(expected));

  test.each([
    ['a {{nope 1}}', "refused: there is no helper 'nope' 1:5"],
    ['a\n b {{#nope 1}}x{{/nope}}', "refused: there is no helper 'nope' 2:7"],
    ['{{x (nope)}}', "refused: there is no helper 'x' 1:3"],
    ['{{upper (nope 1)}}', "refused: there is no helper 'nope' 1:10"],
    ['{{#if a}}x', 'refused: ends in the middle of a block or a tag; close it 1:11'],
    ['a\n{{#if a}}{{/unless}}', "refused: if doesn't match unless 2:4"],
    ["{{'a'}}", 'refused: has a literal where a name or a helper must stand 1:1'],
    ['{{> nope}}', 'refused: there is no partial \'nope\'; define it before with {{#*inline "nope"}}…{{/inline}} 1:1'],
    ["x{{substring 'abc' 5}}", 'failed: substring 5 to 3 is outside a text of 3 characters 1:2'],
    ["\n {{parseJson 'bad'}}", "failed: is given something that is not JSON: 'bad' 2:2"],
  ])('%j is %s', (text, expected) => expect(render(text)).toBe(expected));
});

describe('helpers', () => {
  test.each([
    [
      "{{jsonPath request.body '$.name'}} {{jsonPath request.body '$.n'}} {{jsonPath request.body '$.big'}}",
      'Ann 1.5 12345678901234567890',
    ],
    ["{{jsonPath request.body '$.o'}}", '{\n  "a" : 1,\n  "b" : "x"\n}'],
    [
      "{{jsonPath request.body '$.l'}}{{jsonPath request.body '$.none'}}{{jsonPath request.body '$.z' default='d'}}",
      '[1,2,3]d',
    ],
    ["{{jsonPath request.body '$!'}}", '[ERROR: $! is not a valid JSONPath expression]'],
    ["{{toJson parameters.o}} {{formatJson '{\"a\": [1.0]}' format='compact'}}", '{\n  "k" : "v"\n} {"a":[1.0]}'],
    ["{{parseJson request.body 'b'}}{{b.o.b}} {{#parseJson 'c'}}{\"x\":[5]}{{/parseJson}}{{c.x.[0]}}", 'x 5'],
    ['{{jsonMerge \'{"a":1,"o":{"x":1}}\' \'{"o":{"y":2}}\'}}', '{"a":1,"o":{"x":1,"y":2}}'],
    [
      '{{jsonRemove \'{"a":[1,2],"b":{"c":1}}\' \'$.a[0]\'}} {{jsonRemove \'{"b":{"c":1}}\' \'$..c\'}}',
      '{"a":[2],"b":{"c":1}} {"b":{}}',
    ],
    ["{{jsonArrayAdd '{\"l\":[1]}' '2' jsonPath='$.l'}} {{jsonArrayAdd '[1,2]' '3' maxItems=2}}", '{"l":[1,2]} [2,3]'],
    [
      "{{jsonSort '[{\"n\":3},{\"n\":1}]' '$[*].n'}} {{jsonSort '{\"l\":[1,2]}' '$.l[*]' order='desc'}}",
      '[{"n":1},{"n":3}] {"l":[2,1]}',
    ],
    ["{{xPath '<a id=\"5\"><b>x</b></a>' '/a/b/text()'}}{{xPath '<a id=\"5\"/>' '/a/@id'}}", 'x5'],
    ["{{xPath '<a><b>x</b></a>' '/a'}}", '<a>\n  <b>x</b>\n</a>\n'],
    ["{{#each (xPath '<a><b>1</b><b>2</b></a>' '/a/b') as |n|}}{{n.name}}{{n.text}}{{/each}}", 'b1b2'],
    ["{{soapXPath '<s:Envelope xmlns:s=\"u\"><s:Body><id>7</id></s:Body></s:Envelope>' '/id/text()'}}", '7'],
    [
      "{{xPath '<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><a>&x;</a>' '/a'}}",
      expect.stringMatching(/^\[ERROR: .* is not valid XML\]$/),
    ],
    [
      "{{formatXml '<a><b>1</b><c/></a>'}}{{formatXml '<a> <b/> </a>' format='compact'}}",
      '<a>\n  <b>1</b>\n  <c/>\n</a>\n<a><b/></a>',
    ],
    [
      "{{trim ' a '}}|{{#trim}} b {{/trim}}|{{base64 'hi'}}|{{base64 'aGk=' decode=true}}|{{base64 'hi' padding=false}}",
      'a|b|aGk=|hi|aGk',
    ],
    ["{{urlEncode 'a b~*é'}} {{urlEncode 'a+b%26' decode=true}}", 'a+b%7E*%C3%A9 a b&'],
    ["{{formData 'a=1+2&b=x&b=y' 'f' urlDecode=true}}{{f.a}} {{f.b.1}}", '1 2 y'],
    [
      "{{regexExtract 'abc-12' '[0-9]+'}} {{regexExtract 'abc-12' '([a-z]+)-([0-9]+)' 'p'}}{{p.0}}{{p.1}} {{regexExtract 'a' 'z' default='d'}}",
      '12 abc12 d',
    ],
    ["{{matches 'abc' 'a.c'}} {{contains 'abc' 'b'}} {{contains (array 'a') 'b'}}", 'true true false'],
    ["{{size 'abc'}} {{size parameters.l}} {{range 1 3}} {{array 1 'x' true}}", '3 2 [1, 2, 3] [1, x, true]'],
    [
      "{{arrayAdd (array 1 2) 3 position=0}} {{arrayRemove (array 1 2)}} {{arrayJoin '-' (array 1 2) prefix='<' suffix='>'}}",
      '[3, 1, 2] [1] <1-2>',
    ],
    ["{{math 8 '/' 3}} {{math 1.5 '*' 2}} {{math request.query.q '+' 1}} {{math 0.1 '+' 0.2}}", '3 3.0 2 0.3'],
    [
      "{{numberFormat 1234.5 '#,##0.00' 'de_DE'}} {{numberFormat 0.256 'percent' 'en_US'}} {{numberFormat 12.5 'currency' 'en_GB'}}",
      '1.234,50 26% £12.50',
    ],
    ["{{val nope default='d'}} {{val parameters.n assign='x'}}{{x}}", 'd 7'],
    [
      "{{eq 1 1.0}} {{eq '1' 1}} {{eq 1 2 yes='Y' no='N'}} {{gt 2 1}} {{and 1 0}} {{or 0 1}} {{not 0}} {{isEven 2}} {{isOdd 3}}",
      'true false N true false true true even odd',
    ],
    [
      "{{capitalize 'a bc'}}|{{lower 'A'}}|{{join 'a' 'b' '/'}}|{{replace 'a-b' '-' '+'}}|{{abbreviate 'abcdefgh' 6}}|{{center 'x' size=3 pad='*'}}|{{defaultIfEmpty '' 'n'}}|{{slugify 'A, b'}}|{{stringFormat '%03d %s' 5 'x'}}|{{yesno true}}",
      'A Bc|a|a/b|a+b|abc...|*x*|n|a-b|005 x|yes',
    ],
    [
      "{{hostname}} {{systemValue key='PATH'}} {{systemValue key='MOCK_VAR_A'}}",
      'box [ERROR: Access to PATH is denied] given',
    ],
  ])('%s', (text, expected) =>
    expect(render(text, { hostname: 'box', variables: { MOCK_VAR_A: 'given', PATH: 'secret' } })).toEqual(expected),
  );

  test.each([
    ['{{now}}', '2021-06-15T14:30:45Z'],
    ["{{now offset='3 days' format='yyyy-MM-dd'}}", '2021-06-18'],
    [
      "{{now offset='-2 hours'}} {{now format='epoch'}} {{now format='unix'}}",
      '2021-06-15T12:30:45Z 1623767445123 1623767445',
    ],
    ["{{now timezone='Australia/Sydney' format='yyyy-MM-dd HH:mm:ssZ'}}", '2021-06-16 00:30:45+1000'],
    ['{{now format="EEE, d MMM yyyy \'at\' h:mm a"}}', 'Tue, 15 Jun 2021 at 2:30 PM'],
    ["{{date (parseDate '05/06/2019' format='dd/MM/yyyy') format='yyyy-MM-dd'}}", '2019-06-05'],
    ["{{date (parseDate '2021-01-31T00:00:00Z') offset='1 months'}}", '2021-02-28T00:00:00Z'],
    ["{{parseDate '2020-01-01T10:00:00+02:00'}}", '2020-01-01T10:00:00+02:00'],
    ["{{truncateDate (parseDate '2021-06-15T14:30:45Z') 'last day of month'}}", '2021-06-30T00:00:00Z'],
    ["{{now format='bbb'}}", "failed: a date pattern has the letter 'b', which means nothing 1:1"],
    ["{{now offset='1 fortnight'}}", expect.stringContaining("such as '3 days', not '1 fortnight'")],
    ["{{now timezone='No/Where'}}", "failed: there is no time zone 'No/Where' 1:1"],
  ])('%s', (text, expected) => expect(render(text)).toEqual(expected));

  test('draw from the chance they are given, and from no other', () => {
    const text =
      "{{randomValue length=3 type='NUMERIC'}} {{randomInt lower=5 upper=7}} {{pickRandom 'a' 'b'}} {{randomValue type='UUID'}} {{randomDecimal lower=1 upper=2}} {{faker 'person.firstName'}} {{random 'Name.lastName'}} {{faker 'number.int' max=9}} {{faker 'person.firstName' locale='de'}}";
    expect(render(text)).toBe(render(text));
    expect(render(text, { random: () => 0.5 })).not.toBe(render(text));
    expect(render("{{randomValue type='UUID'}}")).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test.each([
    'Name.first_name',
    'Name.fullName',
    'Internet.emailAddress',
    'Address.streetAddress',
    'Address.city',
    'Address.zipCode',
    'PhoneNumber.cellPhone',
    'Company.name',
    'Commerce.productName',
    'Job.title',
    'Lorem.sentence',
    'Color.name',
    'Finance.iban',
    'location.country',
    'string.uuid',
    'date.past',
  ])('faker knows %s', name =>
    expect(render(`{{random '${name}'}}`, { random: Math.random })).toMatch(/^(?!failed|refused)./s),
  );

  test.each([
    'helpers.fake',
    'person.constructor',
    'person.__proto__',
    '__proto__.x',
    'constructor.name',
    'nope.x',
    'person',
  ])('faker does not know %s', name =>
    expect(render(`{{faker '${name}'}}`)).toContain(`failed: faker does not know '${name}'`),
  );
});
