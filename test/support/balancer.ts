import { type Agent } from 'node:http';
import { call, type Reply } from './http-call';
import { type TestServer } from './server';

/**
 * What a load balancer does, as nginx by default: each request to the next replica; one that cannot be reached, or breaks off before it
 * answers, is left out for a second, and a request that may be repeated goes to another.
 */
export class Balancer {
  private next = 0;
  private repeatedCount = 0;
  private readonly outUntil = new Map<TestServer, number>();

  constructor(
    private readonly servers: readonly TestServer[],
    private readonly agent: Agent,
  ) {}

  /** Requests that a replica got and did not answer: whether it had an answer is not known. */
  get repeated(): number {
    return this.repeatedCount;
  }

  /** A request that may be repeated. */
  async call(line: string): Promise<Reply> {
    for (let attempt = 0; attempt < this.servers.length; attempt++) {
      const server = this.pick();
      try {
        return await call(server.url, line, { agent: this.agent, timeoutMs: 5_000 });
      } catch (error) {
        this.outUntil.set(server, Date.now() + 1_000);
        if ((error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') this.repeatedCount++;
      }
    }
    throw new Error('No replica takes connections');
  }

  private pick(): TestServer {
    for (let i = 0; i < this.servers.length; i++) {
      const server = this.servers[this.next++ % this.servers.length]!;
      if ((this.outUntil.get(server) ?? 0) < Date.now()) return server;
    }
    return this.servers[this.next++ % this.servers.length]!;
  }
}

export interface LoadOutcome {
  readonly sent: number;
  readonly right: number;
  /** Answers that were not what they should be. */
  readonly wrong: readonly string[];
  /** Requests that got no answer. */
  readonly failed: readonly string[];
  readonly latenciesMs: readonly number[];
}

/**
 * Sends so many requests a second, whether earlier ones were answered or not, until it is stopped. With more than `mostOpen` under way it
 * waits, and makes up for it afterwards.
 */
export function sendSteadily(
  perSecond: number,
  send: (number: number) => Promise<Reply>,
  isRight: (reply: Reply) => boolean,
  mostOpen = Number.POSITIVE_INFINITY,
): { readonly sent: number; stop(): Promise<LoadOutcome> } {
  const wrong: string[] = [];
  const failed: string[] = [];
  const latenciesMs: number[] = [];
  const open = new Set<Promise<void>>();
  const beganAt = performance.now();
  let sent = 0;
  const one = async (number: number): Promise<void> => {
    const at = performance.now();
    try {
      const reply = await send(number);
      latenciesMs.push(performance.now() - at);
      if (!isRight(reply)) wrong.push(`${reply.status} ${reply.text.slice(0, 200)}`);
    } catch (error) {
      failed.push(String(error));
    }
  };
  const timer = setInterval(() => {
    const due = ((performance.now() - beganAt) / 1_000) * perSecond;
    while (sent < due && open.size < mostOpen) {
      const running = one(sent++);
      open.add(running);
      void running.finally(() => open.delete(running));
    }
  }, 4);
  return {
    get sent() {
      return sent;
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      return { sent, right: latenciesMs.length - wrong.length, wrong, failed, latenciesMs };
    },
  };
}
