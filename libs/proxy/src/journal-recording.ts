import { type RecordedExchange } from '@mock-server/engine';
import { type Journal, type JournalEntry } from '@mock-server/journal';

const noBytes = new Uint8Array(0);

/** What the journal still has whole, oldest last. What broke off, failed or was cut is no recording. */
export function* recordedInJournal(journal: Journal, workspaceId: string): IterableIterator<RecordedExchange> {
  for (const entry of journal.newestFirst(workspaceId))
    if (isWhole(entry, journal.maxBodyBytes)) yield recordedOf(entry);
}

function isWhole({ exchange: { source, note, reply, request } }: JournalEntry, maxBodyBytes: number): boolean {
  if (source === 'proxy') return note === undefined && reply.isCut !== true;
  return request.body.length < maxBodyBytes && reply.body.length < maxBodyBytes;
}

function recordedOf({ id, exchange }: JournalEntry): RecordedExchange {
  const { request, receivedAt, tookMs, source } = exchange;
  // What nobody answered is an empty 404, as in WireMock: our explanation is not the API's.
  const reply = source === 'none' ? { ...exchange.reply, headers: [], body: noBytes } : exchange.reply;
  return { id, request, receivedAt, tookMs, isProxied: source === 'proxy', reply };
}
