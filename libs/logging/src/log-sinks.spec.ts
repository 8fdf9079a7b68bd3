import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { BoundedLines } from './bounded-lines';
import { openElasticsearch } from './elasticsearch';
import { type LogSink } from './log-sink';
import { openLogs } from './logger';
import { openRotatingFile } from './rotating-file';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'mock-server-logs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function eventually(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`Still not so: ${isSo.toString()}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}

const linesIn = (file: string): string[] => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
const entry = (n: number): string =>
  JSON.stringify({ timestamp: '2026-01-02T03:04:05.678Z', level: 'info', message: `m${n}` });

describe('lines that wait', () => {
  it('drop the oldest when there is no more room, and count them', () => {
    const lines = new BoundedLines(20);
    for (const line of ['aaaa', 'bbbb', 'cccc']) lines.add(line);
    expect(lines.dropped).toBe(1);
    expect(lines.take({ maxLines: 9, maxBytes: 99 })).toEqual(['bbbb', 'cccc']);
  });

  it('that could not be written come first again, as far as they still fit', () => {
    const lines = new BoundedLines(24);
    lines.add('1111');
    lines.add('2222');
    const taken = lines.take({ maxLines: 2, maxBytes: 99 });
    lines.add('3333');
    lines.add('4444');
    lines.putBack(taken);
    expect(lines.dropped).toBe(1);
    expect(lines.take({ maxLines: 9, maxBytes: 99 })).toEqual(['2222', '3333', '4444']);
  });
});

describe('files', () => {
  const open = (onChange = (_sentence: string): void => undefined, name = 'combined'): LogSink =>
    openRotatingFile({ folder, name, maxBytes: 1_000, maxFiles: 5, onChange });

  it('start anew when full, and five are kept, each within its size', async () => {
    const sink = open();
    for (let n = 0; n < 1_000; n++) sink.take(`line ${n}`.padEnd(99, '.'));
    await sink.close();
    const files = readdirSync(folder).sort();
    expect(files).toEqual(['combined.1.log', 'combined.2.log', 'combined.3.log', 'combined.4.log', 'combined.log']);
    for (const file of files) expect(statSync(join(folder, file)).size).toBeLessThanOrEqual(1_000);
    expect(linesIn('combined.log').at(-1)).toMatch(/^line 999\./);
    expect(linesIn('combined.1.log').at(-1)).toMatch(/^line 989\./);
    expect(sink.dropped).toBe(0);
  });

  it('are continued after a restart', async () => {
    const first = open();
    first.take('one');
    await first.close();
    const second = open();
    second.take('two');
    await second.close();
    expect(linesIn('combined.log')).toEqual(['one', 'two']);
  });

  it('that cannot be written lose nothing for a while, say so once, and go on when they can', async () => {
    const said: string[] = [];
    rmSync(folder, { recursive: true });
    writeFileSync(folder, 'a file where the folder should be');
    const sink = open(sentence => said.push(sentence));
    sink.take('while it is broken');
    await eventually(() => said.length === 1);
    rmSync(folder);
    await eventually(() => said.length === 2);
    await sink.close();
    expect(said[0]).toMatch(/^Logs cannot be written to file: /);
    expect(said[1]).toBe('Logs reach file again.');
    expect(linesIn('combined.log')).toEqual(['while it is broken']);
  });
});

describe('the logger with LOG_DIR', () => {
  it('writes all as JSON to combined.log, errors to error.log too, secrets to neither', async () => {
    const log = { level: 'info', format: 'pretty', dir: folder, elasticsearchUrl: undefined } as const;
    const logs = openLogs({ log }, new PassThrough().resume());
    logs.logger.log('started', 'Server');
    logs.logger.error('redis://:hunter2@r failed', undefined, 'Redis');
    logs.logger.debug?.('detail');
    await logs.close();
    const combined = linesIn('combined.log').map(line => JSON.parse(line) as Record<string, unknown>);
    expect(combined).toMatchObject([
      { level: 'info', message: 'started', context: 'Server', timestamp: expect.stringMatching(/^\d{4}-.*Z$/) },
      { level: 'error', context: 'Redis' },
    ]);
    expect(linesIn('error.log')).toHaveLength(1);
    expect(readFileSync(join(folder, 'error.log'), 'utf8')).not.toContain('hunter2');
    expect(logs.dropped()).toEqual([{ to: 'file', count: 0 }]);
  });
});

