// Measures one group of the plan: starts its members, lets them take turns under load, and stops them.
import { REPLY_BODY, caseOf, mocksOf } from './cases.mjs';
import { contenders, labelOf } from './contenders.mjs';
import { putUnderLoad } from './load.mjs';
import { cpuSecondsOf, residentMbOf } from './process-figures.mjs';

/** @returns { cells, servers, failures }: figures a case, figures a server, and sentences about what went wrong. */
export async function measureGroup(group, say) {
  const failures = [];
  const members = [];
  try {
    for (const member of group.members) {
      const server = await attempt(failures, member, () => startMember(member, say));
      if (server !== undefined) members.push({ ...member, server, isCold: true });
    }
    const cells = [];
    for (const name of group.cases) {
      const playing = members.filter(member => contenders[member.contender].plays(name));
      cells.push(...(await measureCase({ name, members: playing, group, failures, say })));
    }
    const servers = [];
    for (const member of members) servers.push(await serverFigures(member, say));
    return { cells, servers, failures };
  } finally {
    for (const { server } of members) await server.close();
  }
}

const describe = ({ contender, size }) => `${labelOf(contender)}, ${size.toLocaleString('en')} mocks`;

/** A contender that fails is reported and left out; the others go on. */
async function attempt(failures, member, work) {
  try {
    return await work();
  } catch (error) {
    failures.push({ contender: member.contender, message: `${describe(member)}: ${error.message}` });
    return undefined;
  }
}

async function startMember({ contender, kind, size }, say) {
  const server = await contenders[contender].start(mocksOf({ kind, size }));
  const imported = server.importMs === undefined ? '' : `, mocks imported in ${(server.importMs / 1_000).toFixed(1)} s`;
  say(`${describe({ contender, size })}: started in ${Math.round(server.startMs)} ms${imported}`);
  return server;
}

async function measureCase({ name, members, group, failures, say }) {
  const ready = [];
  for (const member of members) {
    const load = { member, ...caseOf(name, member.size) };
    const isRight = await attempt(failures, member, async () => {
      await expectRightAnswers(load);
      await warmUp(load, group);
      return true;
    });
    if (isRight) ready.push({ ...load, rounds: [] });
  }
  for (let round = 0; round < group.rounds; round += 1) {
    for (const load of ready) {
      const figures = await attempt(failures, load.member, () => measureRound(load, group.seconds));
      if (figures !== undefined) load.rounds.push(figures);
    }
  }
  const cells = ready.filter(load => load.rounds.length === group.rounds).map(toCell);
  for (const cell of cells) {
    say(`${cell.title}, ${describe({ ...cell, size: cell.mocks })}: ${Math.round(cell.requestsPerSecond).toLocaleString('en')} requests/s`);
  }
  return cells;
}

/** Only right answers count: the first and the last request of the case are asked and looked at. */
async function expectRightAnswers({ member, requests, status }) {
  for (const { method, path, body } of [requests[0], requests.at(-1)]) {
    const response = await fetch(`http://127.0.0.1:${member.server.port}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
    });
    const text = await response.text();
    if (response.status !== status || (status === 200 && text !== REPLY_BODY)) {
      throw new Error(`${method} ${path} was answered ${response.status} ${JSON.stringify(text.slice(0, 200))}, expected ${status}`);
    }
  }
}

async function warmUp({ member, requests }, { isQuick }) {
  const { firstSeconds, furtherSeconds } = contenders[member.contender].warmUp;
  const seconds = isQuick ? 1 : member.isCold ? firstSeconds : furtherSeconds;
  await putUnderLoad({ port: member.server.port, requests, seconds });
  member.isCold = false;
}

async function measureRound({ member, requests, status }, seconds) {
  const { pid, port } = member.server;
  const cpuBefore = cpuSecondsOf(pid);
  const load = await putUnderLoad({ port, requests, seconds });
  const cpuAfter = cpuSecondsOf(pid);
  const wrong = status >= 400 ? load.requests - load.from400 : load.from400;
  if (load.requests === 0) throw new Error('answered no request at all');
  if (load.failed + wrong > 0) throw new Error(`${load.failed} requests failed and ${wrong} got a wrong status, of ${load.requests}`);
  return {
    requestsPerSecond: load.requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuUs: cpuBefore === undefined ? undefined : ((cpuAfter - cpuBefore) / load.requests) * 1e6,
  };
}

/** The median of each figure, and the rounds themselves, from which ratios are taken pair by pair. */
function toCell({ member, name, title, rounds }) {
  const medianOf = figure => median(rounds.map(round => round[figure]));
  return {
    contender: member.contender,
    case: name,
    title,
    mocks: member.size,
    requestsPerSecond: medianOf('requestsPerSecond'),
    p50Ms: medianOf('p50Ms'),
    p99Ms: medianOf('p99Ms'),
    cpuUs: medianOf('cpuUs'),
    rounds,
  };
}

/** Memory under load, then what it takes to start again with the mocks where a contender keeps them. */
async function serverFigures({ contender, kind, size, server }, say) {
  const figures = {
    contender,
    kind,
    mocks: size,
    startMs: server.startMs,
    importMs: server.importMs,
    loadedRssMb: residentMbOf(server.pid),
  };
  if (server.restart === undefined) return figures;
  const restarts = [];
  for (let time = 0; time < 3; time += 1) restarts.push(await server.restart(residentMbOf));
  const restartMs = median(restarts.map(restart => restart.startMs));
  say(`${describe({ contender, size })}: ready again in ${Math.round(restartMs)} ms`);
  return { ...figures, restartMs, restartedRssMb: median(restarts.map(restart => restart.rssMb)) };
}

export function median(numbers) {
  if (numbers.length === 0 || numbers.includes(undefined)) return undefined;
  const sorted = numbers.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
