import fc from 'fast-check';
import {
  alike,
  change,
  given,
  givenAtA,
  json,
  mapping,
  requestOf,
  stored,
  type Given,
  type Pattern,
} from '../../../test/support/random-mocks';
import { Catalog } from './catalog';
import { compareMocks, compileMock, type CatalogMock, type StoredMock } from './catalog-mock';
import { type MockRequest } from './mock-request';
import { type Condition } from './condition';
import { requestMatches } from './request-matcher';
import { freshScenarios, type ScenarioView } from './scenario';

function catalogOf(...mappings: readonly Pattern[]): Catalog {
  const catalog = new Catalog();
  const upserts = mappings.map((mapping, i) => stored({ id: `m${i}`, position: i, mapping }));
  expect(catalog.apply({ upserts, removals: [] })).toEqual([]);
  return catalog;
}

/** What the catalog must do, in the simplest way there is. */
class PlainList {
  private mocks: CatalogMock[] = [];

  put(one: StoredMock): void {
    this.remove(one.id);
    const reading = compileMock(one);
    if (!reading.ok) throw new Error(JSON.stringify(reading.mistakes));
    this.mocks.push(reading.mock);
  }

  remove(id: string): void {
    this.mocks = this.mocks.filter(mock => mock.id !== id);
  }

  get enabled(): CatalogMock[] {
    return this.mocks.filter(mock => mock.stored.enabled).sort(compareMocks);
  }

  find(asked: MockRequest, state: ScenarioView): CatalogMock | undefined {
    return this.enabled.find(
      ({ scenario, matcher }) =>
        (scenario?.requiredState === undefined || state.stateOf(scenario.name, '') === scenario.requiredState) &&
        requestMatches(matcher, asked),
    );
  }
}

const state: ScenarioView = { stateOf: name => (name === 's' ? 'Started' : 'on') };

describe('the catalog answers as a scan of all mocks in WireMock’s order would', () => {
  test('for random mocks, added, replaced, disabled and removed at random', () => {
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 120 }),
        fc.array(given, { minLength: 1, maxLength: 25 }),
        (changes, asked) => {
          const catalog = new Catalog();
          const list = new PlainList();
          for (const [position, one] of changes.entries()) {
            const id = `m${one.id}`;
            if (one.kind === 'remove') {
              catalog.apply({ upserts: [], removals: [id] });
              list.remove(id);
              continue;
            }
            // A replaced mock keeps its position.
            const known = catalog.get(id)?.position ?? position;
            const mock = stored({ id, position: known, mapping: one.mapping, enabled: one.enabled });
            expect(catalog.apply({ upserts: [mock], removals: [] })).toEqual([]);
            list.put(mock);
          }
          expect(catalog.active).toBe(list.enabled.length);
          for (const parts of asked) {
            const wanted = list.find(requestOf(parts), state);
            expect(catalog.find(requestOf(parts), state)?.id).toBe(wanted?.id);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('for many mocks at one address, which are filed by what tells them apart', () => {
    const atA = mapping.map(one => ({ ...one, request: { ...(one['request'] as Pattern), ...onlyAtA } }));
    fc.assert(
      fc.property(
        alike,
        fc.array(atA, { maxLength: 8 }),
        fc.array(givenAtA, { maxLength: 25 }),
        (most, others, asked) => {
          const all = [...most, ...others];
          const catalog = catalogOf(...all);
          const list = new PlainList();
          for (const [i, one] of all.entries()) list.put(stored({ id: `m${i}`, position: i, mapping: one }));
          const check = (): void => {
            for (const one of asked)
              expect(catalog.find(requestOf(one), state)?.id).toBe(list.find(requestOf(one), state)?.id);
          };
          check();
          for (let i = 0; i < all.length; i += 2) {
            catalog.apply({ upserts: [], removals: [`m${i}`] });
            list.remove(`m${i}`);
          }
          check();
        },
      ),
      { numRuns: 300 },
    );
  });

  test('it never says that the body does not matter when a body decides', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.array(mapping, { minLength: 1, maxLength: 40 }), alike),
        fc.oneof(given, givenAtA),
        fc.array(json, { maxLength: 6 }),
        (all, asked, bodies) => {
          const catalog = catalogOf(...all);
          if (catalog.wantsBody(requestOf({ ...asked, body: '' }))) return;
          const withoutBody = catalog.find(requestOf({ ...asked, body: '' }), state)?.id;
          for (const body of [asked.body, 'a', 'f=a', ...bodies.map(one => JSON.stringify(one))])
            expect(catalog.find(requestOf({ ...asked, body }), state)?.id).toBe(withoutBody);
        },
      ),
      { numRuns: 400 },
    );
  });
});

