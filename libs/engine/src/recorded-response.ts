import { extensionOf, isTextType } from './content-kind';
import { type ResponseSpec } from './mapping-schema';
import { type RecordedExchange } from './recorded-exchange';
import { type RecordSpec, sizeInBytes } from './record-spec';
import { base64OfBytes } from './base64';
import { headerOf } from './header-list';
import { framingHeaders } from './message-head';

/** A body that goes into a file. */
export interface RecordedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Framing, and what belongs to one moment or one connection. */
const leftOut = new Set([...framingHeaders, 'content-encoding', 'date', 'age', 'alt-svc', 'via']);
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The response that gives the recorded answer again, byte for byte. */
export function recordedResponse(
  { request, reply }: RecordedExchange,
  { spec, fileStem }: { readonly spec: Pick<RecordSpec, 'extractBodyCriteria'>; readonly fileStem: string },
): { readonly response: ResponseSpec; readonly file: RecordedFile | undefined } {
  const headers = headersOf(reply.headers);
  const contentType = headerOf(reply.headers, 'content-type');
  const base: ResponseSpec = { status: Math.max(200, reply.status), ...(headers !== undefined && { headers }) };
  if (reply.body.length === 0) return { response: base, file: undefined };
  const text = isTextType(contentType) ? textOf(reply.body) : undefined;
  const { textSizeThreshold, binarySizeThreshold } = spec.extractBodyCriteria ?? {};
  const threshold = isTextType(contentType) ? textSizeThreshold : binarySizeThreshold;
  const isLarge = threshold != null && reply.body.length > (sizeInBytes(threshold) ?? Number.POSITIVE_INFINITY);
  if (isLarge || reply.body.length > maxInlineBytes) {
    const name = `${fileStem}.${extensionOf(contentType, { path: request.path, text: text ?? '' })}`;
    return { response: { ...base, bodyFileName: name }, file: { name, bytes: reply.body } };
  }
  const body = text === undefined ? { base64Body: base64OfBytes(reply.body) } : { body: text };
  return { response: { ...base, ...body }, file: undefined };
}

/** Larger bodies become files whatever the spec says: a mapping is read whole at each change. */
const maxInlineBytes = 1_048_576;

/** Undefined for bytes that would not come out the same. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function headersOf(raw: readonly string[]): Record<string, string | string[]> | undefined {
  const values = new Map<string, { name: string; values: string[] }>();
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const lower = name.toLowerCase();
    if (leftOut.has(lower)) continue;
    const known = values.get(lower);
    if (known === undefined) values.set(lower, { name, values: [raw[i + 1]!] });
    else known.values.push(raw[i + 1]!);
  }
  if (values.size === 0) return undefined;
  return Object.fromEntries(
    [...values.values()].map(({ name, values: all }) => [name, all.length === 1 ? all[0]! : all]),
  );
}
