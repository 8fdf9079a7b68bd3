// The picture: requests per second against the number of mocks, both on logarithmic scales. Plain SVG that brings its
// own background, and turns dark with the reader's colour scheme.
import { labelOf } from './contenders.mjs';

const PANEL = { width: 420, height: 310, left: 62, right: 28, top: 74, bottom: 48 };
const MARGIN = 16;
const LEGEND_STEP = 104;
const lines = ['mock-server', 'wiremock', 'mockoon'];
const panels = [
  { name: 'static', title: 'Static hit' },
  { name: 'template', title: 'Path-template hit' },
];

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 15px; font-weight: 600 }
  .quiet { fill: #57606a }
  .paper { fill: #ffffff }
  .grid { stroke: #d8dee4; stroke-width: 1 }
  .line { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .floor { stroke: #6e7781; stroke-width: 1.5; stroke-dasharray: 5 4 }
  .mock-server { stroke: #0969da } .fill-mock-server { fill: #0969da }
  .wiremock { stroke: #bc4c00 } .fill-wiremock { fill: #bc4c00 }
  .mockoon { stroke: #8250df } .fill-mockoon { fill: #8250df }
  .value { stroke: #ffffff; stroke-width: 3; paint-order: stroke }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .value { stroke: #0d1117 }
    .paper { fill: #0d1117 }
    .grid { stroke: #30363d }
    .floor { stroke: #9198a1 }
    .mock-server { stroke: #58a6ff } .fill-mock-server { fill: #58a6ff }
    .wiremock { stroke: #f0883e } .fill-wiremock { fill: #f0883e }
    .mockoon { stroke: #bc8cff } .fill-mockoon { fill: #bc8cff }
  }`;

/** The picture as SVG text. Cases that were not measured leave their panel out. */
export function drawChart({ cells, date, machine }) {
  const drawn = panels.filter(({ name }) => cells.some(cell => cell.case === name && lines.includes(cell.contender)));
  const width = MARGIN * 2 + PANEL.width * Math.max(1, drawn.length);
  const height = MARGIN * 2 + PANEL.height + 24;
  const caption = `Requests per second by number of mocks, logarithmic. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${date.slice(0, 10)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(caption)}">`,
    `<style>${style}\n</style>`,
    `<rect class="paper" width="${width}" height="${height}" rx="6"/>`,
    ...drawn.map((panel, index) => drawPanel({ ...panel, cells, x: MARGIN + index * PANEL.width, y: MARGIN })),
    text({ x: MARGIN + 8, y: height - MARGIN, className: 'quiet' }, caption),
    '</svg>\n',
  ].join('\n');
}

function drawPanel({ name, title, cells, x, y }) {
  const found = cells.filter(cell => cell.case === name && lines.includes(cell.contender));
  const floor = cells.find(cell => cell.contender === 'node:http');
  const scale = scalesFor(floor === undefined ? found : [...found, floor]);
  return [
    `<g transform="translate(${x} ${y})">`,
    text({ x: PANEL.left, y: 22, className: 'title' }, title),
    ...drawLegend(found),
    ...drawGrid(scale),
    ...(floor === undefined ? [] : drawFloor(scale.y(floor.requestsPerSecond))),
    ...drawLines(found, scale),
    '</g>',
  ].join('\n');
}

function scalesFor(cells) {
  const exponents = values => values.map(value => Math.log10(value));
  const mocks = exponents(cells.map(cell => cell.mocks));
  const speeds = exponents(cells.map(cell => cell.requestsPerSecond));
  const [fromX, toX] = [
    Math.floor(Math.min(...mocks)),
    Math.max(Math.ceil(Math.max(...mocks)), Math.floor(Math.min(...mocks)) + 1),
  ];
  const [fromY, toY] = [Math.floor(Math.min(...speeds)), Math.ceil(Math.max(...speeds))];
  const innerWidth = PANEL.width - PANEL.left - PANEL.right;
  const innerHeight = PANEL.height - PANEL.top - PANEL.bottom;
  return {
    xTicks: powersOfTen(fromX, toX),
    yTicks: powersOfTen(fromY, toY),
    x: value => PANEL.left + ((Math.log10(value) - fromX) / (toX - fromX)) * innerWidth,
    y: value => PANEL.top + ((toY - Math.log10(value)) / (toY - fromY)) * innerHeight,
  };
}

const powersOfTen = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));

function drawGrid({ xTicks, yTicks, x, y }) {
  const [left, right] = [PANEL.left, PANEL.width - PANEL.right];
  const bottom = PANEL.height - PANEL.bottom;
  return [
    ...yTicks.flatMap(tick => [
      `<line class="grid" x1="${left}" x2="${right}" y1="${round(y(tick))}" y2="${round(y(tick))}"/>`,
      text({ x: left - 8, y: y(tick) + 4, className: 'quiet', anchor: 'end' }, tick.toLocaleString('en')),
    ]),
    ...xTicks.map(tick =>
      text({ x: x(tick), y: bottom + 20, className: 'quiet', anchor: 'middle' }, tick.toLocaleString('en')),
    ),
    text({ x: (left + right) / 2, y: bottom + 38, className: 'quiet', anchor: 'middle' }, 'mocks'),
  ];
}

const drawFloor = at => [
  `<line class="floor" x1="${PANEL.left}" x2="${PANEL.width - PANEL.right}" y1="${round(at)}" y2="${round(at)}"/>`,
  text({ x: PANEL.left + 4, y: at - 6, className: 'quiet' }, labelOf('node:http')),
];

function drawLines(cells, { x, y }) {
  const drawn = lines
    .map(contender => ({
      contender,
      points: cells
        .filter(cell => cell.contender === contender)
        .sort((one, other) => one.mocks - other.mocks)
        .map(cell => ({ x: x(cell.mocks), y: y(cell.requestsPerSecond), value: cell.requestsPerSecond })),
    }))
    .filter(({ points }) => points.length > 0);
  return [
    ...drawn.flatMap(({ contender, points }) => [
      `<polyline class="line ${contender}" points="${points.map(point => `${round(point.x)},${round(point.y)}`).join(' ')}"/>`,
      ...points.map(
        point => `<circle class="fill-${contender}" cx="${round(point.x)}" cy="${round(point.y)}" r="3.5"/>`,
      ),
      ...points.map(point =>
        text({ x: point.x, y: point.y + 18, className: 'value', anchor: 'middle' }, short(point.value)),
      ),
    ]),
  ];
}

function drawLegend(cells) {
  const shown = lines.filter(contender => cells.some(cell => cell.contender === contender));
  return shown.flatMap((contender, index) => {
    const x = PANEL.left + index * LEGEND_STEP;
    return [
      `<circle class="fill-${contender}" cx="${x + 4}" cy="38" r="4"/>`,
      text({ x: x + 14, y: 42, className: '' }, labelOf(contender)),
    ];
  });
}

const short = value =>
  value >= 1_000 ? `${(value / 1_000).toFixed(value >= 10_000 ? 0 : 1)}k` : String(Math.round(value));
const round = value => Math.round(value * 10) / 10;
const escaped = words => words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

function text({ x, y, className, anchor = 'start' }, words) {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}" text-anchor="${anchor}">${escaped(words)}</text>`;
}
