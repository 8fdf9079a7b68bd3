import { requestFrom } from './mock-request';
import { compileMock } from './catalog-mock';
import { type RecordedExchange } from './recorded-exchange';
import { fitLognormal } from './recorded-latency';
import { recordedMappings } from './recorded-mappings';
import { type RecordSpec } from './record-spec';

let made = 0;
const newId = (): string => `00000000-0000-4000-8000-${String(++made).padStart(12, '0')}`;

function exchange(url: string, body: string, more: Partial<RecordedExchange> = {}): RecordedExchange {
  return {
    id: '',
    request: requestFrom({ url }),
    receivedAt: ++made,
    tookMs: 10,
    isProxied: true,
    reply: { status: 200, headers: ['Content-Type', 'application/json'], body: Buffer.from(body) },
    ...more,
  };
}

const record = (exchanges: readonly RecordedExchange[], spec: RecordSpec = {}) =>
  recordedMappings(exchanges, spec, newId).map(({ mapping }) => mapping);

describe('calls that differ in ids only', () => {
  it('become one mock that gives each of the recorded answers', () => {
    const bodies = new Map([7, 12, 345].map(id => [id, `{"id":${id},"self":"/users/${id}","age":7}`]));
    const [mapping, ...others] = record(
      [...bodies].map(([id, body]) => exchange(`/users/${id}`, body)),
      { collapse: true },
    );
    expect(others).toEqual([]);
    expect(mapping).toMatchObject({ request: { urlPathTemplate: '/users/{id}' }, priority: 6 });
    const compiled = compileMock({ id: newId(), position: 1, enabled: true, json: JSON.stringify(mapping) });
    for (const [id, body] of bodies) {
      const rendered =
        compiled.ok &&
        compiled.mock.reply.template?.render(requestFrom({ url: `/users/${id}` }), { now: 0, random: () => 0 });
      expect(rendered).toMatchObject({ ok: true, body: { kind: 'text', text: body } });
    }
  });

  it('stay apart when their answers differ in anything else', () => {
    const mappings = record([exchange('/users/1', '{"name":"Ann"}'), exchange('/users/2', '{"name":"Bob"}')], {
      collapse: true,
    });
    expect(mappings.map(({ request }) => request?.url)).toEqual(['/users/2', '/users/1']);
  });

  it('stay apart unless that is wanted', () => {
    expect(record([exchange('/users/1', '1'), exchange('/users/2', '2')])).toHaveLength(2);
  });
});

describe('a request asked several times', () => {
  it('is a scenario of its answers in their order, which stays at the last', () => {
    const mappings = record([exchange('/n', '1'), exchange('/n', '2'), exchange('/n', '3')]);
    expect(mappings.map(one => [one.response?.body, one.requiredScenarioState, one.newScenarioState])).toEqual([
      ['3', 'scenario-1-n-3', undefined],
      ['2', 'scenario-1-n-2', 'scenario-1-n-3'],
      ['1', 'Started', 'scenario-1-n-2'],
    ]);
  });

  it('is its newest answer when the spec says so', () => {
    const mappings = record([exchange('/n', '1'), exchange('/n', '2')], { repeatsAsScenarios: false });
    expect(mappings.map(({ response, scenarioName }) => [response?.body, scenarioName])).toEqual([['2', undefined]]);
  });
});

describe('a request that held secrets', () => {
  it('is matched by any value in their places, and never names one', () => {
    const raw = requestFrom({
      method: 'POST',
      url: '/pay?key=SECRET&page=2',
      rawHeaders: ['Content-Type', 'application/json', 'Authorization', 'Bearer SECRET'],
      body: Buffer.from('{"user":"ann","password":"SECRET"}'),
    });
    const request = raw.with({
      url: '/pay?key=OTHER&page=2',
      rawHeaders: ['Content-Type', 'application/json', 'Authorization', 'Bearer OTHER'],
      body: Buffer.from('{"user":"ann","password":"OTHER"}'),
    });
    const [mapping] = record([exchange('', '{}', { raw, request })], { captureHeaders: { Authorization: {} } });
    expect(mapping?.request).toEqual({
      urlPath: '/pay',
      queryParameters: { key: { hasExactly: [{ matches: '.*' }] }, page: { hasExactly: [{ equalTo: '2' }] } },
      method: 'POST',
      headers: { Authorization: { matches: '.*' } },
      bodyPatterns: [
        {
          equalToJson: '{"user":"ann","password":"${json-unit.any-string}"}',
          ignoreArrayOrder: true,
          ignoreExtraElements: true,
        },
      ],
    });
  });
});

describe('the latency of a backend', () => {
  it.each([
    ['fixed', { fixedDelayMilliseconds: 30 }],
    ['mean', { fixedDelayMilliseconds: 20 }],
  ] as const)('is kept as %s', (latency, expected) => {
    const exchanges = [exchange('/n', '1', { tookMs: 10 }), exchange('/n', '1', { tookMs: 30 })];
    expect(record(exchanges, { latency, repeatsAsScenarios: false })[0]?.response).toMatchObject(expected);
  });

  it('is fitted as a log-normal distribution', () => {
    const values = Array.from({ length: 999 }, (_, i) =>
      Math.exp(Math.log(50) + 0.4 * normalQuantile((i + 1) / 1_000)),
    );
    const { median, sigma } = fitLognormal(values);
    expect(median).toBeCloseTo(50, 1);
    expect(sigma).toBeCloseTo(0.4, 2);
  });
});

/** By bisection over an approximation of the normal distribution (Abramowitz and Stegun, 26.2.17). */
function normalQuantile(p: number): number {
  let [low, high] = [-6, 6];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalBelow(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function normalBelow(x: number): number {
  if (x < 0) return 1 - normalBelow(-x);
  const t = 1 / (1 + 0.2316419 * x);
  const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
