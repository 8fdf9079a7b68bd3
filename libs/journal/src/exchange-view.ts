import { viewMapping, type Mapping, type MockRequest } from '@mock-server/engine';
import { type Exchange, type SentReply, type SubEvent } from './exchange';
import { type JournalEntry } from './journal-entry';

/** A request as WireMock's admin API shows it (`LoggedRequest`). */
export function viewRequest(request: MockRequest, receivedAt?: number): Record<string, unknown> {
  const dates =
    receivedAt === undefined ? {} : { loggedDate: receivedAt, loggedDateString: new Date(receivedAt).toISOString() };
  const bytes = Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength);
  return {
    url: request.url,
    absoluteUrl: request.absoluteUrl,
    method: request.method,
    clientIp: request.clientIp,
    headers: viewHeaders(request.rawHeaders),
    cookies: viewValues(request.cookies, values => (values.length === 1 ? values[0]! : values)),
    browserProxyRequest: false,
    ...dates,
    bodyAsBase64: bytes.toString('base64'),
    body: request.text,
    protocol: `HTTP/${request.httpVersion}`,
    scheme: request.scheme,
    host: request.host,
    port: request.port,
    queryParams: viewValues(request.queryParameters, keyed),
    formParams: viewValues(request.formParameters, keyed),
  };
}

/**
 * A whole exchange as WireMock's admin API shows it (`ServeEvent`), and not a field more: its Java client refuses what it does not
 * know.
 */
export function viewExchange({ id, exchange, subEvents }: JournalEntry): Record<string, unknown> {
  const { request, mock, reply, receivedAt, tookMs, delayMs } = exchange;
  const workMs = Math.round(Math.max(0, tookMs - delayMs));
  const stubMapping = mock === undefined ? undefined : viewMapping(mock.id, mock.stored.json);
  return {
    id,
    request: viewRequest(request, receivedAt),
    responseDefinition: definitionOf(stubMapping, reply) ?? { status: reply.status, fromConfiguredStub: false },
    response: viewReply(reply),
    wasMatched: wasMatched(exchange),
    timing: {
      addedDelay: delayMs,
      processTime: workMs,
      responseSendTime: 0,
      serveTime: workMs,
      totalTime: workMs + Math.round(delayMs),
    },
    subEvents: [...derivedEvents(exchange), ...subEvents],
    ...(stubMapping === undefined ? {} : { stubMapping }),
  };
}

/** The same, and what WireMock has no place for: where the reply came from, and a fate worth telling. */
export function viewFullExchange(entry: JournalEntry): Record<string, unknown> {
  const { source, note } = entry.exchange;
  return { ...viewExchange(entry), source, ...(note === undefined ? {} : { note }) };
}

/** One line of a list: who asked for what, and who answered how. */
export function viewBriefExchange({ id, exchange }: JournalEntry): Record<string, unknown> {
  const { request, mock, reply, receivedAt, tookMs, delayMs, source, note } = exchange;
  return {
    id,
    loggedDate: receivedAt,
    method: request.method,
    url: request.url,
    status: reply.status,
    source,
    wasMatched: wasMatched(exchange),
    ...(mock === undefined ? {} : { mock: { id: mock.id, ...(mock.name === undefined ? {} : { name: mock.name }) } }),
    tookMs: Math.round(tookMs * 1_000) / 1_000,
    addedDelay: delayMs,
    ...(note === undefined ? {} : { note }),
  };
}

/** Sub-events that the exchange itself tells: nothing is kept for them. */
function derivedEvents({ source, reply, note, tookMs }: Exchange): SubEvent[] {
  const timeOffsetNanos = Math.round(tookMs * 1_000_000);
  const events: SubEvent[] = [];
  if (source === 'none' && reply.status === 404) {
    const type = reply.headers[reply.headers.findIndex((text, i) => i % 2 === 0 && text === 'Content-Type') + 1];
    const report = Buffer.from(reply.body).toString();
    const data = { status: reply.status, contentType: type?.replace(/;.*/, '') ?? 'text/plain', report };
    events.push({ type: 'REQUEST_NOT_MATCHED', timeOffsetNanos, data });
  }
  if (note !== undefined) events.push({ type: 'WARNING', timeOffsetNanos, data: { message: note } });
  return events;
}

export function wasMatched({ mock }: Exchange): boolean {
  return mock !== undefined;
}

/** What the mock says of the reply: of several responses the one that was picked. */
function definitionOf(stubMapping: Record<string, unknown> | undefined, { place }: SentReply): unknown {
  if (stubMapping === undefined || place === undefined) return stubMapping?.['response'];
  const { responses } = stubMapping as Pick<Mapping, 'responses'>;
  return { status: 200, ...responses?.from[place]?.response };
}

/** A reply as WireMock's admin API shows it (`LoggedResponse`). */
export function viewReply(reply: SentReply): Record<string, unknown> {
  const body = Buffer.from(reply.body.buffer, reply.body.byteOffset, reply.body.byteLength);
  return {
    status: reply.status,
    ...(reply.headers.length > 0 ? { headers: viewHeaders(reply.headers) } : {}),
    bodyAsBase64: body.toString('base64'),
    ...(reply.fault === undefined ? {} : { fault: reply.fault }),
    body: body.toString('utf8'),
  };
}

/** Own properties on a null prototype: header names come from outside. */
function viewHeaders(raw: readonly string[]): Record<string, string | string[]> {
  const view = Object.create(null) as Record<string, string | string[]>;
  const nameOf = new Map<string, string>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = nameOf.get(raw[i]!.toLowerCase()) ?? raw[i]!;
    nameOf.set(name.toLowerCase(), name);
    const known = view[name];
    const value = raw[i + 1]!;
    view[name] = known === undefined ? value : [...(Array.isArray(known) ? known : [known]), value];
  }
  return view;
}

function keyed(values: readonly string[], key: string): { key: string; values: readonly string[] } {
  return { key, values };
}

function viewValues(
  values: ReadonlyMap<string, readonly string[]>,
  view: (values: readonly string[], key: string) => unknown,
): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>;
  for (const [key, list] of values) result[key] = view(list, key);
  return result;
}
