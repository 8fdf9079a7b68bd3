import { sessionInCookie, splitAddressPrefix } from './request-head';

describe('the prefix of a path', () => {
  it.each([
    ['/a/b?c', undefined],
    ['/__w', undefined],
    ['/__s/one/a', undefined],
    ['/__w/team', { slug: 'team', session: undefined, url: '/' }],
    ['/__w/team?q=1', { slug: 'team', session: undefined, url: '/?q=1' }],
    ['/__w/team/a?q=1', { slug: 'team', session: undefined, url: '/a?q=1' }],
    ['/__w/team/__s/one', { slug: 'team', session: 'one', url: '/' }],
    ['/__w/team/__s/one?q=1', { slug: 'team', session: 'one', url: '/?q=1' }],
    ['/__w/team/__s/one/a//b', { slug: 'team', session: 'one', url: '/a//b' }],
    ['/__w/team/__s//a', { slug: 'team', session: '', url: '/a' }],
    ['/__w/team/__s/one/__s/two/a', { slug: 'team', session: 'one', url: '/__s/two/a' }],
    ['/__w/team/__S/one/a', { slug: 'team', session: undefined, url: '/__S/one/a' }],
  ])('%s', (url, prefix) => {
    expect(splitAddressPrefix(url)).toEqual(prefix);
  });
});

describe('the session of a Cookie header', () => {
  it.each([
    ['X-Mock-Session=one', 'one'],
    ['a=b; X-Mock-Session=one; c=d', 'one'],
    ['a=b;X-Mock-Session="one"', 'one'],
    ['X-Mock-Session=one; X-Mock-Session=two', 'one'],
    ['Not-X-Mock-Session=one', undefined],
    ['a=X-Mock-Session=one', undefined],
    ['x-mock-session=one', undefined],
    ['X-Mock-Session=', undefined],
    ['', undefined],
  ])('%s', (cookies, session) => {
    expect(sessionInCookie(cookies)).toBe(session);
  });
});