/** A server that speaks the bulk protocol: checks what comes as Elasticsearch does, and answers as it is told to. */
class BulkServer {
  readonly taken: Record<string, unknown>[] = [];
  readonly authorizations = new Set<string | undefined>();
  requests = 0;
  answer: 'take' | 'hang' | 'cut' | 'nonsense' | 429 | 503 | 401 | 413 | 'mixed' = 'take';
  private readonly server: Server = createServer((incoming, reply) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => this.reply(Buffer.concat(chunks).toString(), reply, incoming.headers.authorization));
  });
  private port = 0;

  async listen(): Promise<void> {
    await new Promise<void>(resolve => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }

  get url(): string {
    return `http://elastic:p%40ss@127.0.0.1:${this.port}`;
  }

  get numbers(): number[] {
    return this.taken.map(({ message }) => Number(String(message).slice(1)));
  }

  private reply(body: string, reply: ServerResponse, authorization: string | undefined): void {
    this.requests++;
    this.authorizations.add(authorization);
    if (!body.endsWith('\n')) return void reply.writeHead(400).end('The bulk request must be terminated by a newline');
    const lines = body
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
    const documents = lines.filter((_, position) => position % 2 === 1);
    for (let n = 0; n < lines.length; n += 2) expect(lines[n]).toEqual({ create: { _index: 'mock-server-logs' } });
    if (this.answer === 'hang') return;
    if (this.answer === 'cut') return void reply.destroy();
    if (this.answer === 'nonsense') return void reply.end('<html>');
    if (this.answer === 413 && documents.length <= 100) this.answer = 'take';
    if (typeof this.answer === 'number') return void reply.writeHead(this.answer).end('{"error":"no"}');
    const statuses = documents.map(({ message }) => this.statusOf(String(message)));
    this.taken.push(...documents.filter((_, position) => statuses[position] === 201));
    reply.end(JSON.stringify({ items: statuses.map(status => ({ create: { status } })) }));
  }

  /** Of mixed: every fifth is refused for what is in it, every seventh for want of room. */
  private statusOf(message: string): number {
    const n = Number(message.slice(1));
    return this.answer === 'mixed' && n % 5 === 0 ? 400 : this.answer === 'mixed' && n % 7 === 0 ? 429 : 201;
  }
}

describe('Elasticsearch', () => {
  let bulk: BulkServer;
  let said: string[];
  let sink: LogSink;
  beforeEach(async () => {
    bulk = new BulkServer();
    said = [];
    await bulk.listen();
    sink = openElasticsearch({ url: bulk.url, onChange: sentence => said.push(sentence) });
  });
  afterEach(() => bulk.close());

  const log = (from: number, to: number): void => {
    for (let n = from; n < to; n++) sink.take(entry(n));
  };
  const range = (to: number): number[] => Array.from({ length: to }, (_, n) => n);

  it('gets every entry once and in order, with its time, index and credentials', async () => {
    log(0, 1_200);
    await sink.close();
    expect(bulk.numbers).toEqual(range(1_200));
    expect(bulk.taken[0]).toEqual({ '@timestamp': '2026-01-02T03:04:05.678Z', level: 'info', message: 'm0' });
    expect([...bulk.authorizations]).toEqual([`Basic ${Buffer.from('elastic:p@ss').toString('base64')}`]);
    expect(sink.dropped).toBe(0);
  });

  it.each(['cut', 'nonsense', 429, 503, 401] as const)(
    'that answers %s gets all of it when it is back, and says so once',
    async trouble => {
      bulk.answer = trouble;
      log(0, 10);
      await eventually(() => said.length === 1);
      log(10, 20);
      bulk.answer = 'take';
      await eventually(() => said.length === 2);
      expect(bulk.numbers).toEqual(range(20));
      expect(said[1]).toBe('Logs reach elasticsearch again.');
      expect(sink.dropped).toBe(0);
    },
  );

  it('that is gone costs no memory without bound: the oldest are dropped, and the count is exact', async () => {
    await bulk.close();
    const line = JSON.stringify({ timestamp: 'x', message: 'm0', filler: 'y'.repeat(1_000) });
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 50_000; n++) sink.take(line.replace('m0', `m${n}`));
    expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
    await eventually(() => said.length === 1);
    const { dropped } = sink;
    expect(dropped).toBeGreaterThan(40_000);
    await bulk.listen();
    await eventually(() => bulk.taken.length === 50_000 - dropped);
    await sink.close();
    expect(sink.dropped).toBe(dropped);
    expect(bulk.numbers).toEqual(range(50_000).slice(dropped));
    expect(bulk.requests).toBeLessThan(200);
  });

  it('loses what it refuses for its content, alone, and sends later what there was no room for', async () => {
    bulk.answer = 'mixed';
    log(0, 100);
    await eventually(() => bulk.taken.length > 0 && sink.dropped > 0);
    bulk.answer = 'take';
    await eventually(() => bulk.taken.length === 80);
    expect(sink.dropped).toBe(20);
    expect([...bulk.numbers].sort((a, b) => a - b)).toEqual(range(100).filter(n => n % 5 !== 0));
  });

  it('gets smaller batches where it calls them too large', async () => {
    bulk.answer = 413;
    log(0, 400);
    await eventually(() => bulk.taken.length === 400);
    expect(bulk.numbers).toEqual(range(400));
  });

  it('that never answers holds neither the caller nor the end up for longer than a request may take', async () => {
    bulk.answer = 'hang';
    const begin = performance.now();
    log(0, 1_000);
    expect(performance.now() - begin).toBeLessThan(200);
    await eventually(() => bulk.requests === 1);
    await sink.close();
    expect(performance.now() - begin).toBeLessThan(15_000);
  });
});
