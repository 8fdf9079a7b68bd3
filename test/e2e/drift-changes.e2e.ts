import { DriftClient, kindsOf, serverBeforeShop } from '../support/drift-client';
import { call } from '../support/http-call';
import { type ShopAnswer } from '../support/shop-api';

const there = serverBeforeShop();
const client = new DriftClient(() => there.server.url);

let tick = 0;
/** What is another each time: nothing of it is drift. */
const noise = () => ({
  serial: ++tick,
  updatedAt: new Date(1_700_000_000_000 + tick * 98_765_432).toISOString(),
  etag: `W/"${tick}"`,
  note: `Note ${tick}`,
});

/** Thirty changes of a backend: what it answered, what it answers now, and what is to be told. */
const changes: readonly (readonly [path: string, before: ShopAnswer, after: ShopAnswer, told: string])[] = [
  ['/v1/created', { status: 200, body: { id: 1 } }, { status: 201, body: { id: 1 } }, 'status'],
  ['/v1/gone', { body: { id: 1, name: 'x' } }, { status: 410, body: { error: 'gone', code: 17 } }, 'status'],
  ['/v1/no-content', { body: { ok: true } }, { status: 204 }, 'status'],
  ['/v1/type', { body: '{"a":1}' }, { body: { a: 1 } }, 'header-changed Content-Type'],
  [
    '/v1/cache',
    { headers: { 'Cache-Control': 'max-age=60' }, body: {} },
    { headers: { 'Cache-Control': 'no-store' }, body: {} },
    'header-changed Cache-Control',
  ],
  ['/v1/total', { headers: { 'X-Total-Count': '4' }, body: [] }, { body: [] }, 'header-removed X-Total-Count'],
  ['/v1/moved', { body: { a: 1 } }, { headers: { Location: '/v2/moved' }, body: { a: 1 } }, 'header-added Location'],
  [
    '/v1/cookie',
    { headers: { 'Set-Cookie': 'lang=de; Path=/' }, body: {} },
    { headers: { 'Set-Cookie': 'locale=de; Path=/' }, body: {} },
    'header-changed Set-Cookie',
  ],
  ['/v1/added', { body: { id: 1 } }, { body: { id: 1, vat: 19 } }, 'added $.vat'],
  [
    '/v1/added-deep',
    { body: { a: { b: [{ c: 1 }] } } },
    { body: { a: { b: [{ c: 1, d: 'x' }] } } },
    'added $.a.b[*].d',
  ],
  ['/v1/added-object', { body: { id: 1 } }, { body: { id: 1, links: { self: '/x', next: null } } }, 'added $.links'],
  ['/v1/removed', { body: { id: 1, legacy: true } }, { body: { id: 1 } }, 'removed $.legacy'],
  [
    '/v1/removed-item',
    {
      body: {
        items: [
          { id: 1, sku: 'a' },
          { id: 2, sku: 'b' },
        ],
      },
    },
    { body: { items: [{ id: 1 }, { id: 2 }] } },
    'removed $.items[*].sku',
  ],
  ['/v1/camel', { body: { first_name: 'Ann', id: 1 } }, { body: { firstName: 'Ann', id: 1 } }, 'renamed $.first_name'],
  [
    '/v1/renamed',
    { body: { zip: '10115', city: 'Berlin' } },
    { body: { postcode: '10115', city: 'Berlin' } },
    'renamed $.zip',
  ],
  [
    '/v1/renamed-list',
    { body: [{ price: 10 }, { price: 12 }] },
    { body: [{ unitPrice: 10 }, { unitPrice: 13 }] },
    'renamed $[*].price',
  ],
  ['/v1/number-text', { body: { amount: 12.5 } }, { body: { amount: '12.50' } }, 'type $.amount'],
  [
    '/v1/id-text',
    { body: { list: [{ id: 1 }, { id: 2 }] } },
    { body: { list: [{ id: 'a1' }, { id: 'a2' }] } },
    'type $.list[*].id',
  ],
  [
    '/v1/object-list',
    { body: { address: { city: 'Bonn' } } },
    { body: { address: [{ city: 'Bonn' }] } },
    'type $.address',
  ],
  ['/v1/boolean', { body: { active: true } }, { body: { active: 'yes' } }, 'type $.active'],
  ['/v1/wrapped', { body: [{ id: 1 }] }, { body: { data: [{ id: 1 }], total: 1 } }, 'type $'],
  ['/v1/nullable', { body: { phone: '123 456' } }, { body: { phone: null } }, 'nullability $.phone'],
  [
    '/v1/nullable-list',
    { body: [{ to: 'x' }, { to: 'y' }] },
    { body: [{ to: 'x' }, { to: null }, { to: 'z' }] },
    'nullability $[*].to',
  ],
  ['/v1/not-null', { body: { manager: null } }, { body: { manager: { id: 3 } } }, 'nullability $.manager'],
  ['/v1/enum', { body: { status: 'open' } }, { body: { status: 'in_progress' } }, 'enum $.status'],
  ['/v1/enum-case', { body: { kind: 'invoice' } }, { body: { kind: 'INVOICE' } }, 'enum $.kind'],
  [
    '/v1/enum-list',
    { body: { orders: [{ state: 'new' }, { state: 'paid' }] } },
    { body: { orders: [{ state: 'new' }, { state: 'refunded' }] } },
    'enum $.orders[*].state',
  ],
  ['/v1/date', { body: { due: '2026-01-31' } }, { body: { due: '31.01.2026' } }, 'format $.due'],
  ['/v1/empty', { body: { id: 1 } }, { body: '', headers: { 'Content-Type': 'application/json' } }, 'body'],
  [
    '/v1/html',
    { body: { id: 1 } },
    { body: '<html>maintenance</html>', headers: { 'Content-Type': 'application/json' } },
    'body',
  ],
];

