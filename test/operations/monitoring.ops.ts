import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../support/eventually';
import { call } from '../support/http-call';
import { makeScratch, type Scratch } from '../support/scratch';
import { freePort, startServer, type TestServer } from '../support/server';

const root = join(__dirname, '../..');
const run = promisify(execFile);

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

const dashboard = JSON.parse(readFileSync(join(root, 'docker/grafana/mock-server.json'), 'utf8')) as {
  readonly panels: readonly Panel[];
};

describe('the alerts', () => {
  it('are rules that Prometheus takes', async () => {
    const { stdout } = await run('promtool', ['check', 'rules', 'docker/prometheus/alerts.yaml'], { cwd: root });
    expect(stdout).toMatch(/SUCCESS: \d+ rules found/);
  });

  it('fire when they should, and not before', async () => {
    const { stdout } = await run('promtool', ['test', 'rules', 'test/operations/alerts.test.yaml'], { cwd: root });
    expect(stdout).toContain('SUCCESS');
  });

  it('name sections of the documentation that are there', () => {
    const rules = readFileSync(join(root, 'docker/prometheus/alerts.yaml'), 'utf8');
    for (const [, page = '', section] of rules.matchAll(/runbook: (\S+)#(\S+)/g)) {
      const headings = [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
        text
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(headings).toContain(section);
    }
  });
});

describe('a real Prometheus that scrapes two replicas', () => {
  let scratch: Scratch;
  let servers: readonly TestServer[] = [];
  let prometheus: ChildProcess;
  let url: string;

  beforeAll(async () => {
    scratch = await makeScratch();
    servers = await Promise.all(
      ['a', 'b'].map(name =>
        startServer({
          DATABASE_URL: `sqlite:${join(scratch.folder, name)}.db`,
          DATA_DIR: join(scratch.folder, name),
          LOG_DIR: join(scratch.folder, `${name}-logs`),
        }),
      ),
    );
    const targets = servers.map(({ consoleUrl }) => `'${new URL(consoleUrl).host}'`).join(', ');
    const rules = join(root, 'docker/prometheus/alerts.yaml');
    const config = `global: { scrape_interval: 500ms, evaluation_interval: 500ms }
rule_files: ['${rules}']
scrape_configs: [{ job_name: mock-server, static_configs: [{ targets: [${targets}] }] }]
`;
    writeFileSync(join(scratch.folder, 'prometheus.yml'), config);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const data = join(scratch.folder, 'prometheus');
    const flags = [
      `--config.file=${join(scratch.folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    prometheus = spawn('prometheus', flags, { stdio: 'ignore' });
    for (const server of servers) {
      await call(server.url, 'POST /__admin/mappings', { body: { request: { url: '/a' }, response: { body: 'a' } } });
    }
    await eventually(async () => (await valuesOf('server_ready')).length === 2, 30_000);
    const calls = servers.flatMap(server => ['/a', '/b'].map(path => ({ server, path })));
    for (let round = 1; round <= 4; round++) {
      for (const { server, path } of calls) await call(server.url, `GET ${path}`);
      // Both replicas are scraped, each at its own time.
      const scraped = async (): Promise<number> => (await valuesOf('sum(mock_requests_total)'))[0] ?? 0;
      await eventually(async () => (await scraped()) === round * calls.length, 30_000);
    }
  });
  afterAll(async () => {
    prometheus?.kill('SIGKILL');
    await Promise.all(servers.map(server => server.stop()));
    await scratch.remove();
  });

  async function valuesOf(expression: string): Promise<number[]> {
    const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`).catch(() => undefined);
    if (answer === undefined || answer.status === 503) return []; // it begins
    const body = (await answer.json()) as {
      status?: string;
      error?: string;
      data?: { result: { value: [number, string] }[] };
    };
    if (body.status === 'error') throw new Error(`${expression}: ${body.error}`);
    return body.data?.result.map(({ value }) => Number(value[1])) ?? [];
  }

  it('sees both, ready, with their mocks and their traffic', async () => {
    expect(await valuesOf('up{job="mock-server"}')).toEqual([1, 1]);
    expect(await valuesOf('sum(active_mocks_count)')).toEqual([2]);
    expect(await valuesOf('sum by (source) (mock_requests_total{source="mock"})')).toEqual([8]);
  });

  it.each(dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const)))(
    'has data for the panel %s: %s',
    async (_title, expression) => {
      const concrete = expression
        .replaceAll('$job', 'mock-server')
        .replaceAll('$instance', '.+')
        .replaceAll('$__rate_interval', '30s');
      expect((await valuesOf(concrete)).length).toBeGreaterThan(0);
    },
  );

  it('knows the alerts, and none fires', async () => {
    const { data } = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
      data: { groups: { rules: { name: string; health: string; state: string }[] }[] };
    };
    const rules = data.groups.flatMap(group => group.rules);
    expect(rules.length).toBeGreaterThan(10);
    expect(rules.filter(({ state }) => state === 'firing')).toEqual([]);
    await eventually(async () => {
      const answer = (await (await fetch(`${url}/api/v1/rules`)).json()) as {
        data: { groups: { rules: { health: string }[] }[] };
      };
      return answer.data.groups.every(group => group.rules.every(({ health }) => health === 'ok'));
    });
  });
});
