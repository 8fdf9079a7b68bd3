// The console's page until the single-page app comes. Whatever the server says is shown as text, never as markup or as a link target.
'use strict';

const mocksPerPage = 100;
const latestRequests = 20;
const refreshMs = 5_000;
const answerWithinMs = 10_000;

const byId = id => document.getElementById(id);
const show = (id, isShown) => (byId(id).hidden = !isShown);
const setText = (id, text) => {
  if (byId(id).textContent !== text) byId(id).textContent = text;
};

const address = new URL(location.href);
const wanted = address.searchParams.get('workspace') ?? '';
let workspace = /^[a-z0-9-]{1,63}$/i.test(wanted) ? wanted : 'default';
let offset = 0;

// --- asking the server

const get = path =>
  fetch(path, {
    headers: { accept: 'application/json', 'x-mock-workspace': workspace },
    signal: window.AbortSignal.timeout(answerWithinMs),
  });

async function ask(path) {
  let answer = await get(path);
  if (answer.status === 401) {
    if (await window.renewSignIn()) answer = await get(path);
    else location.reload(); // to the sign-in
  }
  const body = await answer.json().catch(() => undefined);
  // The health page answers 503 with a report: that is an answer too.
  if (answer.ok || path === '/health') return body;
  throw new Error(body?.detail || body?.title || `${path} answered ${answer.status}`);
}

/** In words; a failed fetch says only "Failed to fetch". */
function explain(error) {
  if (error.name === 'TimeoutError') return 'The server takes too long to answer. Trying again.';
  if (error instanceof TypeError) return 'The server does not answer. What you see may be old; trying again.';
  return error.message;
}

// --- small pieces of the page

function element(tag, { text, className, children = [] } = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  made.append(...children);
  return made;
}

/** Only to the server's own admin API; the id is escaped, so it cannot lead elsewhere. */
function adminLink(path, id, text) {
  const link = element('a', { text });
  link.href = `/__w/${encodeURIComponent(workspace)}/__admin/${path}/${encodeURIComponent(id)}`;
  return link;
}

const cell = (className, text, children) => element('td', { className, text, children });
const shorten = (text = '') => (text.length > 300 ? `${text.slice(0, 300)}…` : text);
const classOfStatus = status => ['', '', 'good', '', 'warn', 'bad'][Math.floor(status / 100)] ?? '';

const shown = new Map();
/** Draws only what changed, so that a refresh does not take the focus away. */
function draw(name, data, work) {
  const key = JSON.stringify(data);
  if (shown.get(name) === key) return;
  shown.set(name, key);
  work();
}

// --- mocks

const urlKinds = [
  ['url', ''],
  ['urlPath', ''],
  ['urlPathTemplate', 'template'],
  ['urlPattern', 'pattern'],
  ['urlPathPattern', 'pattern'],
];

function methodText(method) {
  if (method && typeof method === 'object') {
    if (Array.isArray(method.oneOf)) return method.oneOf.join(' ');
    if (Array.isArray(method.noneOf)) return `not ${method.noneOf.join(' ')}`;
  }
  return String(method ?? 'ANY');
}

function urlCell(request = {}) {
  const [field, kind] = urlKinds.find(([name]) => typeof request[name] === 'string') ?? [];
  if (!field) return cell('url', 'any URL');
  const made = cell('url', shorten(request[field]));
  if (kind) made.append(element('span', { className: 'kind', text: kind }));
  return made;
}

function mockRow(mock) {
  const { id, name, request, response, priority, enabled } = mock;
  const label = name ? adminLink('mappings', id, name) : adminLink('mappings', id, String(id).slice(0, 8));
  if (!name) label.className = 'unnamed';
  const status = response?.status ?? 200;
  return element('tr', {
    className: enabled === false ? 'is-off' : '',
    children: [
      cell('method', methodText(request?.method)),
      urlCell(request),
      cell('name', undefined, [label]),
      cell('priority number', String(priority ?? 5)),
      cell(`status number ${classOfStatus(status)}`, String(status)),
      cell('state', enabled === false ? 'Disabled' : 'Enabled'),
    ],
  });
}

async function refreshMocks() {
  const asked = { workspace, offset };
  const { mappings = [], meta } = await ask(`/__admin/mappings?limit=${mocksPerPage}&offset=${offset}`);
  if (asked.workspace !== workspace || asked.offset !== offset) return;
  const total = meta?.total ?? mappings.length;
  if (mappings.length === 0 && offset > 0) return goTo(Math.max(0, offset - mocksPerPage));
  setText('mock-count', total.toLocaleString());
  setText('mock-detail', `in workspace ${workspace}`);
  draw('mocks', [asked, total, mappings], () => {
    show('mocks-frame', total > 0);
    show('mocks-empty', total === 0);
    setText('mocks-empty', 'No mocks yet. The commands below make the first one.');
    byId('mocks').replaceChildren(...mappings.map(mockRow));
    show('pager', total > mocksPerPage);
    setText(
      'page',
      `${(offset + 1).toLocaleString()} to ${(offset + mappings.length).toLocaleString()} of ${total.toLocaleString()}`,
    );
    byId('newer').disabled = offset === 0;
    byId('older').disabled = offset + mappings.length >= total;
  });
}

function goTo(newOffset) {
  offset = newOffset;
  return part(refreshMocks);
}

// --- requests

const answerers = { proxy: 'The backend', ai: 'AI', none: 'Nothing: no mock matched' };

function answeredBy({ source, stubMapping, wasMatched }) {
  if (stubMapping?.id)
    return [adminLink('mappings', stubMapping.id, stubMapping.name || String(stubMapping.id).slice(0, 8))];
  return [answerers[source] ?? (wasMatched ? 'A mock' : answerers.none)];
}

