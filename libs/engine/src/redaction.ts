import { CompiledRules, type RedactionRules } from './redaction-rules';
import { redactForm, redactUrl } from './redact-form';
import { redactHeaders } from './redact-headers';
import { redactJson } from './redact-json';
import { redactMultipart } from './redact-multipart';
import { redactText } from './redact-text';
import { type Digest } from './stand-in';
import { StandIns } from './stand-ins';

/** What is recorded of an exchange. Bodies as they are after Content-Encoding was undone. */
export interface RedactableExchange {
  readonly url: string;
  readonly requestHeaders: readonly string[];
  readonly requestBody: Uint8Array;
  readonly replyHeaders: readonly string[];
  readonly replyBody: Uint8Array;
}

export interface RedactionSetup {
  readonly digest: Digest;
  readonly rules?: RedactionRules | undefined;
}

/**
 * Takes secrets out of what is recorded. Each gets a stand-in of the same shape, the same one wherever it turns up in this recording: a
 * token that a login answers is the one that later requests send. Knows at most 50,000 secrets. A second look at what came out
 * changes only what was found to be a secret since. Never throws.
 */
export class Redaction {
  private readonly standIns: StandIns;
  private readonly rules: CompiledRules;

  constructor({ digest, rules = {} }: RedactionSetup) {
    this.standIns = new StandIns(digest);
    this.rules = new CompiledRules(rules);
  }

  /** How many times a secret was replaced. */
  get count(): number {
    return this.standIns.count;
  }

  /** How many different secrets were found. */
  get secrets(): number {
    return this.standIns.size;
  }

  /** All parts of an exchange. What proves a secret in one part is then also replaced in the others. */
  exchange(exchange: RedactableExchange): RedactableExchange {
    const { count, size } = this.standIns;
    const clean = this.once(exchange);
    if (this.standIns.size === size) return clean;
    this.standIns.recount(count);
    return this.once(exchange);
  }

  /** Path and query, or a whole URL. */
  url(url: string): string {
    return redactUrl(url, this.standIns, this.rules);
  }

  /** Name, value, name, value, …. */
  headers(rawHeaders: readonly string[]): string[] {
    return redactHeaders(rawHeaders, this.standIns, this.rules);
  }

  /** Text of any kind: a prompt, a log line, a file. */
  text(text: string): string {
    return /^\s*[{[]/.test(text)
      ? redactJson(text, this.standIns, this.rules)
      : redactText(text, this.standIns, this.rules);
  }

  /** The same bytes when there is no secret in them or they are no text. */
  body(body: Uint8Array, contentType = ''): Uint8Array {
    const text = readText(body, contentType);
    if (text === undefined) return body;
    const clean = this.bodyText(text.value, contentType.toLowerCase(), contentType);
    return clean === text.value ? body : text.write(clean);
  }

  private bodyText(text: string, lowerType: string, contentType: string): string {
    if (lowerType.includes('x-www-form-urlencoded')) return redactForm(text, this.standIns, this.rules);
    const boundary = /^multipart\/.*?\bboundary=(?:"([^"]{1,200})"|([^\s;]{1,200}))/i.exec(contentType);
    if (boundary !== null) return redactMultipart(text, boundary[1] ?? boundary[2]!, this.standIns, this.rules);
    if (/^[\w.[\]-]{1,64}=[^\s"<>]*(?:&[^\s"<>]*)+$/.test(text)) return redactForm(text, this.standIns, this.rules);
    return lowerType.includes('json') ? redactJson(text, this.standIns, this.rules) : this.text(text);
  }

  private once({ url, requestHeaders, requestBody, replyHeaders, replyBody }: RedactableExchange): RedactableExchange {
    return {
      requestHeaders: this.headers(requestHeaders),
      requestBody: this.body(requestBody, contentTypeOf(requestHeaders)),
      replyHeaders: this.headers(replyHeaders),
      replyBody: this.body(replyBody, contentTypeOf(replyHeaders)),
      url: this.url(url),
    };
  }
}

interface BodyText {
  readonly value: string;
  readonly write: (text: string) => Uint8Array;
}

const notText = /^(?:image|audio|video|font)\/(?!svg)|^application\/(?:zip|gzip|pdf|wasm|protobuf|grpc)/i;

function readText(body: Uint8Array, contentType: string): BodyText | undefined {
  if (body.length === 0 || notText.test(contentType)) return undefined;
  const isMultipart = /^multipart\//i.test(contentType);
  if (!isMultipart && body.subarray(0, 1_024).includes(0)) return undefined;
  try {
    return {
      value: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body),
      write: text => new TextEncoder().encode(text),
    };
  } catch {
    return { value: readLatin1(body), write: writeLatin1 };
  }
}

const pieceLength = 32_768;

/** One character a byte, both ways; `TextDecoder` reads 0x80 to 0x9f as Windows does. */
function readLatin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += pieceLength)
    text += String.fromCharCode(...bytes.subarray(i, i + pieceLength));
  return text;
}

function writeLatin1(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function contentTypeOf(rawHeaders: readonly string[]): string {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'content-type');
  return at < 0 ? '' : (rawHeaders[at + 1] ?? '');
}