const onlyAtA = {
  urlPath: '/a',
  url: undefined,
  urlPattern: undefined,
  urlPathPattern: undefined,
  urlPathTemplate: undefined,
};

describe('a literal path that no pattern covered', () => {
  const literal = stored({ id: 'literal', position: 1, mapping: { request: { urlPath: '/a' }, response: {} } });
  const covering: readonly [string, Pattern][] = [
    ['template', { request: { urlPathTemplate: '/{name}' }, priority: 1, response: {} }],
    ['regular expression', { request: { urlPathPattern: '/a+' }, priority: 1, response: {} }],
    ['mock for any URL', { request: {}, priority: 1, response: {} }],
  ];

  test.each(covering)('is covered by a later %s, and free again without it', (_, mapping) => {
    const catalog = new Catalog();
    const asked = requestOf({ method: 'GET', url: '/a' });
    const answers = (): string | undefined => catalog.find(asked, state)?.id;
    catalog.apply({ upserts: [literal], removals: [] });
    expect([answers(), answers()]).toEqual(['literal', 'literal']);
    catalog.apply({ upserts: [stored({ id: 'pattern', position: 2, mapping })], removals: [] });
    expect([answers(), answers()]).toEqual(['pattern', 'pattern']);
    catalog.apply({ upserts: [], removals: ['pattern'] });
    expect([answers(), answers()]).toEqual(['literal', 'literal']);
  });
});

describe('a path that was asked for lately', () => {
  const mockAt = (id: string, position: number, path: string): StoredMock =>
    stored({ id, position, mapping: { request: { urlPath: path }, response: {} } });
  const answerAt = (catalog: Catalog, url: string): string | undefined =>
    catalog.find(requestOf({ method: 'GET', url }), state)?.id;

  test('is answered by a newer mock there, and by the older one again once that is gone', () => {
    const catalog = new Catalog();
    catalog.apply({ upserts: [mockAt('old', 1, '/a')], removals: [] });
    expect([answerAt(catalog, '/a'), answerAt(catalog, '/a?b')]).toEqual(['old', 'old']);
    catalog.apply({ upserts: [mockAt('new', 2, '/a')], removals: [] });
    expect([answerAt(catalog, '/a'), answerAt(catalog, '/a?b')]).toEqual(['new', 'new']);
    catalog.apply({ upserts: [], removals: ['new'] });
    expect(answerAt(catalog, '/a')).toBe('old');
    catalog.apply({ upserts: [], removals: ['old'] });
    expect(answerAt(catalog, '/a')).toBeUndefined();
  });

  test('goes with its mock to another path', () => {
    const catalog = new Catalog();
    catalog.apply({ upserts: [mockAt('one', 1, '/a')], removals: [] });
    expect(answerAt(catalog, '/a')).toBe('one');
    catalog.apply({ upserts: [mockAt('one', 1, '/b')], removals: [] });
    expect([answerAt(catalog, '/a'), answerAt(catalog, '/b')]).toEqual([undefined, 'one']);
  });

  test('is one of more than are remembered', () => {
    const catalog = new Catalog();
    const paths = Array.from({ length: 9_000 }, (_, i) => `/path/${i}`);
    catalog.apply({ upserts: paths.map((path, i) => mockAt(`m${i}`, i, path)), removals: [] });
    for (let round = 0; round < 2; round++)
      expect(paths.filter((path, i) => answerAt(catalog, path) !== `m${i}`)).toEqual([]);
  });
});

describe('the catalog wants the body', () => {
  test('when a mock at that address has a condition on it, in a split bucket too', () => {
    const byHeader = Array.from({ length: 30 }, (_, i) => ({
      request: {
        urlPath: '/a',
        headers: { X: { equalTo: String(i) } },
        bodyPatterns: i === 7 ? [{ contains: 'x' }] : [],
      },
    }));
    const catalog = catalogOf(...byHeader);
    const ask = (x: string): boolean => catalog.wantsBody(requestOf({ url: '/a', headers: [['X', x]] }));
    expect([ask('7'), ask('8'), ask('no')]).toEqual([true, false, false]);
  });

  test('when mocks are filed by the body', () => {
    const byBody = Array.from({ length: 30 }, (_, i) => ({
      request: { urlPath: '/a', bodyPatterns: [{ equalToJson: { id: i } }] },
    }));
    const catalog = catalogOf(...byBody);
    expect(catalog.wantsBody(requestOf({ url: '/a' }))).toBe(true);
    expect(catalog.wantsBody(requestOf({ url: '/b' }))).toBe(false);
  });
});

