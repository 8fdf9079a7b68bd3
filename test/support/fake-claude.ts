import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, type Socket } from 'node:net';

/** A question as it came over the wire. */
export interface AskedClaude {
  readonly headers: IncomingMessage['headers'];
  /** The body as text, and the parts of it that tests look at. */
  readonly text: string;
  readonly model: string;
  readonly system: string;
  readonly material: string;
  readonly format: { readonly type: string; readonly schema: Record<string, unknown> };
}

type Behaviour = (outgoing: ServerResponse, asked: AskedClaude) => void;

/** A server that speaks the Messages API over a real socket. */
export interface FakeClaude {
  readonly url: string;
  readonly asked: readonly AskedClaude[];
  /** Questions whose connection is open and that have no answer yet. */
  readonly open: number;
  behave(behaviour: Behaviour): void;
  close(): Promise<void>;
}

export interface GeneratedReply {
  readonly status: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly body: string;
}

export const aJsonReply = (value: unknown, status = 200): GeneratedReply => ({
  status,
  headers: [{ name: 'Content-Type', value: 'application/json' }],
  body: JSON.stringify(value),
});

const usage = { input_tokens: 100, output_tokens: 20 };
const messageOf = (text: string, stopReason = 'end_turn', used: object = usage): string =>
  JSON.stringify({
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude-fake',
    content: [{ type: 'text', text }],
    stop_reason: stopReason,
    stop_sequence: null,
    usage: used,
  });

function send(outgoing: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  outgoing.writeHead(status, { 'Content-Type': 'application/json', 'request-id': 'req_1', ...headers });
  outgoing.end(body);
}

/** Answers with this, as JSON. Text is sent as it is. */
export const answers =
  (output: unknown, { stopReason, used }: { stopReason?: string; used?: object } = {}): Behaviour =>
  outgoing =>
    send(outgoing, 200, messageOf(typeof output === 'string' ? output : JSON.stringify(output), stopReason, used));

/** Refuses as the API does; the message repeats the question, so that whoever passes it on is found out. */
export const refuses =
  (status: number, headers: Record<string, string> = {}): Behaviour =>
  (outgoing, { text }) =>
    send(
      outgoing,
      status,
      JSON.stringify({ type: 'error', error: { type: 'api_error', message: `refused: ${text.slice(0, 500)}` } }),
      headers,
    );

export const isSilent: Behaviour = () => undefined;
export const resets: Behaviour = outgoing => void (outgoing.socket as Socket).resetAndDestroy();
export const talksGarbage: Behaviour = outgoing => void outgoing.socket?.end('zq~}7#kx|\r\n\r\n');
export const cutsBody: Behaviour = outgoing => {
  const body = messageOf(JSON.stringify(aJsonReply({ id: 1 })));
  outgoing.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': body.length });
  outgoing.write(body.slice(0, body.length / 2), () => outgoing.socket?.destroy());
};
/** Says what it would stream, and then nothing. */
export const stallsInBody: Behaviour = outgoing => {
  outgoing.writeHead(200, { 'Content-Type': 'application/json' });
  outgoing.write('{"id":"msg_1",');
};

export async function startFakeClaude(tls?: { readonly key: string; readonly cert: string }): Promise<FakeClaude> {
  const asked: AskedClaude[] = [];
  const sockets = new Set<Socket>();
  const waiting = new Set<ServerResponse>();
  let behaviour: Behaviour = answers(aJsonReply({ from: 'claude' }));
  const receive = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    const chunks: Buffer[] = [];
    incoming.on('error', () => undefined).on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      if (incoming.url !== '/v1/messages' || incoming.method !== 'POST') return send(outgoing, 404, '{}');
      const one = readQuestion(incoming, Buffer.concat(chunks).toString());
      asked.push(one);
      waiting.add(outgoing);
      outgoing.on('close', () => waiting.delete(outgoing));
      behaviour(outgoing, one);
    });
  };
  const server: Server = tls === undefined ? createServer(receive) : createTlsServer(tls, receive);
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    get open() {
      return waiting.size;
    },
    behave: next => (behaviour = next),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function readQuestion({ headers }: IncomingMessage, text: string): AskedClaude {
  const body = JSON.parse(text) as {
    model: string;
    system: string;
    messages: { content: string }[];
    output_config: { format: AskedClaude['format'] };
  };
  const { model, system, messages, output_config: config } = body;
  return { headers, text, model, system, material: messages[0]?.content ?? '', format: config.format };
}
