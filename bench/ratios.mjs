// What the figures must be. Ratios are taken between rounds that followed each other, and their median counts.
import { median } from './measure.mjs';
import { proxyingChecks } from './proxying.mjs';

const atLeast = limit => ({ limit, holds: value => value >= limit, sign: '≥' });
const atMost = limit => ({ limit, holds: value => value <= limit, sign: '≤' });

const cell = (contender, name, mocks) => ({ contender, case: name, mocks });
const ours = (name, mocks) => cell('mock-server', name, mocks);

const checks = [
  {
    what: 'static hit: requests/s, as a share of bare node:http',
    ...atLeast(0.75),
    value: ratioOf('requestsPerSecond', ours('static', 10), cell('node:http', 'static', 10)),
  },
  {
    what: 'static hit: CPU per request with 100,000 mocks over that with 10',
    ...atMost(1.15),
    value: ratioOf('cpuUs', ours('static', 100_000), ours('static', 10)),
  },
  {
    what: 'static hit, 10 mocks: requests/s over WireMock',
    ...atLeast(2.3),
    value: ratioOf('requestsPerSecond', ours('static', 10), cell('wiremock', 'static', 10)),
  },
  {
    what: 'path-template hits spread over 1,000 mocks: requests/s over WireMock',
    ...atLeast(12),
    value: ratioOf('requestsPerSecond', ours('template', 1_000), cell('wiremock', 'template', 1_000)),
  },
  {
    what: 'oldest of 1,000 mocks: requests/s over WireMock',
    ...atLeast(25),
    value: ratioOf('requestsPerSecond', ours('oldest', 1_000), cell('wiremock', 'oldest', 1_000)),
  },
  {
    what: 'one path, told apart by a JSON field: CPU per request with 1,000 mocks over that with one',
    ...atMost(2),
    value: ratioOf('cpuUs', ours('field', 1_000), ours('field', 1)),
  },
  {
    what: 'templated reply: requests/s, as a share of bare node:http',
    ...atLeast(0.45),
    value: ratioOf('requestsPerSecond', ours('templated', 1), cell('node:http', 'templated', 1)),
  },
  {
    what: 'templated reply: requests/s over WireMock',
    ...atLeast(1.5),
    value: ratioOf('requestsPerSecond', ours('templated', 1), cell('wiremock', 'templated', 1)),
  },
  {
    what: 'one path, 20 mocks told apart by JSONPath: requests/s over WireMock',
    ...atLeast(1.8),
    value: ratioOf('requestsPerSecond', ours('jsonPath', 20), cell('wiremock', 'jsonPath', 20)),
  },
  {
    what: 'one path, 1,000 mocks told apart by JSONPath: requests/s over WireMock',
    ...atLeast(20),
    value: ratioOf('requestsPerSecond', ours('jsonPath', 1_000), cell('wiremock', 'jsonPath', 1_000)),
  },
  {
    what: 'scenario step: requests/s, as a share of bare node:http',
    ...atLeast(0.5),
    value: ratioOf('requestsPerSecond', ours('scenario', 2), cell('node:http', 'scenario', 2)),
  },
  { what: 'RSS with 1,000 mocks, after static hits', ...atMost(180), unit: 'MB', value: rssOf(ours('static', 1_000)) },
  {
    what: 'RSS with 100,000 mocks, after static hits',
    ...atMost(450),
    unit: 'MB',
    value: rssOf(ours('static', 100_000)),
  },
  { what: 'ready with 1,000 mocks on SQLite', ...atMost(1.5), unit: 's', value: serverSeconds('restartMs', 1_000) },
  { what: '100,000 mocks imported', ...atMost(20), unit: 's', value: serverSeconds('importMs', 100_000) },
  ...proxyingChecks,
];

/** Each check with the measured value, and whether it holds: 'pass', 'fail' or 'not measured'. */
export function checkRatios(results) {
  return checks.map(({ what, sign, limit, unit, holds, value }) => {
    const measured = value(results);
    const outcome = measured === undefined ? 'not measured' : holds(measured) ? 'pass' : 'fail';
    return { what, sign, limit, unit, measured, outcome };
  });
}

function ratioOf(figure, above, below) {
  return ({ cells }) => {
    const [one, other] = [findCell(cells, above), findCell(cells, below)];
    if (one === undefined || other === undefined) return undefined;
    // JSON has no undefined: a figure that this machine cannot measure comes back missing.
    if (one[figure] === undefined || other[figure] === undefined) return undefined;
    return median(one.rounds.map((round, at) => round[figure] / other.rounds[at][figure]));
  };
}

const findCell = (cells, wanted) =>
  cells.find(found => Object.entries(wanted).every(([field, value]) => found[field] === value));

function rssOf(wanted) {
  return ({ cells }) => findCell(cells, wanted)?.rssMb;
}

function serverSeconds(figure, mocks) {
  return ({ servers }) => {
    const server = servers.find(
      ({ contender, kind, mocks: held }) => contender === 'mock-server' && kind === 'paths' && held === mocks,
    );
    return server?.[figure] === undefined ? undefined : server[figure] / 1_000;
  };
}