describe('a catalog of many mocks', () => {
  /** Counts how often conditions are tried on all mocks of the catalog. */
  function countTries(catalog: Catalog): { tries: number } {
    const count = { tries: 0 };
    for (const { matcher } of catalog.mocks()) {
      for (const condition of matcher.conditions as unknown as { holds: Condition['holds'] }[]) {
        const { holds } = condition;
        condition.holds = asked => (count.tries++, holds(asked));
      }
    }
    return count;
  }

  const many = 20_000;
  const oneOf = (make: (i: number) => Pattern): Pattern[] =>
    Array.from({ length: many }, (_, i) => ({ request: make(i) }));
  const needed = { headers: { Here: { equalTo: 'yes' } } };

  test.each<[string, (i: number) => Pattern, Partial<Given>]>([
    ['each on a path of its own', i => ({ urlPath: `/p/${i}`, ...needed }), { url: '/p/777' }],
    ['each on a template of its own', i => ({ urlPathTemplate: `/p/${i}/{id}`, ...needed }), { url: '/p/777/5' }],
    ['each on a pattern of its own', i => ({ urlPathPattern: `/p/${i}/[a-z]+`, ...needed }), { url: '/p/777/x' }],
    ['told apart by a query in url', i => ({ url: `/p?id=${i}`, ...needed }), { url: '/p?id=777' }],
    [
      'told apart by a header',
      i => ({ urlPath: '/p', headers: { Id: { equalTo: i }, Here: { equalTo: 'yes' } } }),
      { url: '/p', headers: [['id', '777']] },
    ],
    [
      'told apart by a query parameter',
      i => ({ urlPath: '/p', queryParameters: { id: { equalTo: i } }, ...needed }),
      { url: '/p?id=777' },
    ],
    [
      'told apart by a cookie',
      i => ({ urlPath: '/p', cookies: { id: { equalTo: String(i) } }, ...needed }),
      { url: '/p', headers: [['Cookie', 'id=777']] },
    ],
    [
      'told apart by a JSON body',
      i => ({ urlPath: '/p', bodyPatterns: [{ equalToJson: { id: i } }], ...needed }),
      { url: '/p', body: '{"id":777}' },
    ],
    [
      'told apart by a JSON field',
      i => ({
        urlPath: '/p',
        bodyPatterns: [{ matchesJsonPath: { expression: '$.a.id', equalTo: String(i) } }],
        ...needed,
      }),
      { url: '/p', body: '{"a":{"id":777}}' },
    ],
    [
      'told apart by a filter',
      i => ({ urlPath: '/p', bodyPatterns: [{ matchesJsonPath: `$.l[?(@.id == ${i})]` }], ...needed }),
      { url: '/p', body: '{"l":[{"id":1},{"id":777}]}' },
    ],
    [
      'told apart by the whole body',
      i => ({ urlPath: '/p', bodyPatterns: [{ equalTo: `b${i}` }], ...needed }),
      { url: '/p', body: 'b777' },
    ],
  ])('%s: finding one tries a handful', (_, make, asked) => {
    const catalog = catalogOf(...oneOf(make));
    const count = countTries(catalog);
    const headers = [...(asked.headers ?? []), ['Here', 'yes']] as const;
    expect(catalog.find(requestOf({ ...asked, headers }), freshScenarios)?.id).toBe('m777');
    expect(count.tries).toBeLessThanOrEqual(10);
  });

  test('a list in the body that names many values costs no more than its mocks', () => {
    const catalog = catalogOf(
      ...Array.from({ length: 50 }, (_, i) => ({
        request: {
          urlPath: '/p',
          bodyPatterns: [{ matchesJsonPath: { expression: '$.ids', equalTo: String(i) } }, { contains: 'x' }],
        },
      })),
    );
    const count = countTries(catalog);
    const body = JSON.stringify({ ids: Array.from({ length: 100_000 }, (_, i) => i % 50) });
    expect(catalog.find(requestOf({ url: '/p', body }), freshScenarios)).toBeUndefined();
    expect(count.tries).toBeLessThanOrEqual(100);
  });

  test('splits and un-splits: empty after all are removed, right when filled anew', () => {
    const catalog = new Catalog();
    const put = (i: number, mapping: Pattern): void =>
      void catalog.apply({ upserts: [stored({ id: `m${i}`, position: i, mapping })], removals: [] });
    for (let round = 0; round < 3; round++) {
      const part = round === 1 ? 'queryParameters' : 'headers';
      for (let i = 0; i < 100; i++) put(i, { request: { urlPath: '/p', [part]: { id: { equalTo: String(i) } } } });
      const asked = requestOf({ url: '/p?id=42', headers: [['id', '42']] });
      expect(catalog.find(asked, freshScenarios)?.id).toBe('m42');
      catalog.apply({ upserts: [], removals: Array.from({ length: 100 }, (_, i) => `m${i}`) });
      expect([catalog.find(asked, freshScenarios), catalog.size, catalog.active]).toEqual([undefined, 0, 0]);
    }
  });

  test('a mock is removed though another has its priority and position', () => {
    const catalog = new Catalog();
    const here = { request: { urlPath: '/a' } };
    catalog.apply({ upserts: ['x', 'y', 'z'].map(id => stored({ id, position: 1, mapping: here })), removals: [] });
    catalog.apply({ upserts: [], removals: ['z', 'x'] });
    expect(catalog.find(requestOf({ url: '/a' }), freshScenarios)?.id).toBe('y');
    catalog.apply({ upserts: [], removals: ['y'] });
    expect(catalog.find(requestOf({ url: '/a' }), freshScenarios)).toBeUndefined();
  });
});

