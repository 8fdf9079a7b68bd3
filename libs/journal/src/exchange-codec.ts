import { MockRequest, type CatalogMock } from '@mock-server/engine';
import { type Exchange } from './exchange';
import { type LoggedExchange } from './exchange-log';
import { type OrderMark } from './shared-order';

/** An exchange as replicas hand it to each other. The mock is named by a key; what it is, is kept once. */
interface Packed extends Omit<Exchange, 'workspaceId' | 'request' | 'mock' | 'reply' | 'writtenAt'>, OrderMark {
  readonly request: Pick<
    MockRequest,
    'url' | 'method' | 'rawHeaders' | 'clientIp' | 'localHost' | 'localPort' | 'httpVersion' | 'scheme'
  > & { readonly body: string };
  readonly reply: Omit<Exchange['reply'], 'body'> & { readonly body: string };
  readonly mock: string | undefined;
  readonly subEvents?: LoggedExchange['subEvents'];
}

interface UnpackWays {
  readonly mockOf: (key: string) => CatalogMock | undefined;
  readonly timeOf: (mark: OrderMark) => number;
}

export function packExchange(
  { exchange, subEvents }: LoggedExchange,
  { mockKey, mark }: { readonly mockKey: string | undefined; readonly mark: OrderMark },
): string {
  const { workspaceId: _, request, reply, mock: __, writtenAt: ___, ...rest } = exchange;
  const { url, method, rawHeaders, clientIp, localHost, localPort, httpVersion, scheme } = request;
  return JSON.stringify({
    ...rest,
    writtenAt: mark.writtenAt,
    by: mark.by,
    request: {
      url,
      method,
      rawHeaders,
      clientIp,
      localHost,
      localPort,
      httpVersion,
      scheme,
      body: base64(request.body),
    },
    reply: { ...reply, body: base64(reply.body) },
    mock: mockKey,
    ...(subEvents.length > 0 && { subEvents }),
  } satisfies Packed);
}

export function unpackExchange(
  text: string,
  workspaceId: string,
  { mockOf, timeOf }: UnpackWays,
): Pick<LoggedExchange, 'exchange' | 'subEvents'> {
  const { request, reply, mock, subEvents = [], writtenAt, by, ...rest } = JSON.parse(text) as Packed;
  const { receivedAt, note } = rest;
  return {
    exchange: {
      ...rest,
      note,
      writtenAt: timeOf({ writtenAt, by }),
      workspaceId,
      request: new MockRequest({ ...request, body: bytes(request.body), receivedAt }),
      reply: { ...reply, body: bytes(reply.body), ownsBody: true },
      mock: mock === undefined ? undefined : mockOf(mock),
    },
    subEvents,
  };
}

function base64(body: Uint8Array): string {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64');
}

function bytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
