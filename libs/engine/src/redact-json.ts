import { asCardNumber, isCardNumber } from './payment-card';
import { redactForm } from './redact-form';
import { type CompiledRules } from './redaction-rules';
import { redactSecret, redactText } from './redact-text';
import { isSecretValue, type SecretKind } from './secret-name';
import { type StandIns } from './stand-ins';

/** An array or object that is open where the scanner stands. */
interface Frame {
  readonly isArray: boolean;
  /** What holds for the values in it that have no secret name of their own. */
  readonly kind: SecretKind | undefined;
  /** Within it names are those of fields with mistakes, and values are sentences about them. */
  readonly isAboutMistakes: boolean;
  /** Of `{"name": "password", "value": …}`: what the first says about the second. */
  siblingKind: SecretKind | undefined;
}

const namesOfMistakes = /^(?:errors?|validation\w*|violations|field_?errors|labels|translations)$/i;
const maxNesting = 3;

/**
 * Replaces what is secret in JSON text and leaves every other character where it is: order, spaces, numbers of any precision. Takes
 * broken JSON, several documents and any depth; work is linear in the length.
 */
export function redactJson(text: string, standIns: StandIns, rules: CompiledRules, nesting = 0): string {
  const frames: Frame[] = [];
  let key: string | undefined;
  let result = '';
  let done = 0;
  const put = (start: number, end: number, replacement: string): void => {
    result += text.slice(done, start) + replacement;
    done = end;
  };
  const kindHere = (frame: Frame | undefined): SecretKind | undefined =>
    frame === undefined || key === undefined
      ? frame?.kind
      : ((key === 'value' ? frame.siblingKind : undefined) ?? rules.kindOfField(key) ?? frame.kind);

  for (let i = 0; i < text.length;) {
    const char = text[i]!;
    const frame = frames.at(-1);
    if (char === '{' || char === '[') {
      const kind = kindHere(frame);
      frames.push({
        isArray: char === '[',
        kind: kind === undefined || char === '[' ? kind : 'perhaps',
        isAboutMistakes: frame?.isAboutMistakes === true || (key !== undefined && namesOfMistakes.test(key)),
        siblingKind: undefined,
      });
      key = undefined;
      i++;
    } else if (char === '}' || char === ']') {
      frames.pop();
      key = undefined;
      i++;
    } else if (char === '"') {
      const end = endOfString(text, i);
      const value = decode(text.slice(i, end));
      if (frame?.isArray === false && key === undefined && isBeforeColon(text, end)) {
        key = value;
      } else {
        const kind = frame?.isAboutMistakes === true && /\s/.test(value) ? undefined : kindHere(frame);
        const clean = redactValue(value, kind, { standIns, rules, nesting });
        if (clean !== value) put(i, end, JSON.stringify(clean));
        if (frame !== undefined && key !== undefined && /^(?:name|key)$/i.test(key))
          frame.siblingKind = rules.kindOfField(value);
        key = undefined;
      }
      i = end;
    } else if (/[-\w.+]/.test(char)) {
      const end = endOfScalar(text, i);
      const clean = redactNumber(text.slice(i, end), kindHere(frame), standIns);
      if (clean !== undefined) put(i, end, clean);
      key = undefined;
      i = end;
    } else {
      if (char === ',') key = undefined;
      i++;
    }
  }
  return done === 0 ? text : result + text.slice(done);
}

interface Means {
  readonly standIns: StandIns;
  readonly rules: CompiledRules;
  readonly nesting: number;
}

function redactValue(value: string, kind: SecretKind | undefined, { standIns, rules, nesting }: Means): string {
  if (kind !== undefined && isSecretValue(kind, value)) return redactSecret(value, standIns, rules);
  if (value.length < 8) return value;
  const isDocument = /^\s*[{[]/.test(value) && nesting < maxNesting;
  if (isDocument) return redactJson(value, standIns, rules, nesting + 1);
  if (/^[\w.[\]-]{1,64}=[^\s"<>]*&[^\s"<>]*$/.test(value)) return redactForm(value, standIns, rules);
  return redactText(value, standIns, rules);
}

function redactNumber(text: string, kind: SecretKind | undefined, standIns: StandIns): string | undefined {
  if (!/^\d{3,64}$/.test(text)) return undefined;
  if (kind === 'secret' || kind === 'likely') return standIns.replace(text, random => `9${random.slice(1)}`);
  return isCardNumber(text) ? standIns.replace(text, (random, card) => asCardNumber(card, random)) : undefined;
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 92) i++;
    else if (code === 34) return i + 1;
  }
  return text.length;
}

function endOfScalar(text: string, start: number): number {
  const scalar = /[-\w.+]+/y;
  scalar.lastIndex = start;
  scalar.test(text);
  return scalar.lastIndex;
}

function isBeforeColon(text: string, position: number): boolean {
  let i = position;
  while (i < text.length && text.charCodeAt(i) <= 32) i++;
  return text[i] === ':';
}

function decode(literal: string): string {
  if (!literal.includes('\\') && literal.length > 1 && literal.endsWith('"')) return literal.slice(1, -1);
  try {
    return JSON.parse(literal) as string;
  } catch {
    return literal.slice(1, literal.endsWith('"') && literal.length > 1 ? -1 : undefined);
  }
}
