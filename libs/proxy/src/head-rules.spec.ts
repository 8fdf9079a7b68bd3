import { applyHeaderRules, rewriteUrl } from './head-rules';

describe('header rules', () => {
  it('remove fields and set others once, and leave the rest in order, case and number', () => {
    expect(
      applyHeaderRules(['X-A', '1', 'x-b', '2', 'X-B', '3', 'X-A', '4'], { set: { 'X-b': 'new' }, remove: ['x-none'] }),
    ).toEqual(['X-A', '1', 'X-A', '4', 'X-b', 'new']);
    expect(applyHeaderRules(['X-A', '1', 'x-a', '2'], { remove: ['X-a'] })).toEqual([]);
  });

  it('change nothing when there are none', () => {
    const headers = ['X-A', '1'];
    expect(applyHeaderRules(headers, undefined)).toBe(headers);
    expect(applyHeaderRules(headers, {})).toBe(headers);
  });
});

describe('path rules', () => {
  it.each([
    ['/api/v1/users', [{ from: '/api/(.*)', to: '/$1' }], '/v1/users'],
    ['/api/users?x=/api/', [{ from: '/api/(.*)', to: '/$1' }], '/users?x=/api/'],
    ['/a/b', [{ from: '/(a)/(b)', to: '/$2/$1/$3' }], '/b/a/'],
    [
      '/a',
      [
        { from: '/a', to: 'first' },
        { from: '/a', to: '/second' },
      ],
      '/first',
    ],
    ['/a/b', [{ from: '/a', to: '/x' }], '/a/b'],
    ['/a', [], '/a'],
  ])('%s by %j is %s', (url, rules, rewritten) => {
    expect(rewriteUrl(url, rules)).toBe(rewritten);
  });
});
