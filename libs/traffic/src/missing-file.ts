import { type CatalogMock, type MockRequest } from '@mock-server/engine';
import { type Call } from './call';
import { problemReply } from './plain-problem';
import { type Reporter } from './reporter';

/** A mock names a body file that is not there: 500, with what to do. */
export function replyFileMissing(
  reporter: Reporter,
  call: Call,
  { request, mock, name }: { request: MockRequest; mock: CatalogMock; name: string },
): void {
  const detail = `Mock ${mock.title} answers with file '${name}', which does not exist. Put it with PUT /__admin/files/${name}, or into __files of MAPPINGS_DIR.`;
  const reply = problemReply('internal', detail);
  reporter.reply(call, {
    request,
    source: 'mock',
    mock,
    reply: { ...reply, headers: [...reply.headers, 'Matched-Stub-Id', mock.id] },
    note: 'body file missing',
  });
}
