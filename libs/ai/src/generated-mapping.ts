import { isObject, type Mapping, type RequestPattern } from '@mock-server/engine';
import { v5 as uuidFromName } from 'uuid';
import { z } from 'zod';
import { type GeneratedReply } from './generated-reply';

/** The draft that keeps a generated answer to one question. */
export interface GeneratedQuestion {
  /** One for one question of one workspace, on every replica. */
  readonly id: string;
  readonly name: string;
  readonly pattern: RequestPattern;
}

const namespace = '6f0cfd9a-6c55-4c4f-9b0f-2f2a3f2f5f8e';

/** Made of the pattern, in which no secret is left. */
export function idOfQuestion(workspaceId: string, pattern: RequestPattern): string {
  return uuidFromName(`${workspaceId}\n${JSON.stringify(pattern)}`, namespace);
}

export function draftOf({ id, name, pattern }: GeneratedQuestion, reply: GeneratedReply, model: string): Mapping {
  const json = jsonOf(reply);
  return {
    id,
    name,
    request: pattern,
    response: {
      status: reply.status,
      ...(reply.headers.length > 0 && { headers: headersOf(reply) }),
      ...(json !== undefined ? { jsonBody: json } : reply.body !== '' && { body: reply.body }),
    },
    persistent: true,
    draft: true,
    metadata: { generatedBy: model },
  };
}

const headerValue = z.union([z.string(), z.array(z.string())]);
const plainResponseSchema = z.strictObject({
  status: z.int().min(200).max(599),
  headers: z.record(z.string(), headerValue).optional(),
  body: z.string().optional(),
  jsonBody: z.unknown().optional(),
});

export interface DraftedReply {
  readonly status: number;
  /** Name, value, name, value, …. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** The reply that a draft says; undefined for one that somebody has made more of than a plain one. */
export function replyOf({ response }: Mapping): DraftedReply | undefined {
  const reading = plainResponseSchema.safeParse(response);
  if (!reading.success) return undefined;
  const { status, headers = {}, body, jsonBody } = reading.data;
  return {
    status,
    headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap(one => [name, one])),
    body: jsonBody !== undefined ? JSON.stringify(jsonBody) : (body ?? ''),
  };
}

/** Undefined for what is better kept as the text that it is. */
function jsonOf({ headers, body }: GeneratedReply): object | undefined {
  const type = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '';
  if (!/\bjson\b/i.test(type)) return undefined;
  try {
    const value = JSON.parse(body) as unknown;
    return isObject(value) || Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function headersOf({ headers }: GeneratedReply): Record<string, string | string[]> {
  const values = new Map<string, { readonly name: string; readonly values: string[] }>();
  for (const { name, value } of headers) {
    const known = values.get(name.toLowerCase());
    if (known === undefined) values.set(name.toLowerCase(), { name, values: [value] });
    else known.values.push(value);
  }
  return Object.fromEntries(
    [...values.values()].map(({ name, values: all }) => [name, all.length === 1 ? all[0]! : all]),
  );
}
