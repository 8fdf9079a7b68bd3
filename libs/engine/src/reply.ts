import { bytesOfBase64 } from './base64';
import { headerBytes } from './header-bytes';
import { holdsControl } from './header-text';
import { framingHeaders, hasBody, hasDate, plainHeaderLines, withLength } from './message-head';
import { toJsonText } from './json-path';
import { type FaultKind } from './fault';
import { type ResponseSpec } from './mapping-schema';
import { type PathTemplate } from './path-template';
import { compileProxyReply, type ProxyReply } from './proxy-reply';
import { compilePlan, type ReplyPlan } from './reply-plan';
import { compileTemplatedReply, isTemplated, type TemplatedReply } from './template-reply';

/** The body of a reply: bytes that are known, or a file that the door fetches. */
export type ReplyBody =
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'file'; readonly name: string };

/** What a mock answers, ready to be written. */
export interface Reply {
  readonly status: number;
  /** Undefined: the standard phrase of the status. */
  readonly statusMessage: string | undefined;
  /** Name, value, name, value, …; without framing headers, which are the door's. */
  readonly headers: readonly string[];
  readonly body: ReplyBody;
  /** Of a reply with a short known body and nothing unusual in its head: its text on the wire. */
  readonly message: ReplyMessage | undefined;
  /** What a journal keeps of it, the same object at every hit; undefined while the body is not known. */
  readonly sent: SentBytes | undefined;
  /** Of a mock with several responses: which. Undefined: the mapping's `response`. */
  readonly place: number | undefined;
  /** Undefined: it goes out at once and whole. */
  readonly plan: ReplyPlan | undefined;
  /** Set when headers and body are made for each request; `headers` and `body` above are then of no use. */
  readonly template: TemplatedReply | undefined;
  /** Set when a backend answers; of the others only the delay counts then. */
  readonly proxy: ProxyReply | undefined;
}

/** The text of an HTTP/1.1 message, a byte a character, after the status line and the lines that the door adds. */
export interface ReplyMessage {
  /** The header lines, `Content-Length` among them where the status has a body, and the empty line. */
  readonly head: string;
  /** The same and the body. */
  readonly whole: string;
  /** Bytes of the body. */
  readonly length: number;
}

/** A reply as it went out. */
export interface SentBytes {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
  /** False: the bytes belong to the mock, not to one exchange. */
  readonly ownsBody: boolean;
  /** Of a mock with several responses: which. */
  readonly place?: number | undefined;
  /** What the client met instead. */
  readonly fault?: FaultKind | undefined;
  /** The body of the request or of the reply is longer than what is kept, or did not come whole. */
  readonly isCut?: boolean;
}

/** The mock that a reply is of. */
export interface ReplyOwner {
  readonly id: string;
  readonly name: string | undefined;
  readonly pathTemplate?: PathTemplate | undefined;
}

/** Longer bodies are not worth a copy: they go out as bytes, after the head. */
export const maxMessageBytes = 16_384;

const encoder = new TextEncoder();
const noBytes: ReplyBody = { kind: 'bytes', bytes: new Uint8Array(0) };

/** Compiles a checked response spec. Adds WireMock's `Matched-Stub-Id` and `Matched-Stub-Name`. */
export function compileReply(spec: ResponseSpec, mock: ReplyOwner & { readonly place?: number }): Reply {
  const headers: string[] = [];
  for (const [name, value] of Object.entries(spec.headers ?? {})) {
    if (framingHeaders.has(name.toLowerCase())) continue;
    for (const one of Array.isArray(value) ? value : [value]) headers.push(name, headerBytes(String(one)));
  }
  headers.push(...stubHeaders(mock));
  const status = spec.status ?? 200;
  const body = compileBody(spec);
  return {
    status,
    statusMessage: spec.statusMessage === undefined ? undefined : headerBytes(spec.statusMessage),
    headers,
    body,
    message:
      spec.statusMessage === undefined && body.kind === 'bytes' ? messageOf(status, headers, body.bytes) : undefined,
    sent: body.kind === 'bytes' ? { status, headers, body: body.bytes, ownsBody: false, place: mock.place } : undefined,
    place: mock.place,
    plan: compilePlan(spec, mock.pathTemplate),
    template: isTemplated(spec)
      ? compileTemplatedReply(spec, {
          pointer: mock.place === undefined ? '/response' : `/responses/from/${mock.place}/response`,
          pathTemplate: mock.pathTemplate,
        })
      : undefined,
    proxy: compileProxyReply(spec, mock.pathTemplate),
  };
}

/** WireMock's `Matched-Stub-Id` and `Matched-Stub-Name`. */
export function stubHeaders({ id, name }: { readonly id: string; readonly name: string | undefined }): string[] {
  return name === undefined || holdsControl(name)
    ? ['Matched-Stub-Id', id]
    : ['Matched-Stub-Id', id, 'Matched-Stub-Name', headerBytes(name)];
}

function compileBody(spec: ResponseSpec): ReplyBody {
  if (spec.body !== undefined) return { kind: 'bytes', bytes: encoder.encode(spec.body) };
  // WireMock takes a null for not given.
  if (spec.jsonBody !== undefined && spec.jsonBody !== null)
    return {
      kind: 'bytes',
      bytes: encoder.encode(
        typeof spec.jsonBody === 'string' ? JSON.stringify(spec.jsonBody) : toJsonText(spec.jsonBody),
      ),
    };
  if (spec.base64Body !== undefined) return { kind: 'bytes', bytes: bytesOfBase64(spec.base64Body) };
  return spec.bodyFileName === undefined ? noBytes : { kind: 'file', name: spec.bodyFileName };
}

function messageOf(status: number, headers: readonly string[], body: Uint8Array): ReplyMessage | undefined {
  if (body.length > maxMessageBytes || hasDate(headers)) return undefined;
  const lines = plainHeaderLines(withLength(headers, { status, length: body.length }));
  if (lines === undefined) return undefined;
  // Joined, a text lies in one piece.
  const head = [lines, '\r\n'].join('');
  if (!hasBody(status)) return { head, whole: head, length: 0 };
  return { head, whole: [head, byteText(body)].join(''), length: body.length };
}

/** A character a byte. */
function byteText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 4_096) parts.push(String.fromCharCode(...bytes.subarray(i, i + 4_096)));
  return parts.join('');
}
