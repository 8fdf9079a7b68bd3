import { type LinearRegex } from './linear-regex';
import { asCardNumber, replaceCardNumbers } from './payment-card';
import { replaceTokens } from './redact-token';
import { type CompiledRules } from './redaction-rules';
import { isSecretValue, looksRandom } from './secret-name';
import {
  asAwsKey,
  awsKeyPattern,
  credentialHint,
  credentialPatterns,
  replacePrivateKeys,
  schemePattern,
  urlPasswordPattern,
} from './secret-patterns';
import { type StandIns } from './stand-ins';

/** A name and what leads to its value: `name=`, `name: `, `"name":"`, `<name>`. One start a run of characters, so that it is linear. */
const nameAndMark = /(?<![\w.-])([\w.-]{2,64})(?:(["']?\]?\s{0,3}[=:]\s{0,3}["'`]?)|>)/g;
const bareValue = /[^\s&;,"'`<>)}\]]+/y;
/** A longer one in quotes or between tags is read as if it had none. */
const maxQuotedLength = 4_096;
/** `<input name="csrf" value="…">`, either way round. */
const namedElements: readonly RegExp[] = [
  /(?<before>\bname=["'](?<name>[\w.[\]-]{1,64})["'][^<>]{0,200}?\s(?:value|content)=["'])(?<value>[^"'<>]{1,4096})/gi,
  /(?<before>\s(?:value|content)=["'])(?<value>[^"'<>]{1,4096})(?=["'][^<>]{0,200}?\sname=["'](?<name>[\w.[\]-]{1,64})["'])/gi,
];
/** `a=bcde`, at the least. */
const shortestWithSecret = 6;
const windowLength = 32_768;
const windowOverlap = 1_024;

/** Replaces what is secret in a text of no particular format. Work is linear in its length. */
export function redactText(text: string, standIns: StandIns, rules: CompiledRules): string {
  const replace = (secret: string): string => standIns.replace(secret);
  if (text.length < shortestWithSecret) return text;
  let clean = replaceCredentials(text, standIns);
  clean = replaceNamed(clean, standIns, rules);
  for (const pattern of clean.includes('<') ? namedElements : [])
    clean = clean.replace(pattern, (...found: unknown[]) => {
      const { before = '', name, value } = found.at(-1) as { before?: string; name: string; value: string };
      const kind = rules.kindOfField(name);
      return `${before}${kind !== undefined && isSecretValue(kind, value) ? replace(value) : value}`;
    });
  for (const pattern of rules.patterns) clean = replaceMatches(clean, pattern, replace);
  return replaceKnown(clean, standIns);
}

/** How credentials begin that keep a part of what they are. */
const formatted =
  /^(?:\s*-----BEGIN |eyJ|[a-z][a-z0-9+.-]{1,20}:\/\/|(?:Bearer|Basic|Token|ApiKey|Negotiate|NTLM) +[\w.~+/=-]+$|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}$)/i;

/** Replaces a text that is a secret as a whole: a token, key or URL keeps what makes it one of its kind. */
export function redactSecret(secret: string, standIns: StandIns, rules: CompiledRules): string {
  const keepsForm = formatted.test(secret) || credentialPatterns.some(pattern => secret.match(pattern)?.[0] === secret);
  const clean = keepsForm ? redactText(secret, standIns, rules) : secret;
  return clean === secret ? standIns.replace(secret) : clean;
}

function replaceCredentials(text: string, standIns: StandIns): string {
  const replace = (secret: string): string => standIns.replace(secret);
  let clean = replacePrivateKeys(text, replace);
  if (clean.includes('://'))
    clean = clean.replace(urlPasswordPattern, (_all, before: string, password: string) => before + replace(password));
  clean = replaceTokens(clean, standIns);
  if (credentialHint.test(clean)) clean = replaceMarked(clean, standIns);
  return replaceCardNumbers(clean, card =>
    standIns.replace(card, (random, original) => asCardNumber(original, random)),
  );
}

function replaceMarked(text: string, standIns: StandIns): string {
  let clean = text.replace(awsKeyPattern, key => standIns.replace(key, asAwsKey));
  for (const pattern of credentialPatterns)
    clean = clean.replace(pattern, (all: string, mark: string) =>
      looksOrdinary(all.slice(mark.length)) ? all : standIns.replace(all, random => mark + random.slice(mark.length)),
    );
  return clean.replace(schemePattern, (all: string, scheme: string, credentials: string) =>
    looksRandom(credentials) ? replaceCredential(all, scheme, credentials, standIns) : all,
  );
}

/** `Basic` holds a user and a password; of the others all is secret. Returns the whole, scheme and all. */
export function replaceCredential(all: string, scheme: string, credentials: string, standIns: StandIns): string {
  const before = all.slice(0, all.length - credentials.length);
  if (scheme.toLowerCase() !== 'basic') return before + standIns.replace(credentials);
  const decoded = decodeBase64(credentials);
  const colon = decoded?.indexOf(':') ?? -1;
  if (decoded === undefined || colon < 0) return before + standIns.replace(credentials);
  return before + btoa(decoded.slice(0, colon + 1) + standIns.replace(decoded.slice(colon + 1)));
}

function replaceNamed(text: string, standIns: StandIns, rules: CompiledRules): string {
  const endOfValue = valueEnds(text);
  let result = '';
  let done = 0;
  nameAndMark.lastIndex = 0;
  for (let found = nameAndMark.exec(text); found !== null; found = nameAndMark.exec(text)) {
    const [all, name, mark = '>'] = found;
    const kind = rules.kindOfField(name!);
    if (kind === undefined) continue;
    const start = found.index + all.length;
    const value = text.slice(start, endOfValue(start, mark.at(-1)!));
    // Prose says "password: must be long"; only what looks made by a machine is a value there.
    const isProse = /:\s+$/.test(mark);
    if (value === '' || (isProse ? !looksRandom(value) : !isSecretValue(kind, value))) continue;
    result += text.slice(done, start) + standIns.replace(value);
    done = nameAndMark.lastIndex = start + value.length;
  }
  return done === 0 ? text : result + text.slice(done);
}

/** Where the value that starts here ends. What was found once holds until there: nothing is searched twice. */
function valueEnds(text: string): (start: number, mark: string) => number {
  const nextOf = new Map<string, number>();
  const next = (sign: string, start: number): number => {
    const known = nextOf.get(sign);
    if (known !== undefined && known >= start) return known;
    const found = text.indexOf(sign, start);
    const position = found < 0 ? text.length + 1 : found;
    nextOf.set(sign, position);
    return position;
  };
  let bareEnd = 0;
  return (start, mark) => {
    if (/[>"'`]/.test(mark)) {
      const end = next(mark === '>' ? '<' : mark, start);
      if (end - start <= maxQuotedLength && end <= text.length) return end;
    }
    if (start < bareEnd) return bareEnd;
    bareValue.lastIndex = start;
    return (bareEnd = bareValue.test(text) ? bareValue.lastIndex : start);
  };
}

/** A workspace's own pattern. The engine refuses texts over a length that depends on the pattern, so it gets one window after the other. */
function replaceMatches(text: string, pattern: LinearRegex, replace: (secret: string) => string): string {
  let result = '';
  for (let position = 0; position < text.length;) {
    const found = pattern.find(text.slice(position, position + windowLength + windowOverlap));
    const whole = found?.groups[0] ?? '';
    if (found === undefined || whole === '' || found.index >= windowLength) {
      result += text.slice(position, position + windowLength);
      position += windowLength;
      continue;
    }
    const secret = found.groups[1] ?? whole;
    const start = whole.indexOf(secret);
    result += text.slice(position, position + found.index) + whole.slice(0, start) + replace(secret);
    result += whole.slice(start + secret.length);
    position += found.index + whole.length;
  }
  return result;
}

/** What was a secret elsewhere is one here too: whole runs of its characters, and their parts between slashes, dots and the like. */
function replaceKnown(text: string, standIns: StandIns): string {
  if (standIns.size === 0) return text;
  return text.replace(/[\w.~+/=%:!*$-]{8,}/g, run => {
    const whole = standIns.known(run);
    return (
      whole ??
      run.replace(
        /[\w.~+=%-]{8,}/g,
        part => standIns.known(part) ?? part.replace(/[\w-]{8,}/g, atom => standIns.known(atom) ?? atom),
      )
    );
  });
}

/** `npm-registry-something-else` is no npm token. */
function looksOrdinary(text: string): boolean {
  return !/\d/.test(text) && !/[a-z][A-Z]/.test(text);
}

function decodeBase64(text: string): string | undefined {
  try {
    return atob(text);
  } catch {
    return undefined;
  }
}
