import { Catalog } from './catalog';
import { CatalogOverlay } from './catalog-overlay';
import { requestFrom } from './mock-request';
import { freshScenarios } from './scenario';

let position = 0;
const stored = (id: string, mapping: object, enabled = true) => ({
  id,
  position: ++position,
  enabled,
  json: JSON.stringify({ request: { url: '/a' }, response: { body: id }, ...mapping }),
});
const layers = (own: ReturnType<typeof stored>[], below: ReturnType<typeof stored>[]): CatalogOverlay => {
  const [top, base] = [new Catalog(), new Catalog()];
  top.apply({ upserts: own, removals: [] });
  base.apply({ upserts: below, removals: [] });
  return new CatalogOverlay(top, () => base);
};
const found = (catalog: CatalogOverlay, url = '/a'): string | undefined =>
  catalog.find(requestFrom({ method: 'GET', url }), freshScenarios)?.id;

describe('a catalog on top of another', () => {
  it('answers with its own first, whatever the priority below', () => {
    const catalog = layers([stored('own', { priority: 9 })], [stored('below', { priority: 1 })]);
    expect(found(catalog)).toBe('own');
  });

  it('answers from below when none of its own fits', () => {
    const catalog = layers([stored('own', { request: { url: '/b' } })], [stored('below', {})]);
    expect([found(catalog), found(catalog, '/b'), found(catalog, '/c')]).toEqual(['below', 'own', undefined]);
  });

  it('covers the one below with the same id, also by a disabled one', () => {
    const below = [stored('same', {}), stored('other', { request: { urlPattern: '/a.*' }, priority: 8 })];
    expect(found(layers([stored('same', { request: { url: '/b' } })], below))).toBe('other');
    const hidden = layers([stored('same', {}, false)], below);
    expect(found(hidden)).toBe('other');
    expect(hidden.get('same')?.stored.enabled).toBe(false);
    expect([...hidden.mocks()].map(({ id }) => id)).toEqual(['same', 'other']);
    expect([hidden.size, hidden.active]).toEqual([2, 1]);
  });

  it('draws by weight among those below that it does not cover', () => {
    const below = ['one', 'two', 'three'].map(id => stored(id, { weight: 1 }));
    const catalog = layers([stored('one', {}, false), stored('two', {}, false)], below);
    expect(new Set(Array.from({ length: 30 }, () => found(catalog)))).toEqual(new Set(['three']));
  });

  it('puts the mocks of a scenario and of a resource together', () => {
    const step = { scenarioName: 's' };
    const catalog = layers(
      [stored('own', step), stored('gone', {}, false)],
      [stored('below', step), stored('gone', { scenarioName: 'only here' })],
    );
    const names = [...catalog.scenarios()].map(([name, mocks]) => [name, [...mocks].map(({ id }) => id)]);
    expect(names).toEqual([['s', ['own', 'below']]]);
    expect(catalog.hasScenarios).toBe(true);
    expect(layers([], [stored('below', {})]).hasScenarios).toBe(false);
  });

  it('knows the closest of both, without those that it covers', () => {
    const catalog = layers(
      [stored('own', { request: { url: '/aa' } }), stored('same', { request: { url: '/far/away' } }, false)],
      [stored('same', { request: { url: '/ab' } }), stored('below', { request: { url: '/abcdefgh' } })],
    );
    const near = catalog.nearest(requestFrom({ method: 'GET', url: '/ab' }), 3, freshScenarios);
    expect(near.map(({ mock }) => mock.id)).toEqual(['own', 'below']);
  });

  it('wants the body when either does', () => {
    const body = { request: { url: '/a', bodyPatterns: [{ contains: 'x' }] } };
    const request = requestFrom({ method: 'GET', url: '/a' });
    expect(layers([stored('own', body)], [stored('below', {})]).wantsBody(request)).toBe(true);
    expect(layers([stored('own', {})], [stored('below', body)]).wantsBody(request)).toBe(true);
    expect(layers([stored('own', {})], [stored('below', {})]).wantsBody(request)).toBe(false);
  });
});