describe('a mock that cannot be compiled', () => {
  test.each([
    ['text that is not JSON', '{"a":'],
    ['a wrong pattern', '{"request":{"urlPattern":"("}}'],
    [
      'JSON nested without end',
      `{"request":{"bodyPatterns":[{"equalToJson":${'['.repeat(50_000)}${']'.repeat(50_000)}}]}}`,
    ],
    ['a reply nested without end', `{"response":{"jsonBody":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`],
  ])('%s is left out and named; its neighbours are served', (_, json) => {
    const catalog = new Catalog();
    const problems = catalog.apply({
      upserts: [{ id: 'bad', position: 1, enabled: true, json }, stored({ id: 'good', position: 0, mapping: {} })],
      removals: [],
    });
    expect(problems.map(({ id }) => id)).toEqual(['bad']);
    expect(catalog.find(requestOf({}), freshScenarios)?.id).toBe('good');
  });
});

describe('the nearest mocks', () => {
  test('are at most as many as asked for, closest first, and each says what failed', () => {
    fc.assert(
      fc.property(fc.array(mapping, { maxLength: 60 }), given, fc.integer({ min: 1, max: 5 }), (all, parts, limit) => {
        const catalog = catalogOf(...all);
        const asked = requestOf(parts);
        const near = catalog.nearest(asked, limit, state);
        const distances = near.map(({ distance }) => distance);
        expect(near.length).toBe(Math.min(limit, all.length));
        expect(distances).toEqual([...distances].sort((a, b) => a - b));
        expect(new Set(near.map(({ mock }) => mock.id)).size).toBe(near.length);
        for (const { distance, failed, mock } of near) {
          expect(distance).toBeGreaterThanOrEqual(0);
          expect(distance).toBeLessThanOrEqual(1);
          const required = mock.scenario?.requiredState;
          const fits =
            requestMatches(mock.matcher, asked) &&
            (required === undefined || state.stateOf(mock.scenario!.name, '') === required);
          expect(failed.length === 0).toBe(fits);
        }
      }),
      { numRuns: 150 },
    );
  });

  test('include the one next door among very many', () => {
    const catalog = catalogOf(
      ...Array.from({ length: 5_000 }, (_, i) => ({ request: { urlPath: `/area${i}/thing` } })),
    );
    const [first] = catalog.nearest(requestOf({ url: '/area4321/things' }), 1, freshScenarios);
    expect(first?.mock.matcher.url.expected).toBe('[path] /area4321/thing');
  });

  test('never include a disabled mock', () => {
    const catalog = new Catalog();
    catalog.apply({
      upserts: [stored({ id: 'off', position: 0, mapping: { request: { urlPath: '/a' } }, enabled: false })],
      removals: [],
    });
    expect(catalog.nearest(requestOf({ url: '/a' }), 3, freshScenarios)).toEqual([]);
  });

  test('are sought among few, however many mocks there are, disabled ones and deep paths included', () => {
    const catalog = new Catalog();
    const mocks = Array.from({ length: 20_000 }, (_, i) =>
      stored({ id: `m${i}`, position: i, mapping: { request: { urlPath: `/p/${i}` } }, enabled: i % 2 === 0 }),
    );
    catalog.apply({ upserts: mocks, removals: [] });
    let looked = 0;
    for (const mock of catalog.mocks()) {
      const { stored: whole } = mock;
      Object.defineProperty(mock, 'stored', { get: () => (looked++, whole) });
    }
    expect(catalog.nearest(requestOf({ url: `/p/x${'/a'.repeat(4_000)}` }), 3, freshScenarios)).toHaveLength(3);
    expect(looked).toBeLessThanOrEqual(2_000);
    const off = mocks.map(mock => ({ ...mock, enabled: false }));
    catalog.apply({ upserts: off, removals: [] });
    looked = 0;
    for (const mock of catalog.mocks()) {
      const { stored: whole } = mock;
      Object.defineProperty(mock, 'stored', { get: () => (looked++, whole) });
    }
    expect(catalog.nearest(requestOf({ url: '/p/x' }), 3, freshScenarios)).toEqual([]);
    expect(looked).toBeLessThanOrEqual(2_000);
  });
});
