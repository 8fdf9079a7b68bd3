import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { MetricsModule, MetricsRegistry, TrafficMetrics, type TrafficSource } from './index';

@Module({ imports: [MetricsModule.forRoot()] })
class TinyModule {}

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

let app: NestFastifyApplication;
let metrics: TrafficMetrics;

beforeEach(async () => {
  app = await NestFactory.create<NestFastifyApplication>(TinyModule, new FastifyAdapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  metrics = app.get(TrafficMetrics);
});

afterEach(() => app.close());

async function scrape(): Promise<Line[]> {
  const answer = await fetch(`${await app.getUrl()}/metrics`);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(answer.headers.get('cache-control')).toBe('no-store');
  const lines = (await answer.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return lines.map(line => {
    const match = /^([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="[^"\\\n]*",?)*)\})? (\S+)$/i.exec(line);
    if (!match) throw new Error(`Not a line Prometheus can read: ${line}`);
    const labels = [...(match[2] ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)].map(pair => [pair[1], pair[2]] as const);
    return { name: match[1] ?? '', labels: Object.fromEntries(labels), value: Number(match[3]) };
  });
}

const named = (lines: readonly Line[], name: string): Line[] => lines.filter(line => line.name === name);
const sum = (lines: readonly Line[]): number => lines.reduce((total, line) => total + line.value, 0);
const valueOf = (lines: readonly Line[], name: string, labels: object = {}): number | undefined =>
  named(lines, name).find(line => JSON.stringify(line.labels) === JSON.stringify(labels))?.value;

describe('traffic', () => {
  it('is counted by method, route and status', async () => {
    metrics.observe('mock', 'GET', 200, 0.0004);
    metrics.observe('mock', 'GET', 200, 0.0004);
    metrics.observe('none', 'POST', 404, 0.002);
    metrics.observeAdmin('PUT', '/__admin/mappings/:id', 412, 0.2);
    const lines = await scrape();
    expect(named(lines, 'http_requests_total').map(({ labels, value }) => [labels, value])).toEqual([
      [{ method: 'GET', route: 'mock', status_code: '200' }, 2],
      [{ method: 'POST', route: 'unmatched', status_code: '404' }, 1],
      [{ method: 'PUT', route: '/__admin/mappings/:id', status_code: '412' }, 1],
    ]);
  });

  it('is timed in the buckets of the contract', async () => {
    for (const seconds of [0.0005, 0.0006, 9, 10.5]) metrics.observe('mock', 'GET', 200, seconds);
    const lines = await scrape();
    const buckets = named(lines, 'http_request_duration_seconds_bucket');
    expect(buckets.map(({ labels, value }) => [labels.le, value])).toEqual([
      ['0.0005', 1],
      ['0.001', 2],
      ['0.0025', 2],
      ['0.005', 2],
      ['0.01', 2],
      ['0.025', 2],
      ['0.05', 2],
      ['0.1', 2],
      ['0.25', 2],
      ['0.5', 2],
      ['1', 2],
      ['2.5', 2],
      ['5', 2],
      ['10', 3],
      ['+Inf', 4],
    ]);
    expect(valueOf(lines, 'http_request_duration_seconds_sum', { method: 'GET', route: 'mock' })).toBeCloseTo(19.5011);
    expect(valueOf(lines, 'http_request_duration_seconds_count', { method: 'GET', route: 'mock' })).toBe(4);
  });

  it('has a hit rate, which is 0 before the first request', async () => {
    expect(valueOf(await scrape(), 'mock_hit_rate')).toBe(0);
    for (const source of ['mock', 'mock', 'mock', 'proxy'] as const) metrics.observe(source, 'GET', 200, 0.001);
    const lines = await scrape();
    expect(valueOf(lines, 'mock_hit_rate')).toBe(0.75);
    expect(valueOf(lines, 'mock_requests_total', { source: 'mock' })).toBe(3);
    expect(valueOf(lines, 'mock_requests_total', { source: 'ai' })).toBe(0);
  });

  it('of any kind makes fewer than 500 series in all, and loses no request', async () => {
    const random = randomNumbers(7);
    const sources: TrafficSource[] = ['mock', 'proxy', 'ai', 'none'];
    let before: Line[] = [];
    for (let round = 1; round <= 4; round++) {
      for (let i = 0; i < 25_000; i++) {
        const method = random() < 0.5 ? ['GET', 'POST', 'PUT', 'get'][i % 4] : `M${i}`;
        metrics.observe(sources[i % 4] ?? 'none', method ?? 'GET', Math.floor(random() * 1100) - 50, random() * 12);
        if (i % 10 === 0) metrics.observeAdmin(method ?? 'GET', `/__admin/r${i}`, 200 + (i % 400), random());
      }
      const lines = await scrape();
      expect(lines.length).toBeLessThan(460);
      expect(new Set(lines.map(line => line.name + JSON.stringify(line.labels))).size).toBe(lines.length);
      const all = round * 27_500;
      expect(sum(named(lines, 'http_requests_total'))).toBe(all);
      expect(sum(named(lines, 'http_request_duration_seconds_count'))).toBe(all);
      expect(sum(named(lines, 'mock_requests_total'))).toBe(round * 25_000);
      expect(fallenCounters(before, lines)).toEqual([]);
      before = lines;
    }
  });

  it('with a status that is none is counted as other', async () => {
    for (const status of [0, 99, 600, 200.5, NaN, -1]) metrics.observe('mock', 'GET', status, 0.1);
    const lines = await scrape();
    expect(valueOf(lines, 'http_requests_total', { method: 'GET', route: 'mock', status_code: 'other' })).toBe(6);
  });
});

describe('other rooms', () => {
  it('register gauges and counters that are read at each scrape', async () => {
    let active = 3;
    metrics.setActiveMocks(() => active);
    app.get(MetricsRegistry).gauge('dependency_up', 'Up or not.', () => [{ labels: { name: 'redis' }, value: active }]);
    app.get(MetricsRegistry).counter('journal_dropped_total', 'Dropped.', () => active);
    expect(valueOf(await scrape(), 'active_mocks_count')).toBe(3);
    active = 5;
    const lines = await scrape();
    expect(valueOf(lines, 'active_mocks_count')).toBe(5);
    expect(valueOf(lines, 'dependency_up', { name: 'redis' })).toBe(5);
    expect(valueOf(lines, 'journal_dropped_total')).toBe(5);
  });

  it('cannot flood the answer', async () => {
    app
      .get(MetricsRegistry)
      .gauge('flood', 'Many.', () => Array.from({ length: 500 }, (_, i) => ({ labels: { i: `${i}` }, value: i })));
    expect(named(await scrape(), 'flood')).toHaveLength(20);
  });

  it('find the process metrics beside theirs', async () => {
    expect(valueOf(await scrape(), 'process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
  });
});

function fallenCounters(before: readonly Line[], after: readonly Line[]): Line[] {
  const counters = before.filter(({ name }) => name.startsWith('http_request') || name === 'mock_requests_total');
  return counters.filter(({ name, labels, value }) => (valueOf(after, name, labels) ?? -1) < value);
}

/** The same "random" numbers in each run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
