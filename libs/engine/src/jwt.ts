import { bytesOfBase64 } from './base64';
import { isObject } from './is-object';
import { readJson } from './json-value';

/** A JSON Web Token in its compact form, taken apart. Nothing about its signature is said. */
export interface ReadToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Header and payload as they stand in the token: what was signed. */
  readonly signedText: string;
  readonly signature: Uint8Array;
}

const maxTokenLength = 65_536;
const base64Url = /^[A-Za-z0-9_-]*$/;
const decoder = new TextDecoder('utf-8', { fatal: true });

/** Takes a token of at most 64 KiB apart, after `Bearer ` or alone; undefined for anything that is none. Never throws. */
export function readToken(text: string): ReadToken | undefined {
  if (text.length > maxTokenLength) return undefined;
  const token = text.replace(/^bearer +/i, '').trim();
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every(part => base64Url.test(part))) return undefined;
  try {
    const [header, claims] = [objectOf(parts[0]!), objectOf(parts[1]!)];
    if (header === undefined || claims === undefined) return undefined;
    return { header, claims, signedText: `${parts[0]!}.${parts[1]!}`, signature: bytesOf(parts[2]!) };
  } catch {
    return undefined; // not base64url, or not UTF-8
  }
}

function objectOf(part: string): Readonly<Record<string, unknown>> | undefined {
  const reading = readJson(decoder.decode(bytesOf(part)));
  return reading.isJson && isObject(reading.value) ? reading.value : undefined;
}

function bytesOf(part: string): Uint8Array {
  return bytesOfBase64(part.replaceAll('-', '+').replaceAll('_', '/'));
}
