import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { closeServer } from './todo-api';

/** What a backend answers at one address; a function gives something else each time. */
export interface ShopAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

export interface ShopApi {
  readonly url: string;
  /** By `GET /path`. Changes are served at once. */
  readonly answers: Map<string, () => ShopAnswer>;
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** A backend whose answers a test sets and changes. JSON, unless the body is a text. */
export async function startShopApi(): Promise<ShopApi> {
  const answers = new Map<string, () => ShopAnswer>();
  const calls: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const line = `${incoming.method} ${incoming.url}`;
    calls.push(line);
    incoming.resume();
    const answer = answers.get(line);
    const { status = 200, headers = {}, body } = answer?.() ?? { status: 404, body: { error: 'there is nothing' } };
    const type = typeof body === 'string' ? 'text/plain' : 'application/json';
    outgoing.writeHead(status, { ...(body !== undefined && { 'Content-Type': type }), ...headers } as never);
    outgoing.end(body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    calls,
    close: () => closeServer(server),
  };
}
