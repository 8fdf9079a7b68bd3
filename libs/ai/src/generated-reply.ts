import { httpToken, isFieldValue } from '@mock-server/engine';
import { z } from 'zod';

/** What a model may say of a reply. Nothing else of a mapping can be said in it: no proxy, file, webhook, fault or state. */
export const generatedReplySchema = z.strictObject({
  status: z.int().min(200).max(599).describe('The HTTP status'),
  headers: z
    .array(z.strictObject({ name: z.string().max(100), value: z.string().max(2_000) }))
    .max(20)
    .describe('Content-Type, and what else the API would send that matters to its clients'),
  body: z.string().max(262_144).describe('The body as text; JSON as the text of that JSON; empty for none'),
});

export type GeneratedReply = z.output<typeof generatedReplySchema>;

export type ReplyReading =
  { readonly ok: true; readonly reply: GeneratedReply } | { readonly ok: false; readonly why: string };

/** Headers that say something about the answer. All others concern one connection, or a browser's trust in this server. */
const passedHeaders =
  /^(?:content-(?:type|language|disposition|range)|location|etag|last-modified|cache-control|expires|vary|allow|accept-ranges|retry-after|link|www-authenticate|deprecation|sunset|ratelimit(?:-[a-z]+)?|x-[a-z0-9-]{1,60})$/;
/** Orders to this server, and to proxies in front of it. */
const orders = /^x-(?:mock-|accel-|sendfile|lighttpd-)/;
/** On this server; `//host` and `/\host` lead to another one. */
const localLocation = /^(?:\/(?![/\\])|\?|#|$)[\x21-\x7e]*$/;

/**
 * Checks what a model answered before anybody sees it. Templates are refused whatever they say: where all responses are templates they
 * would run. So is a redirect to another server. Headers that are no business of a mock are left out.
 */
export function readGeneratedReply(output: unknown): ReplyReading {
  const reading = generatedReplySchema.safeParse(output);
  if (!reading.success) return refuse('it is not a status, a few headers and a body');
  const { status, body } = reading.data;
  const headers = reading.data.headers.filter(({ name }) => isPassed(name.toLowerCase()));
  const texts = [body, ...headers.map(({ value }) => value)];
  if (texts.some(text => text.includes('{{')) || jsonHoldsTemplate(body)) return refuse('there is a template in it');
  if (headers.some(({ name, value }) => !httpToken.test(name) || !isFieldValue(value) || !isAscii(value)))
    return refuse('a header has a character that HTTP does not allow');
  const away = headers.find(({ name, value }) => name.toLowerCase() === 'location' && !localLocation.test(value));
  if (away !== undefined) return refuse('it redirects to another server');
  return { ok: true, reply: { status, headers, body: status === 204 || status === 304 ? '' : body } };
}

function isPassed(lowerName: string): boolean {
  return passedHeaders.test(lowerName) && !orders.test(lowerName);
}

/** In JSON the braces may be escaped, and are braces once it was read. */
function jsonHoldsTemplate(body: string): boolean {
  try {
    return JSON.stringify(JSON.parse(body)).includes('{{');
  } catch {
    return false;
  }
}

function isAscii(value: string): boolean {
  return /^[\x20-\x7e\t]*$/.test(value);
}

function refuse(why: string): ReplyReading {
  return { ok: false, why };
}
