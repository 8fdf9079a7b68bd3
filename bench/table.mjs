// The figures as text: for the terminal, and as Markdown for the READMEs in both languages.
import { CASE_NAMES } from './cases.mjs';
import { contenders, labelOf } from './contenders.mjs';
import { proxyingRows } from './proxying.mjs';

const whole = value => (value === undefined ? '-' : Math.round(value).toLocaleString('en'));
const fixed = (value, digits) => (value === undefined ? '-' : value.toFixed(digits));
const seconds = ms => fixed(ms === undefined ? undefined : ms / 1_000, 2);

export function casesTable({ cells }) {
  const head = ['case', 'mocks', 'server', 'requests/s', 'p50 ms', 'p99 ms', 'CPU us/request', 'RSS MB'];
  const rows = inOrder(cells).map(cell => [
    cell.title,
    whole(cell.mocks),
    labelOf(cell.contender),
    whole(cell.requestsPerSecond),
    fixed(cell.p50Ms, 2),
    fixed(cell.p99Ms, 2),
    fixed(cell.cpuUs, 1),
    whole(cell.rssMb),
  ]);
  return aligned([head, ...rows], { textColumns: [0, 2] });
}

export function serversTable({ servers }) {
  const head = ['server', 'mocks', 'start s', 'start again s', 'import s', 'RSS MB, started again'];
  const rows = servers.map(server => [
    `${labelOf(server.contender)}${server.kind === 'paths' ? '' : `, ${server.kind}`}`,
    whole(server.mocks),
    seconds(server.startMs),
    seconds(server.restartMs),
    seconds(server.importMs),
    whole(server.restartedRssMb),
  ]);
  return aligned([head, ...rows], { textColumns: [0] });
}

export function proxyingTable(results) {
  const head = ['proxied', 'requests/s', 'p50 ms, one connection', 'p99 ms', 'CPU us/request'];
  const rows = proxyingRows(results).map(row => [
    row.way,
    whole(row.requestsPerSecond),
    fixed(row.aloneMs, 3),
    fixed(row.p99Ms, 2),
    fixed(row.cpuUs, 1),
  ]);
  return aligned([head, ...rows], { textColumns: [0] });
}

export function checksTable(checks) {
  const valueOf = ({ measured, unit }) =>
    measured === undefined ? '-' : `${measured.toFixed(2)}${unit ? ` ${unit}` : ''}`;
  const rows = checks.map(check => [
    check.outcome,
    check.what,
    valueOf(check),
    `${check.sign} ${check.limit}${check.unit ? ` ${check.unit}` : ''}`,
  ]);
  return aligned([['', 'check', 'measured', 'wanted'], ...rows], { textColumns: [0, 1] });
}

const words = {
  en: {
    measured: ({ date, machine, loadTool }) =>
      `Measured on ${date.slice(0, 10)}: ${machineIn(machine, 'cores', 'memory')}; ${loadTool}. Requests per second; for mock-server also latency and CPU time per request. \`npm run bench\` repeats it.`,
    picture: 'Requests per second by number of mocks',
    head: ['case', 'mocks', 'mock-server', 'p50 ms', 'p99 ms', 'CPU µs'],
    servers: ['server', 'mocks', 'ready s', 'import s', 'memory MB'],
    proxied: ['proxied small JSON', 'requests/s', 'p50 ms, one connection', 'p99 ms', 'CPU µs'],
    titles: {},
  },
  zh: {
    measured: ({ date, machine, loadTool }) =>
      `测于 ${date.slice(0, 10)}：${machineIn(machine, '核', '内存')}；${loadTool}。数值为每秒请求数；mock-server 另列延迟与每请求 CPU 时间。可用 \`npm run bench\` 复现。`,
    picture: '每秒请求数与 mock 数量的关系',
    head: ['场景', 'mock 数', 'mock-server', 'p50 ms', 'p99 ms', 'CPU µs'],
    servers: ['服务器', 'mock 数', '就绪 s', '导入 s', '内存 MB'],
    proxied: ['转发小 JSON', '每秒请求数', 'p50 ms（单连接）', 'p99 ms', 'CPU µs'],
    titles: {
      static: '静态命中',
      template: '路径模板命中',
      oldest: '最早的 mock',
      field: '同一路径，按 JSON 字段区分',
      templated: '模板响应：uuid、路径、查询、日期',
      jsonPath: '同一路径，按 1 KB 请求体中的 JSONPath 区分',
      scenario: '场景步进',
      body: '20 KB JSON 请求体匹配',
      miss: '未命中',
    },
  },
};

