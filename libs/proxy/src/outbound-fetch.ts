import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG, type Config } from '@mock-server/config';
import { type ServiceRequest } from '@mock-server/outbound';
import { type Pool } from 'undici';
import { OutboundGate, type OutboundTarget, trustedBackend } from './outbound-gate';
import { readReply } from './read-reply';

const maxConnections = 10;

/**
 * A `fetch` for the one service that a library of its own talks to: through the gate, on trust, for the operator named it. Follows no
 * redirect. Resolves when the whole body is there, so that what breaks off on the way is an error like any other.
 */
@Injectable()
export class OutboundFetch implements OnApplicationShutdown {
  private readonly pools = new Map<string, Pool>();

  constructor(
    private readonly gate: OutboundGate,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  async fetch({ method, url, headers, body, signal, maxReplyBytes }: ServiceRequest): Promise<Response> {
    const decision = this.gate.decide(url, trustedBackend(url));
    if (!decision.allowed) throw decision.refused;
    const { pathname, search } = new URL(url);
    const reply = await this.poolOf(decision.target).request({
      path: pathname + search,
      method,
      headers,
      body: body ?? null,
      signal,
    });
    const reading = await readReply(reply.body, maxReplyBytes);
    if (reading.kind === 'too-large') throw new Error(`The reply is longer than ${maxReplyBytes} bytes`);
    if (reading.kind === 'broken') throw new Error('The reply broke off');
    const isEmpty = reply.statusCode === 204 || reply.statusCode === 304;
    return new Response(isEmpty ? null : new Uint8Array(reading.bytes), {
      status: reply.statusCode,
      headers: headersOf(reply.headers),
    });
  }

  async onApplicationShutdown(): Promise<void> {
    const open = [...this.pools.values()];
    this.pools.clear();
    await Promise.all(open.map(pool => pool.destroy()));
  }

  private poolOf(target: OutboundTarget): Pool {
    const known = this.pools.get(target.origin);
    if (known !== undefined) return known;
    const pool = this.gate.open(target, {
      connectTimeoutMs: this.config.proxy.connectTimeoutMs,
      responseTimeoutMs: 0, // the caller's signal says when it is too late
      maxConnections,
      http2: false,
      tls: {},
    });
    this.pools.set(target.origin, pool);
    return pool;
  }
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const made = new Headers();
  for (const [name, value] of Object.entries(headers)) for (const one of [value ?? []].flat()) made.append(name, one);
  return made;
}
