import { locateWorkspace } from './locate-workspace';

describe('locateWorkspace', () => {
  it.each([
    ['nothing', {}, undefined, 'default'],
    ['a header', { header: 'team-a' }, undefined, 'team-a'],
    ['a header in capitals', { header: 'Team-A' }, undefined, 'team-a'],
    ['an empty header', { header: '' }, undefined, 'default'],
    ['a header before a host', { header: 'team-a', host: 'team-b.mocks.test' }, 'mocks.test', 'team-a'],
    ['a host', { host: 'team-b.mocks.test' }, 'mocks.test', 'team-b'],
    ['a host with a port', { host: 'team-b.mocks.test:4000' }, 'mocks.test', 'team-b'],
    ['a host in capitals with a final dot', { host: 'TEAM-B.Mocks.Test.' }, 'mocks.test', 'team-b'],
    ['a host without a domain set', { host: 'team-b.mocks.test' }, undefined, 'default'],
    ['the bare domain', { host: 'mocks.test' }, 'mocks.test', 'default'],
    ['another domain', { host: 'team-b.example.test' }, 'mocks.test', 'default'],
    ['a domain that only ends alike', { host: 'notmocks.test' }, 'mocks.test', 'default'],
    ['two labels before the domain', { host: 'a.b.mocks.test' }, 'mocks.test', 'a.b'],
    ['an IPv6 host', { host: '[::1]:4000' }, 'mocks.test', 'default'],
  ])('reads %s', (_name, address, domain, slug) => {
    expect(locateWorkspace(address, domain)).toBe(slug);
  });
});
