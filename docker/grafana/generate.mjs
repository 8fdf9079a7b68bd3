// Writes mock-server.json, the dashboard: `node docker/grafana/generate.mjs`. A dashboard of some 20 panels is a table of what to
// ask and how to show it; as JSON by hand nobody would see what changed.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = '{job=~"$job", instance=~"$instance"}';
const and = more => `{job=~"$job", instance=~"$instance", ${more}}`;
const window = '[$__rate_interval]';
const quantile = (q, by) =>
  `histogram_quantile(${q}, sum by (${['le', ...by].join(', ')}) (rate(http_request_duration_seconds_bucket${here}${window})))`;

/** title, unit, and what is asked: `[expression, legend]`. */
const rows = {
  'At a glance': [
    stat('Requests', 'reqps', `sum(rate(mock_requests_total${here}${window}))`),
    stat(
      'Hit rate',
      'percentunit',
      `sum(rate(mock_requests_total${and('source="mock"')}${window})) / sum(rate(mock_requests_total${here}${window}))`,
    ),
    stat('Active mocks', 'short', `max(active_mocks_count${here})`),
    stat('Replicas ready', 'short', `sum(server_ready${here})`),
  ],
  Traffic: [
    graph('Requests by where the reply came from', 'reqps', [
      `sum by (source) (rate(mock_requests_total${here}${window}))`,
      '{{source}}',
    ]),
    graph('Requests by status', 'reqps', [
      `sum by (status_code) (rate(http_requests_total${and('route=~"mock|proxy|ai|unmatched"')}${window}))`,
      '{{status_code}}',
    ]),
    graph('Latency', 's', [quantile(0.5, []), 'p50'], [quantile(0.95, []), 'p95'], [quantile(0.99, []), 'p99']),
    graph('p99 by route', 's', [quantile(0.99, ['route']), '{{route}}']),
    graph('Hit rate by replica', 'percentunit', [`mock_hit_rate${here}`, '{{instance}}']),
    graph('Admin API', 'reqps', [
      `sum by (route) (rate(http_requests_total${and('route=~"/.*"')}${window}))`,
      '{{route}}',
    ]),
  ],
  Replicas: [
    graph('Catalog revision', 'short', [`catalog_revision${here}`, '{{instance}}']),
    graph('Revisions behind the database', 'short', [`catalog_revision_lag${here}`, '{{instance}}']),
    graph('Dependencies up', 'short', [`dependency_up${here}`, '{{name}} {{instance}}']),
    graph('Active mocks', 'short', [`active_mocks_count${here}`, '{{instance}}']),
    graph('Journal entries', 'short', [`journal_entries${here}`, '{{instance}}']),
    graph(
      'Dropped: journal, logs',
      'short',
      [`rate(journal_dropped_total${here}${window})`, 'journal {{instance}}'],
      [`rate(logs_dropped_total${here}${window})`, 'logs {{to}} {{instance}}'],
    ),
  ],
  AI: [
    graph('AI calls', 'cps', [
      `sum by (model, success) (rate(claude_api_calls_total${here}${window}))`,
      '{{model}} success={{success}}',
    ]),
    graph('AI tokens', 'short', [
      `sum by (model, type) (rate(claude_api_tokens_total${here}${window}))`,
      '{{model}} {{type}}',
    ]),
  ],
  Process: [
    graph('Event loop lag, p99', 's', [`nodejs_eventloop_lag_p99_seconds${here}`, '{{instance}}']),
    graph('CPU', 'percentunit', [`rate(process_cpu_seconds_total${here}${window})`, '{{instance}}']),
    graph(
      'Memory',
      'bytes',
      [`process_resident_memory_bytes${here}`, 'resident {{instance}}'],
      [`nodejs_heap_size_used_bytes${here}`, 'heap {{instance}}'],
    ),
    graph('Open files', 'short', [`process_open_fds${here}`, '{{instance}}']),
  ],
};

function panel(type, title, unit, queries, more) {
  return {
    type,
    title,
    datasource: { type: 'prometheus', uid: '${datasource}' },
    fieldConfig: { defaults: { unit, min: 0, ...more.defaults }, overrides: [] },
    options: more.options,
    targets: queries.map(([expr, legendFormat], position) => ({ refId: 'ABCDEF'[position], expr, legendFormat })),
  };
}

function stat(title, unit, expr) {
  const options = { colorMode: 'none', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } };
  return panel('stat', title, unit, [[expr, title]], { options });
}

function graph(title, unit, ...queries) {
  const options = { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } };
  return panel('timeseries', title, unit, queries, { options, defaults: { custom: { fillOpacity: 8, lineWidth: 1 } } });
}

function layOut() {
  const panels = [];
  let y = 0;
  for (const [title, members] of Object.entries(rows)) {
    panels.push({ type: 'row', title, collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } });
    y += 1;
    const isStats = members[0].type === 'stat';
    const [w, h] = isStats ? [24 / members.length, 4] : [12, 8];
    members.forEach((member, position) => {
      const x = (position * w) % 24;
      panels.push({ ...member, gridPos: { x, y, w, h } });
      if (x + w >= 24 || position === members.length - 1) y += h;
    });
  }
  return panels.map((one, position) => ({ id: position + 1, ...one }));
}

const variable = (name, query) => ({
  name,
  type: 'query',
  datasource: { type: 'prometheus', uid: '${datasource}' },
  query: { query, refId: name },
  refresh: 2,
  multi: true,
  includeAll: true,
  current: { text: 'All', value: '$__all' },
});

const dashboard = {
  uid: 'mock-server',
  title: 'mock-server',
  tags: ['mock-server'],
  schemaVersion: 39,
  version: 1,
  editable: true,
  refresh: '30s',
  time: { from: 'now-1h', to: 'now' },
  templating: {
    list: [
      { name: 'datasource', type: 'datasource', query: 'prometheus', current: {} },
      variable('job', 'label_values(server_ready, job)'),
      variable('instance', 'label_values(server_ready{job=~"$job"}, instance)'),
    ],
  },
  panels: layOut(),
};

const file = join(dirname(fileURLToPath(import.meta.url)), 'mock-server.json');
writeFileSync(file, `${JSON.stringify(dashboard, null, 2)}\n`);
console.log(`${dashboard.panels.length} panels in ${file}`);