const withNoise = ({ body, ...answer }: ShopAnswer): ShopAnswer => {
  const { serial, updatedAt, etag, note } = noise();
  const headers = { ...answer.headers, ETag: etag, 'X-Request-Id': `r-${serial}`, Server: `s-${serial}` };
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  return { ...answer, headers, body: isObject ? { ...body, serial, updatedAt, note } : body };
};

describe('a backend that changes under its mocks', () => {
  it('30 changes are told, unchanged answers are not, and accepted patches leave nothing to tell', async () => {
    expect(changes).toHaveLength(30);
    const stable = Array.from({ length: 30 }, (_, i): [string, () => ShopAnswer] => [
      `/v1/stable/${i}`,
      () => ({ body: { id: i, ...noise(), list: Array.from({ length: (tick % 4) + 1 }, () => noise()) } }),
    ]);
    for (const [path, before] of changes) there.shop.answers.set(`GET ${path}`, () => withNoise(before));
    for (const [path, answer] of stable) there.shop.answers.set(`GET ${path}`, () => withNoise(answer()));
    await client.admin('POST /__admin/recordings/start', {});
    for (const [path] of [...changes, ...stable]) await call(there.server.url, `GET ${path}`);
    await client.admin('POST /__admin/recordings/stop');

    expect(await client.drift()).toMatchObject({
      counts: { same: 60, drifted: 0, notCompared: 0, left: 0 },
      drifted: [],
    });

    for (const [path, , after] of changes) there.shop.answers.set(`GET ${path}`, () => withNoise(after));
    const report = await client.drift();
    const byUrl = new Map(report.drifted.map(one => [one.request.url, one]));
    const missed = changes.filter(
      ([path, , , told]) => !kindsOf(report.drifted.filter(({ request }) => request.url === path)).includes(told),
    );
    const falselyTold = [...byUrl.keys()].filter(url => !changes.some(([path]) => path === url));
    expect(missed.map(([path]) => path)).toEqual([]);
    expect(falselyTold).toEqual([]);
    expect(report.drifted.flatMap(({ byHand = [] }) => byHand)).toEqual([]);

    const applied = await client.apply(report.drifted);
    expect(applied).toMatchObject({ status: 200, json: { ids: expect.any(Array) } });
    expect(applied.json.ids).toHaveLength(30);
    expect(await client.drift()).toMatchObject({ counts: { same: 60, drifted: 0, notCompared: 0 }, drifted: [] });
    expect((await call(there.server.url, 'GET /v1/camel')).json).toMatchObject({ firstName: 'Ann' });
  });
});
