// What a process and its children have cost so far, from /proc. Elsewhere than on Linux the figures are undefined.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_WITHIN_MS = 15_000;
const IDLE_LOOK_MS = 100;
const IDLE_CPU_SECONDS = 0.02;

const canMeasure = existsSync('/proc/self/stat');
const ticksPerSecond = canMeasure ? Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' })) : 0;

/** CPU time that the process and its living descendants have used, in seconds. */
export function cpuSecondsOf(pid) {
  if (!canMeasure) return undefined;
  return sum(familyOf(pid).map(ticksOf)) / ticksPerSecond;
}

/** Memory that the process and its living descendants hold, in megabytes (1,048,576 bytes). */
export function residentMbOf(pid) {
  if (!canMeasure) return undefined;
  return sum(familyOf(pid).map(residentKbOf)) / 1_024;
}

/** The most memory that the process itself has held since it began, in megabytes. */
export function peakResidentMbOf(pid) {
  const status = readProc(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** Resolves when the process rests: work that it has left from one load must not slow the next contender's. */
export async function untilIdle(pid) {
  if (!canMeasure) return;
  const deadline = performance.now() + IDLE_WITHIN_MS;
  let before = cpuSecondsOf(pid);
  while (performance.now() < deadline) {
    await delay(IDLE_LOOK_MS);
    const now = cpuSecondsOf(pid);
    if (now - before <= IDLE_CPU_SECONDS) return;
    before = now;
  }
}

function familyOf(pid) {
  const children = readProc(() =>
    readdirSync(`/proc/${pid}/task`).flatMap(task =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
    ),
  );
  return [pid, ...(children ?? []).flatMap(familyOf)];
}

function ticksOf(pid) {
  const stat = readProc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  if (stat === undefined) return 0;
  // The second field is the program's name, which may contain spaces and brackets: count from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [userTicks, systemTicks] = [fields[11], fields[12]];
  return Number(userTicks) + Number(systemTicks);
}

function residentKbOf(pid) {
  const status = readProc(() => readFileSync(`/proc/${pid}/status`, 'utf8')) ?? '';
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

/** A process may end while it is looked at. */
function readProc(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const sum = numbers => numbers.reduce((total, number) => total + number, 0);
