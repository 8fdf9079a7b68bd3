import { requestFrom, type MockRequest } from '@mock-server/engine';
import { Problem } from '@mock-server/http';
import { z } from 'zod';

const loggedRequest = z.looseObject({
  url: z.string().max(100_000),
  method: z.string().optional(),
  absoluteUrl: z.string().optional(),
  clientIp: z.string().optional(),
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  cookies: z.record(z.string(), z.union([z.string(), z.array(z.string())])).optional(),
  body: z.string().optional(),
  bodyAsBase64: z.base64().optional(),
  loggedDate: z.number().optional(),
});

/** Reads a request as the journal shows it, such as a client sends back to ask for near misses. */
export function readLoggedRequest(input: unknown): MockRequest {
  const parsed = loggedRequest.safeParse(input);
  if (!parsed.success) {
    const mistakes = parsed.error.issues.map(issue => ({
      pointer: `/${issue.path.join('/')}`,
      message: issue.message,
    }));
    throw new Problem('invalid-body', {
      detail: 'This is not a request as /__admin/requests shows them; it needs at least url.',
      extras: { mistakes },
    });
  }
  const { url, method, clientIp, headers = {}, cookies, body, bodyAsBase64, absoluteUrl, loggedDate } = parsed.data;
  const rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap(one => [name, one]),
  );
  const has = (wanted: string): boolean => Object.keys(headers).some(name => name.toLowerCase() === wanted);
  if (cookies !== undefined && !has('cookie'))
    rawHeaders.push(
      'Cookie',
      Object.entries(cookies)
        .map(([name, value]) => `${name}=${String(value)}`)
        .join('; '),
    );
  if (absoluteUrl !== undefined && !has('host') && URL.canParse(absoluteUrl))
    rawHeaders.push('Host', new URL(absoluteUrl).host);
  return requestFrom({
    url,
    rawHeaders,
    body: bodyAsBase64 === undefined ? Buffer.from(body ?? '') : Buffer.from(bodyAsBase64, 'base64'),
    receivedAt: loggedDate ?? Date.now(),
    ...(method === undefined ? {} : { method }),
    ...(clientIp === undefined ? {} : { clientIp }),
  });
}
