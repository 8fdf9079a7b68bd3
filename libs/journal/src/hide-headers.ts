import { type Exchange } from './exchange';

const inPlace = '***';

/** The exchange without the values of these headers (names in lower case): of the request, and of a reply that is not a mock's own. */
export function hideHeaders(exchange: Exchange, hidden: ReadonlySet<string>): Exchange {
  const { request, reply } = exchange;
  const hide = (headers: readonly string[]): string[] =>
    headers.map((text, i) => (i % 2 === 1 && hidden.has(headers[i - 1]!.toLowerCase()) ? inPlace : text));
  return {
    ...exchange,
    request: request.with({ url: request.url, rawHeaders: hide(request.rawHeaders), body: request.body }),
    reply: reply.ownsBody ? { ...reply, headers: hide(reply.headers) } : reply,
  };
}
