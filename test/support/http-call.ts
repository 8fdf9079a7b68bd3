import { type Agent, request, type IncomingHttpHeaders } from 'node:http';

/** What came back, read to its end. */
export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of many shapes
  readonly json: any;
}

export interface CallOptions {
  /** Text and bytes are sent as they are, anything else as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Without one each call opens its own connection: nothing is left over from a server that was killed. */
  readonly agent?: Agent;
  readonly timeoutMs?: number;
}

/** `call(server.url, 'POST /__admin/mappings', { body })`: over real HTTP, with any header, Host too. */
export function call(
  base: string,
  line: string,
  { body, headers = {}, agent, timeoutMs = 15_000 }: CallOptions = {},
): Promise<Reply> {
  const [method = 'GET', path = '/'] = line.split(' ');
  const { hostname, port } = new URL(base);
  const payload = payloadOf(body);
  const type = payload === undefined || Buffer.isBuffer(body) ? {} : { 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        hostname,
        port,
        method,
        path,
        agent: agent ?? false,
        headers: { ...type, ...(payload === undefined ? {} : { 'content-length': payload.length }), ...headers },
      },
      incoming => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString();
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, bytes, text, json: jsonOf(text) });
        });
      },
    );
    outgoing.setTimeout(timeoutMs, () => outgoing.destroy(new Error(`${line}: no answer in ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

function payloadOf(body: unknown): Buffer | undefined {
  if (body === undefined) return undefined;
  if (Buffer.isBuffer(body)) return body;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