function machineIn({ cpu, cores, memoryGb, node }, coresWord, memoryWord) {
  return `${cpu}, ${cores} ${coresWord}, ${memoryGb} GB ${memoryWord}, Node ${node}`;
}

/** What stands between the README's bench marks. `language`: 'en' or 'zh'. */
export function readmeBlock(results, language) {
  const say = words[language];
  return [
    say.measured(results),
    `![${say.picture}](bench/results/latest.svg)`,
    markdown(readmeCases(results, say)),
    markdown([say.servers, ...readmeServers(results)]),
    ...(results.proxying === undefined ? [] : [markdown([say.proxied, ...readmeProxied(results)])]),
  ].join('\n\n');
}

function readmeCases({ cells }, say) {
  const others = Object.keys(contenders).filter(
    name => name !== 'mock-server' && cells.some(cell => cell.contender === name),
  );
  const find = (contender, like) =>
    cells.find(cell => cell.contender === contender && cell.case === like.case && cell.mocks === like.mocks);
  const rows = inOrder(cells)
    .filter(cell => cell.contender === 'mock-server')
    .map(cell => [
      say.titles[cell.case] ?? cell.title,
      whole(cell.mocks),
      `**${whole(cell.requestsPerSecond)}**`,
      fixed(cell.p50Ms, 2),
      fixed(cell.p99Ms, 2),
      fixed(cell.cpuUs, 1),
      ...others.map(name => whole(find(name, cell)?.requestsPerSecond)),
    ]);
  return [[...say.head, ...others.map(labelOf)], ...rows];
}

function readmeProxied(results) {
  return proxyingRows(results).map(row => [
    row.way,
    whole(row.requestsPerSecond),
    fixed(row.aloneMs, 2),
    fixed(row.p99Ms, 2),
    fixed(row.cpuUs, 1),
  ]);
}

function readmeServers({ servers, cells }) {
  const rssOf = server =>
    cells.find(cell => cell.case === 'static' && cell.contender === server.contender && cell.mocks === server.mocks)
      ?.rssMb;
  const order = Object.keys(contenders);
  return servers
    .filter(server => server.kind === 'paths')
    .toSorted((one, other) => order.indexOf(one.contender) - order.indexOf(other.contender) || one.mocks - other.mocks)
    .map(server => [
      labelOf(server.contender),
      whole(server.mocks),
      seconds(server.restartMs ?? server.startMs),
      seconds(server.importMs),
      whole(rssOf(server)),
    ]);
}

function inOrder(cells) {
  const servers = Object.keys(contenders);
  return cells.toSorted(
    (one, other) =>
      CASE_NAMES.indexOf(one.case) - CASE_NAMES.indexOf(other.case) ||
      one.mocks - other.mocks ||
      servers.indexOf(one.contender) - servers.indexOf(other.contender),
  );
}

function aligned(rows, { textColumns }) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  return rows
    .map(row =>
      row
        .map((text, column) =>
          textColumns.includes(column) ? text.padEnd(widths[column]) : text.padStart(widths[column]),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function markdown([head, ...rows]) {
  const line = row => `| ${row.join(' | ')} |`;
  const numbers = head.map((_, column) => (column === 0 ? '---' : '--:'));
  return [line(head), line(numbers), ...rows.map(line)].join('\n');
}
