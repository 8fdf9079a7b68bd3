import { bytesOfBase64 } from './base64';
import { isObject } from './is-object';
import { readJson } from './json-value';
import { kindOfName } from './secret-name';
import { type StandIns } from './stand-ins';

/** Says that a token's signature was exchanged, to people and to the next look at it. */
const mark = 'redacted';
/** What identifies the session of a token's holder. The other claims tell who and until when: clients read them. */
const sessionClaims = new Set(['jti', 'sid', 'nonce', 'at_hash', 'c_hash']);

/** Runs of the alphabet that JSON web tokens are written in; one that is none comes back as it was. */
export function replaceTokens(text: string, standIns: StandIns): string {
  if (!text.includes('eyJ')) return text;
  return text.replace(/[\w.-]+/g, run => {
    const start = run.search(/(?<![A-Za-z0-9])eyJ/);
    if (start < 0 || run.length - start < 20 || !run.includes('.', start)) return run;
    const token = run.slice(start).replace(/\.+$/, '');
    const replaced = replaceToken(token, standIns);
    return replaced === undefined ? run : `${run.slice(0, start)}${replaced}${run.slice(start + token.length)}`;
  });
}

/** Undefined when the text is no JSON web token, signed (RFC 7515) or encrypted (RFC 7516). */
function replaceToken(token: string, standIns: StandIns): string | undefined {
  const parts = token.split('.');
  const header = decode(parts[0]!);
  if (header === undefined || (parts.length !== 3 && parts.length !== 5)) return undefined;
  const claims = parts.length === 3 ? decode(parts[1]!) : undefined;
  if (claims !== undefined && claims[mark] === true) return token;
  return standIns.replace(token, random => {
    const randomParts = random.split('.');
    const body = claims === undefined ? randomParts.slice(1, -1) : [encode(withoutSecrets(claims, standIns))];
    return [parts[0]!, ...body, randomParts.at(-1)!].join('.');
  });
}

function withoutSecrets(claims: Record<string, unknown>, standIns: StandIns): Record<string, unknown> {
  const kept = Object.entries(claims).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'string' && (sessionClaims.has(name) || kindOfName(name) !== undefined)
      ? standIns.replace(value)
      : value,
  ]);
  return Object.fromEntries([...kept, [mark, true]]);
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const bytes = bytesOfBase64(part.replaceAll('-', '+').replaceAll('_', '/'));
    const read = readJson(new TextDecoder().decode(bytes));
    return read.isJson && isObject(read.value) ? read.value : undefined;
  } catch {
    return undefined;
  }
}

function encode(claims: Record<string, unknown>): string {
  const chars = Array.from(new TextEncoder().encode(JSON.stringify(claims)), byte => String.fromCharCode(byte)).join(
    '',
  );
  return btoa(chars).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
