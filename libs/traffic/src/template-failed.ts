import { stubHeaders, type CatalogMock, type MockRequest, type RenderFailure } from '@mock-server/engine';
import { type Call } from './call';
import { type Reporter } from './reporter';

/** A template of a mock cannot be rendered: 500, with where and why. */
export function replyTemplateFailed(
  reporter: Reporter,
  call: Call,
  {
    request,
    mock,
    delayMs,
    failure,
  }: { request: MockRequest; mock: CatalogMock; delayMs: number; failure: RenderFailure },
): void {
  const { pointer, line, column, message } = failure;
  const text = `The template at ${pointer} of mock ${mock.title} fails at line ${line}, column ${column}: ${message}`;
  reporter.reply(call, {
    request,
    source: 'mock',
    mock,
    delayMs,
    reply: {
      status: 500,
      headers: ['Content-Type', 'text/plain; charset=utf-8', ...stubHeaders(mock)],
      body: Buffer.from(text),
    },
    note: `template error at ${pointer}, line ${line}, column ${column}`,
  });
}
