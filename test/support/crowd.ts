import { join } from 'node:path';
import { ended, startScript } from './child-process';

export interface CrowdOutcome {
  /** Answered 200: when they asked, since all began, and how long they waited. */
  readonly accepted: readonly { readonly atMs: number; readonly tookMs: number }[];
  /** Answered 503. */
  readonly refused: number;
  /** Any other answer. */
  readonly other: number;
  /** Connections that broke. */
  readonly broken: number;
}

/**
 * Many clients that never rest, in a process of their own, so that who watches the server is not kept waiting with them. A load tool
 * tells one latency for all answers; here it is that of those that were let in.
 */
export async function crowd(
  port: number,
  path: string,
  { clients, forMs, bodyBytes = 0 }: { readonly clients: number; readonly forMs: number; readonly bodyBytes?: number },
): Promise<CrowdOutcome> {
  const script = startScript(join(__dirname, 'crowd-script.ts'), [port, path, clients, forMs, bodyBytes].map(String));
  const { code, output } = await ended(script);
  if (code !== 0) throw new Error(`The crowd ended with ${code}:\n${output}`);
  return JSON.parse(output) as CrowdOutcome;
}
