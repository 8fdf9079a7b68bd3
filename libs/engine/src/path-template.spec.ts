import { compilePathTemplate } from './path-template';

function parse(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const reading = compilePathTemplate(template);
  if (!reading.ok) throw new Error(reading.message);
  const found = reading.template.parse(path);
  expect(reading.template.matches(path)).toBe(found !== undefined);
  return found && { ...found };
}

describe('a path template binds', () => {
  test.each<[string, string, Record<string, string> | undefined]>([
    ['/a', '/a', {}],
    ['/a', '/b', undefined],
    ['/a', '/a/', undefined],
    ['/', '/', {}],
    ['/{x}', '/1', { x: '1' }],
    ['/{x}', '/', undefined],
    ['/{x}', '/1/2', undefined],
    ['/{x}/{y}', '/1/2', { x: '1', y: '2' }],
    ['/{x}/b', '/a/b', { x: 'a' }],
    ['/{x}/', '/a/', { x: 'a' }],
    ['/{x}/', '/a', undefined],
    ['/{x}', '/a%20b', { x: 'a%20b' }],
    ['/{x}', '/{x}', { x: '{x}' }],
    ['/{x}.json', '/a.json', { x: 'a' }],
    ['/{x}.json', '/a.json.json', { x: 'a.json' }],
    ['/{x}.json', '/.json', undefined],
    ['/v{x}', '/v1', { x: '1' }],
    ['/v{x}', '/w1', undefined],
    ['/{x}-{y}', '/a-b', { x: 'a', y: 'b' }],
    ['/{x}-{y}', '/a-b-c', { x: 'a', y: 'b-c' }],
    ['/{x}-{y}', '/-b', undefined],
    ['/{x}-{y}', '/a-', undefined],
    ['/{x}..{y}', '/a...b', { x: 'a', y: '.b' }],
    ['/a/**', '/a/', {}],
    ['/a/**', '/a/b/c', {}],
    ['/a/**', '/a', undefined],
    ['/**', '/', {}],
    ['/{x}/**', '/1/2/3', { x: '1' }],
    ['/{__proto__}', '/1', JSON.parse('{"__proto__":"1"}') as Record<string, string>],
  ])('%s in %s: %j', (template, path, found) => {
    expect(parse(template, path)).toEqual(found);
  });
});

describe('a path template is refused', () => {
  test.each([
    ['/{x', 'not closed'],
    ['/x}', 'not closed'],
    ['/{}', 'not closed'],
    ['/{x}{y}', 'side by side'],
    ['/{x}/{x}', 'names {x} twice'],
    ['/**/a', 'only as its last segment'],
    ['/a'.repeat(64), 'more than 64 segments'],
  ])('%s: %s', (template, message) => {
    expect(compilePathTemplate(template)).toEqual({ ok: false, message: expect.stringContaining(message) });
  });
});

test('a hostile path costs a walk, not a search', () => {
  const reading = compilePathTemplate('/{a}-{b}-{c}-{d}-{e}x');
  if (!reading.ok) throw new Error(reading.message);
  const startedAt = process.cpuUsage().user;
  expect(reading.template.matches(`/${'-'.repeat(100_000)}`)).toBe(false);
  expect(process.cpuUsage().user - startedAt).toBeLessThan(1_000_000);
});