function requestRow(exchange) {
  const { request = {}, response = {} } = exchange;
  const time = element('time', { text: new Date(request.loggedDate).toLocaleTimeString([], { hourCycle: 'h23' }) });
  if (request.loggedDateString) time.dateTime = request.loggedDateString;
  return element('tr', {
    children: [
      cell('time', undefined, [time]),
      cell('method', request.method),
      cell('url', shorten(request.url)),
      cell(`status number ${classOfStatus(response.status)}`, String(response.status ?? '')),
      cell('by', undefined, answeredBy(exchange)),
    ],
  });
}

async function refreshRequests() {
  const asked = workspace;
  const { requests = [] } = await ask(`/__admin/requests?limit=${latestRequests}`);
  if (asked !== workspace) return;
  draw('requests', requests.map(({ id }) => id).concat(workspace), () => {
    show('requests-frame', requests.length > 0);
    show('requests-empty', requests.length === 0);
    setText('requests-empty', 'Nothing came in yet.');
    byId('requests').replaceChildren(...requests.map(requestRow));
  });
}

// --- the status strip

const serverStates = {
  ok: ['good', 'Ready'],
  degraded: ['warn', 'Degraded'],
  error: ['bad', 'Not ready'],
  shutting_down: ['bad', 'Shutting down'],
};
const partStates = { up: ['good', 'Up'], degraded: ['warn', 'Down'], down: ['bad', 'Down'] };

function setState(name, [tone, text] = ['', 'Unknown'], detail = '') {
  byId(`${name}-dot`).className = `dot ${tone}`;
  setText(`${name}-state`, text);
  setText(`${name}-detail`, detail);
}

async function refreshHealth() {
  let health;
  try {
    health = await ask('/health');
  } catch (error) {
    setState('server', ['bad', 'No answer']);
    setState('database');
    throw error;
  }
  const { status, details = {} } = health ?? {};
  // The database has a field of its own beside this one.
  const troubled = Object.entries(details).find(
    ([name, detail]) => name !== 'database' && detail?.status !== 'up',
  )?.[1];
  setState('server', serverStates[status], (troubled ?? details.server)?.message);
  setState('database', partStates[details.database?.status], details.database?.message);
}

// --- workspaces, version, commands: once

async function loadWorkspaces() {
  const { workspaces = [] } = await ask('/__admin/workspaces');
  show('workspace-field', workspaces.length > 1 || workspace !== 'default');
  const options = workspaces.map(({ slug, name }) => {
    const option = element('option', { text: name && name !== slug ? `${name} (${slug})` : slug });
    option.value = slug;
    option.selected = slug === workspace;
    return option;
  });
  byId('workspace').replaceChildren(...options);
}

async function loadVersion() {
  const { version } = await ask('/__admin/version');
  setText('version', String(version));
}

/** Behind a proxy the port may be another one; the server knows only its own. */
async function findTrafficUrl() {
  const { trafficPort } = await ask('/console.json').catch(() => ({ trafficPort: 4000 }));
  return `http://${location.hostname}:${trafficPort}`;
}

async function writeCommands() {
  const trafficUrl = await findTrafficUrl();
  const header = workspace === 'default' ? '' : ` -H 'X-Mock-Workspace: ${workspace.replaceAll("'", '')}'`;
  const mapping = '{"request":{"method":"GET","urlPath":"/hello"},"response":{"jsonBody":{"message":"Hello"}}}';
  setText('traffic-url', trafficUrl);
  const create = [
    `curl ${location.origin}/__admin/mappings${header}`,
    "-H 'Content-Type: application/json'",
    `-d '${mapping}'`,
  ];
  setText('try', `${create.join(' \\\n  ')}\n\ncurl ${trafficUrl}/hello${header}`);
}

// --- keeping it fresh

const failures = new Map();
/** What is asked until it was answered one time. */
const once = new Set([loadWorkspaces, loadVersion]);

/** One part that fails leaves the others alone, and says why. */
async function part(work) {
  try {
    await work();
    failures.delete(work);
    once.delete(work);
  } catch (error) {
    failures.set(work, explain(error));
  }
  const sentences = [...new Set(failures.values())];
  show('notice', sentences.length > 0);
  setText('notice', sentences.join(' '));
  for (const [name, refreshPart] of Object.entries({ mocks: refreshMocks, requests: refreshRequests })) {
    if (!shown.has(name) && failures.has(refreshPart)) setText(`${name}-empty`, 'Could not be read from the server.');
  }
}

const refresh = () => Promise.all([refreshHealth, refreshMocks, refreshRequests, ...once].map(part));

async function keepFresh() {
  if (!document.hidden) await refresh();
  window.setTimeout(keepFresh, refreshMs);
}

function start() {
  byId('newer').addEventListener('click', () => goTo(Math.max(0, offset - mocksPerPage)));
  byId('older').addEventListener('click', () => goTo(offset + mocksPerPage));
  byId('workspace').addEventListener('change', event => {
    workspace = event.target.value;
    offset = 0;
    address.searchParams.set('workspace', workspace);
    window.history.replaceState(null, '', address);
    void writeCommands();
    void refresh();
  });
  if (window.navigator.clipboard) {
    show('copy', true);
    byId('copy').addEventListener('click', async () => {
      await window.navigator.clipboard.writeText(byId('try').textContent).then(
        () => setText('copy', 'Copied'),
        () => setText('copy', 'Select and copy by hand'),
      );
      window.setTimeout(() => setText('copy', 'Copy'), 2_000);
    });
  }
  document.addEventListener('visibilitychange', () => !document.hidden && void refresh());
  void writeCommands();
  void keepFresh();
}

void window.admitted.then(start);
