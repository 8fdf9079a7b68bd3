import { Agent } from 'node:http';
import { call } from './http-call';

/** How long the slowest of a hundred calls takes, asked one after the other over one connection. */
export async function slowestOfHundred(url: string, line: string, calls = 400): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const tookMs: number[] = [];
  try {
    for (let i = 0; i < calls; i++) {
      const startedAt = performance.now();
      const { status } = await call(url, line, { agent });
      if (status !== 200) throw new Error(`${line} answers ${status}`);
      tookMs.push(performance.now() - startedAt);
    }
  } finally {
    agent.destroy();
  }
  return tookMs.sort((a, b) => a - b)[Math.floor(calls * 0.99)]!;
}

/**
 * Whether calls stay as fast while `trouble` goes on: the better of three rounds, for this process makes the trouble and shares the
 * machine. Some milliseconds are a pause of either process and no sign of waiting.
 */
export async function staysFast(
  { url, line, alone }: { readonly url: string; readonly line: string; readonly alone: number },
  trouble: () => Promise<unknown>,
): Promise<{ readonly during: number; readonly limit: number }> {
  const limit = Math.max(10 * alone, 40);
  let during = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && during > limit; round++) {
    const [slowest] = await Promise.all([slowestOfHundred(url, line), trouble()]);
    during = Math.min(during, slowest);
  }
  return { during, limit };
}
