import { type MockRequest, type NearMiss } from '@mock-server/engine';

const encoder = new TextEncoder();

export interface MissReport {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** Tells why nothing matched: text like WireMock's, or a JSON problem when the client prefers JSON. */
export function reportMiss(request: MockRequest, nearest: readonly NearMiss[]): MissReport {
  if (prefersJson(request))
    return {
      contentType: 'application/problem+json',
      body: encoder.encode(JSON.stringify(problemOf(request, nearest))),
    };
  return { contentType: 'text/plain;charset=UTF-8', body: encoder.encode(textOf(request, nearest)) };
}

function prefersJson(request: MockRequest): boolean {
  const accept = request.header('accept').join(',');
  return /\bapplication\/(?:[a-z0-9.+-]*\+)?json\b/i.test(accept) && !/\btext\/(?:html|plain)\b/i.test(accept);
}

function summaryOf(request: MockRequest): string {
  return `No mock matches ${request.method} ${request.url}.`;
}

function problemOf(request: MockRequest, nearest: readonly NearMiss[]): object {
  return {
    type: 'urn:mock-server:problem:no-mock-matched',
    title: 'No mock matched the request',
    status: 404,
    code: 'no-mock-matched',
    detail:
      nearest[0] === undefined
        ? `${summaryOf(request)} There are no mocks yet: create one with POST /__admin/mappings.`
        : `${summaryOf(request)} ${closestSentence(nearest[0])}`,
    nearMisses: nearest.map(({ mock, distance, failed }) => ({
      id: mock.id,
      name: mock.name,
      method: mock.matcher.method.expected,
      url: mock.matcher.url.expected,
      distance,
      failed,
    })),
  };
}

function closestSentence({ mock, failed }: NearMiss): string {
  return `Closest: ${mock.title}: ${failed.map(({ part, expected, actual }) => `${part} was ${actual === undefined ? 'absent' : `'${actual}'`}, expected '${expected}'`).join('; ')}.`;
}

function textOf(request: MockRequest, nearest: readonly NearMiss[]): string {
  const lines = ['Request was not matched', '=======================', '', summaryOf(request)];
  if (nearest.length === 0) lines.push('', 'There are no mocks yet. Create one with POST /__admin/mappings.');
  for (const [i, { mock, failed }] of nearest.entries()) {
    lines.push(
      '',
      `${i === 0 ? 'Closest mock' : 'Then'}: ${mock.title}`,
      `  ${mock.matcher.method.expected} ${mock.matcher.url.expected}`,
    );
    for (const { part, expected, actual } of failed)
      lines.push(`  x ${part}`, `      expected: ${expected}`, `      actual:   ${actual ?? '(absent)'}`);
  }
  return `${lines.join('\n')}\n`;
}
