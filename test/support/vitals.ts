import { readFileSync } from 'node:fs';
import { call } from './http-call';
import { type TestServer } from './server';

const firmAnswerMs = 100;

/** Resident memory of a process in MB, as the kernel counts it. */
export function residentMb(pid: number): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1] ?? Number.NaN) / 1_024;
}

export interface Vitals {
  /** The slowest answer of /health/live during the work. */
  readonly slowestMs: number;
  /** How much resident memory grew at most during the work. */
  readonly grownMb: number;
}

/**
 * Watches a server while `work` runs: /health/live must answer 200 all the time. This process shares its cores with the server, so a
 * slow answer is asked up to four times more before it counts: what is stuck stays slow.
 */
export async function watch(server: TestServer, work: () => Promise<unknown>): Promise<Vitals> {
  const before = residentMb(server.pid);
  let slowestMs = 0;
  let highestMb = before;
  let isOver = false;
  const probe = async (): Promise<number> => {
    const startedAt = performance.now();
    const { status } = await call(server.consoleUrl, 'GET /health/live');
    if (status !== 200) throw new Error(`/health/live answers ${status}`);
    return performance.now() - startedAt;
  };
  const watching = (async () => {
    while (!isOver) {
      let answerMs = await probe();
      for (let again = 0; again < 4 && answerMs > firmAnswerMs; again++) answerMs = await probe();
      slowestMs = Math.max(slowestMs, answerMs);
      highestMb = Math.max(highestMb, residentMb(server.pid));
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  })();
  try {
    await Promise.all([work().finally(() => (isOver = true)), watching]);
  } finally {
    isOver = true;
  }
  return { slowestMs, grownMb: Math.max(0, Math.max(highestMb, residentMb(server.pid)) - before) };
}
