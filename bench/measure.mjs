// Measures one group of the plan: starts its members, lets them take turns under load, and stops them.
import { REPLY_BODY, caseOf, mocksOf } from './cases.mjs';
import { contenders, labelOf } from './contenders.mjs';
import { putUnderLoad } from './load.mjs';
import { cpuSecondsOf, residentMbOf, untilIdle } from './process-figures.mjs';

/** @returns { cells, servers, failures }: figures a case, figures a server, and sentences about what went wrong. */
export async function measureGroup(group, say) {
  const failures = [];
  const notes = { failures, say };
  const members = [];
  try {
    const wanted = group.members.filter(({ contender }) => group.cases.some(name => contenders[contender].plays(name)));
    for (const member of wanted) {
      const server = await attempt(notes, member, () => startMember(member, say));
      if (server !== undefined) members.push({ ...member, server, isCold: true });
    }
    const cells = [];
    for (const name of group.cases) {
      const playing = members.filter(member => contenders[member.contender].plays(name));
      cells.push(...(await measureCase({ name, members: playing, group, notes })));
    }
    const servers = [];
    for (const member of members) {
      const figures = await attempt(notes, member, () => serverFigures(member, say));
      if (figures !== undefined) servers.push(figures);
    }
    return { cells, servers, failures };
  } finally {
    for (const { server } of members) await server.close();
  }
}

const describe = ({ contender, size }) => `${labelOf(contender)}, ${size.toLocaleString('en')} mocks`;

/** A contender that fails is reported and left out; the others go on. */
async function attempt({ failures, say }, member, work) {
  try {
    return await work();
  } catch (error) {
    failures.push({ contender: member.contender, message: `${describe(member)}: ${error.message}` });
    say(failures.at(-1).message);
    return undefined;
  }
}

async function startMember({ contender, kind, size }, say) {
  const server = await contenders[contender].start(mocksOf({ kind, size }));
  const imported = server.importMs === undefined ? '' : `, mocks imported in ${(server.importMs / 1_000).toFixed(1)} s`;
  say(`${describe({ contender, size })}: started in ${Math.round(server.startMs)} ms${imported}`);
  return server;
}

async function measureCase({ name, members, group, notes }) {
  let playing = [];
  for (const member of members) {
    const load = { member, ...caseOf(name, member.size), rounds: [] };
    const isReady = await attempt(notes, member, () => prepare(load, group));
    if (isReady) playing.push(load);
  }
  const rounds = group.roundsOf?.[name] ?? group.rounds;
  for (let round = 0; round < rounds; round += 1) {
    for (const load of playing) {
      const figures = await attempt(notes, load.member, () => measureRound(load, group.seconds));
      if (figures !== undefined) load.rounds.push(figures);
      await untilIdle(load.member.server.pid);
    }
    playing = playing.filter(load => load.rounds.length > round);
  }
  const cells = playing.map(toCell);
  for (const cell of cells) {
    notes.say(
      `${cell.title}, ${describe({ ...cell, size: cell.mocks })}: ${Math.round(cell.requestsPerSecond).toLocaleString('en')} requests/s`,
    );
  }
  return cells;
}

async function prepare(load, group) {
  await expectRightAnswers(load);
  await warmUp(load, group);
  await untilIdle(load.member.server.pid);
  return true;
}

/** Only right answers count: the first and the last request of the case are asked and looked at. */
async function expectRightAnswers({ member, requests, status, isRight }) {
  const { isFloor = false } = contenders[member.contender];
  for (const { method, path, body } of [requests[0], requests.at(-1)]) {
    const response = await fetch(`http://127.0.0.1:${member.server.port}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'Content-Type': 'application/json' } }),
    });
    const text = await response.text();
    if (response.status !== status || (status === 200 && !(isFloor ? text === REPLY_BODY : isRight(text)))) {
      throw new Error(
        `${method} ${path} was answered ${response.status} ${JSON.stringify(text.slice(0, 200))}, expected ${status}`,
      );
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
  if (load.failed + wrong > 0)
    throw new Error(`${load.failed} requests failed and ${wrong} got a wrong status, of ${load.requests}`);
  return {
    requestsPerSecond: load.requests / load.seconds,
    p50Ms: load.p50Ms,
    p99Ms: load.p99Ms,
    cpuUs: cpuBefore === undefined ? undefined : ((cpuAfter - cpuBefore) / load.requests) * 1e6,
  };
}

/** The median of each figure, the memory held when the case is over, and the rounds themselves, from which ratios are taken pair by pair. */
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
    rssMb: residentMbOf(member.server.pid),
    rounds,
  };
}

/** What the start took, and what it takes to start again with the mocks, where a contender keeps them. */
async function serverFigures({ contender, kind, size, server }, say) {
  const figures = {
    contender,
    kind,
    mocks: size,
    startMs: server.startMs,
    importMs: server.importMs,
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
