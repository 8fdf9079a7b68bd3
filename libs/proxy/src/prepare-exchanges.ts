import { type RecordedExchange, type Redaction } from '@mock-server/engine';
import { startRedaction, type Workspace } from '@mock-server/workspaces';
import { decodeBody } from './decode-body';
import { mapInTurns } from './in-turns';

export interface PreparedExchanges {
  readonly exchanges: readonly RecordedExchange[];
  /** How many times a secret was taken out. */
  readonly redacted: number;
}

/** Undoes Content-Encoding and takes secrets out: whatever is stored of a recording has been through here. Traffic is served meanwhile. */
export async function prepareExchanges(
  exchanges: readonly RecordedExchange[],
  { workspace, maxBodyBytes }: { readonly workspace: Workspace; readonly maxBodyBytes: number },
): Promise<PreparedExchanges> {
  const redaction = startRedaction(workspace.settings.recording?.redaction);
  const decoded: RecordedExchange[] = [];
  for (const one of exchanges) decoded.push({ ...one, reply: await decodeBody(one.reply, maxBodyBytes) });
  decoded.sort((a, b) => a.receivedAt - b.receivedAt);
  const once = await mapInTurns(decoded, exchange => withoutSecrets(exchange, redaction));
  const { count } = redaction;
  // A token that a late answer proved to be one may stand in an early request.
  return { exchanges: await mapInTurns(once, exchange => withoutSecrets(exchange, redaction)), redacted: count };
}

function withoutSecrets(exchange: RecordedExchange, redaction: Redaction): RecordedExchange {
  const { request, reply, raw = request } = exchange;
  const clean = redaction.exchange({
    url: request.url,
    requestHeaders: request.rawHeaders,
    requestBody: request.body,
    replyHeaders: reply.headers,
    replyBody: reply.body,
  });
  return {
    ...exchange,
    raw,
    request: request.with({ url: clean.url, rawHeaders: clean.requestHeaders, body: clean.requestBody }),
    reply: { ...reply, headers: clean.replyHeaders, body: clean.replyBody },
  };
}
